"""Limits of time for queries, with and without a transaction around them; and the size of a scope."""

from uuid import uuid4

import pytest
from django.db import connection, transaction

from search import scope_size
from search.deadline import TookTooLong, at_most
from search.scope import Scope


def ask(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return str(cursor.fetchone()[0])


def limit() -> str:
    return ask("SHOW statement_timeout")


@pytest.mark.django_db(transaction=True)
def test_a_query_that_takes_too_long_is_given_up_and_the_connection_goes_on_as_before():
    before = limit()
    with pytest.raises(TookTooLong), at_most(0.1):
        ask("SELECT pg_sleep(5)")
    assert limit() == before and ask("SHOW jit") == ask("SELECT boot_val FROM pg_settings WHERE name = 'jit'")


@pytest.mark.django_db(transaction=True)
def test_one_part_that_is_given_up_leaves_the_others_their_limit():
    with at_most(0.1):
        with pytest.raises(TookTooLong), at_most(0.1):
            ask("SELECT pg_sleep(5)")
        with at_most(3):
            assert limit() == "3s"
        assert limit() == "100ms"
    assert limit() == "0"


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_what_was_done_before_stays():
    with transaction.atomic():
        ask("SELECT set_config('lexintel.kept', 'yes', true)")
        with pytest.raises(TookTooLong), at_most(0.1):
            ask("SELECT pg_sleep(5)")
        assert ask("SELECT current_setting('lexintel.kept')") == "yes"
        assert limit() == "0"


def test_other_errors_are_not_taken_for_slowness(db):
    from django.db import ProgrammingError

    with pytest.raises(ProgrammingError), at_most(1):
        ask("SELECT nonsense")


def test_a_small_scope_is_counted_anew_and_a_large_one_now_and_then(case, make_document, monkeypatch):
    scope = Scope((case.pk,))
    make_document(case, ["One page."], name="1.txt")
    assert scope_size.chunks_in(scope) == 1
    make_document(case, ["Another page."], name="2.txt")
    assert scope_size.chunks_in(scope) == 2
    monkeypatch.setattr(scope_size, "LARGE", 1)
    assert scope_size.chunks_in(scope) == 2
    make_document(case, ["A third page."], name="3.txt")
    assert scope_size.chunks_in(scope) == 2
    monkeypatch.setattr(scope_size, "KEPT_S", 0)
    assert scope_size.chunks_in(scope) == 3
    assert scope_size.chunks_in(Scope((uuid4(),))) == 0


def test_a_limit_inside_another_one_gives_the_outer_one_back(db):
    def limit():
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return cursor.fetchone()[0]

    with at_most(7):
        with at_most(1):
            assert limit() == "1s"
        assert limit() == "7s"
