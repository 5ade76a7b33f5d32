"""Patience with a database that is away: enough for a restart, an end for a loss, and none inside a transaction."""

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from psycopg_pool import PoolTimeout

from extraction import patience
from extraction.patience import while_database_is_away


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """The pauses made; no time passes but in them."""
    made: list[float] = []
    fake = SimpleNamespace(monotonic=lambda: sum(made), sleep=made.append)
    monkeypatch.setattr(patience, "time", fake)
    return made


def failing(*errors):
    left = list(errors)

    def call():
        if left:
            raise left.pop(0)
        return "done"

    return call


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, PoolTimeout])
def test_a_connection_that_fails_is_tried_again_until_it_works(error, pauses):
    assert while_database_is_away(failing(*[error("away")] * 4)) == "done"
    assert len(pauses) == 4


def test_pauses_grow_with_jitter_up_to_a_few_seconds(pauses):
    assert while_database_is_away(failing(*[OperationalError("away")] * 9), give_up_after=1000) == "done"
    assert 0.1 < pauses[0] < 0.3
    assert 3 < pauses[-1] < 7
    assert len(set(pauses)) == len(pauses)


def test_it_gives_up_in_time_and_raises_the_last_error(pauses):
    with pytest.raises(OperationalError, match="still away"):
        while_database_is_away(failing(*[OperationalError("still away")] * 99), give_up_after=20)
    assert 10 < sum(pauses) <= 22


def test_what_the_database_refuses_is_not_asked_again(pauses):
    with pytest.raises(IntegrityError):
        while_database_is_away(failing(IntegrityError("twice")))
    assert pauses == []


@pytest.mark.django_db
def test_inside_a_transaction_nothing_is_repeated(pauses):
    with pytest.raises(OperationalError), transaction.atomic():
        while_database_is_away(failing(OperationalError("away")))
    assert pauses == []
