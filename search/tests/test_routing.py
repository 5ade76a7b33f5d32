"""A question that names a document is answered from that document; one that names none is not led astray."""

import pytest

from search.query import parse
from search.routing import route, without_names
from search.scope import scope_for


@pytest.fixture
def contracts(case, make_document):
    names = ("Harlow Marine", "Northwind Logistics", "Trevanion Castings", "Kessler Ferries", "Ambrose Cordage", "Pell")
    return {
        name: make_document(
            case,
            [
                f"CHARTER AGREEMENT between {name} and the Port of Averly.\n\nThis agreement begins in May.",
                f"The crane is insured by {('the owner', 'the port')[n % 2]}. Notice of termination is {n + 1}0 days.",
            ],
            name=f"{name} Charter Agreement.txt",
        )
        for n, name in enumerate(names)
    }


def test_the_named_document_is_found_and_its_name_left_out_of_the_question(contracts, alice):
    question = "Consider the charter agreement between Northwind Logistics and the port; what is the notice period?"
    way = route(parse(question), scope_for(alice))
    assert way.document_ids == (contracts["Northwind Logistics"].pk,)
    assert "Northwind" not in way.question and "notice period" in way.question


def test_a_question_that_names_no_document_is_not_routed(contracts, alice):
    for question in ("What is the notice period for termination?", "Who insures the crane?", "charter agreement"):
        assert route(parse(question), scope_for(alice)) is None


def test_a_quoted_phrase_is_taken_literally(contracts, alice):
    assert route(parse("“Northwind Logistics Charter Agreement” notice"), scope_for(alice)) is None


def test_what_the_named_document_says_comes_first_and_says_why(contracts, alice):
    from search.engine import search

    result = search("In the Kessler Ferries charter agreement, what is the notice of termination?", scope_for(alice))
    first = result.passages[0]
    assert first.document_id == contracts["Kessler Ferries"].pk
    assert first.why.startswith("named document")
    scores = [p.score for p in result.passages]
    assert scores == sorted(scores, reverse=True)


def test_a_document_of_another_case_is_never_named(contracts, charlie, dana, other_case, make_document):
    question = parse("the Northwind Logistics charter agreement notice period")
    assert route(question, scope_for(charlie)) is None
    make_document(other_case, ["Quite something else."], name="else.txt")
    assert route(question, scope_for(dana)) is None


def test_a_question_that_is_nothing_but_a_name_keeps_its_words(contracts, alice):
    assert route(parse("Northwind Logistics Charter Agreement"), scope_for(alice)) is None


def test_naming_clauses_go_and_the_rest_stays():
    stems = {w: [w.lower()] for w in "Under Acme lease dated May who pays rent".split()} | {"the": []}
    assert without_names("Under the Acme lease, who pays rent", {"acme", "lease"}, stems) == "who pays rent"
    assert without_names("who pays rent Acme", {"acme"}, stems) == "who pays rent"
    assert without_names("the Acme", {"acme"}, stems) == ""
