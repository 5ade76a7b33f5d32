"""A question that is asked again is answered from memory only while the answer cannot be another one."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cases.models import Membership, Role
from documents.models import Document
from search import engine, retrieval
from search.engine import search
from search.kept_answers import KeptAnswers
from search.scope import scope_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    engine.kept.clear()
    yield
    engine.kept.clear()


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that were really looked for."""
    asked: list[str] = []

    def counted(query: Any, *rest: Any, **more: Any) -> Any:
        asked.append(query.raw)
        return retrieval.retrieve(query, *rest, **more)

    monkeypatch.setattr(engine, "retrieve", counted)
    return asked


def test_asked_again_it_is_answered_without_a_search(alice, case, make_document, looked):
    make_document(case, ["The crane was greased.", "The winch was not."])
    first = search("the crane", scope_for(alice))
    with CaptureQueriesContext(connection) as queries:
        assert search("the crane", scope_for(alice)) == first
    assert looked == ["the crane"]
    assert len(queries) <= 3
    assert first.total


@pytest.mark.parametrize(
    "other", [{"mode": "lexical"}, {"limit": 3}, {"group": "document"}], ids=["mode", "limit", "group"]
)
def test_another_way_of_asking_is_another_question(alice, case, make_document, looked, other):
    make_document(case, ["The crane was greased."])
    search("crane", scope_for(alice))
    search("crane", scope_for(alice), **other)
    search("crane ", scope_for(alice))
    assert len(looked) == 3


def test_what_is_written_is_found_at_once_and_what_is_deleted_is_gone(alice, case, make_document):
    first = make_document(case, ["The crane was greased."], name="one.txt")
    assert search("crane", scope_for(alice)).documents == 1
    make_document(case, ["A crane was hired."], name="two.txt")
    assert search("crane", scope_for(alice)).documents == 2
    Document.objects.filter(pk=first.pk).update(name="renamed.txt")
    assert "renamed.txt" in {passage.document_name for passage in search("crane", scope_for(alice)).passages}
    Document.objects.filter(pk=first.pk).delete()
    assert search("crane", scope_for(alice)).documents == 1


def test_who_may_see_nothing_gets_nothing_of_what_another_was_told(alice, bob, charlie, case, make_document, client):
    make_document(case, ["The crane was greased."])
    url = "/api/v1/search/?q=crane"
    client.force_login(alice)
    assert client.get(url).json()["total"]
    client.force_login(charlie)
    assert client.get(url).json()["total"] == 0
    assert client.get(f"{url}&case={case.pk}").status_code == 404
    client.force_login(bob)
    assert client.get(url).json()["total"]
    Membership.objects.filter(user=bob).delete()
    assert client.get(url).json()["total"] == 0
    Membership.objects.create(case=case, user=charlie, role=Role.VIEWER)
    client.force_login(charlie)
    assert client.get(url).json()["total"]


def test_a_write_that_is_not_committed_yet_spoils_nothing(alice, case, make_document, looked):
    make_document(case, ["The crane was greased."])
    scope = scope_for(alice)
    with transaction.atomic():
        make_document(case, ["Another crane."], name="two.txt")
        assert search("crane", scope).documents == 2
        transaction.set_rollback(True)
    assert search("crane", scope).documents == 1
    assert len(looked) == 2


def test_a_commit_during_the_search_keeps_its_answer_from_being_kept(alice, case, make_document, monkeypatch):
    make_document(case, ["The crane was greased."])
    scope = scope_for(alice)

    def late(*asked: Any, **more: Any) -> Any:
        found = retrieval.retrieve(*asked, **more)
        make_document(case, ["Another crane."], name="late.txt")
        return found

    with monkeypatch.context() as during:
        during.setattr(engine, "retrieve", late)
        assert search("crane", scope).documents == 1
    assert search("crane", scope).documents == 2


def test_an_answer_in_which_a_part_is_missing_is_made_anew(alice, case, make_document, monkeypatch, looked):
    make_document(case, ["The crane was greased."])
    scope = scope_for(alice)
    with monkeypatch.context() as without:
        without.setattr(retrieval, "_wait", lambda vector: None)
        assert retrieval.NO_EMBEDDER in search("crane", scope).notes
    assert retrieval.NO_EMBEDDER not in search("crane", scope).notes
    assert len(looked) == 2


def test_what_must_not_be_kept_is_not(db):
    kept: KeptAnswers[int] = KeptAnswers()
    numbers = iter(range(10))
    assert [kept.given("asked", lambda: (next(numbers), False)) for _ in range(3)] == [0, 1, 2]
    assert [kept.given("asked", lambda: (next(numbers), True)) for _ in range(3)] == [3, 3, 3]
