"""Clause concepts: what is asked for, said in the words of contracts."""

import pytest

from search.concepts import FILE, concepts_in, known, read


def names(question: str) -> list[str]:
    return [concept.name for concept in concepts_in(question)]


def test_a_question_leads_to_its_concept_in_any_ending_and_order():
    assert names("Can they terminate it for their convenience?") == ["termination_for_convenience"]
    assert names("Which law governs the charter?") == ["governing_law"]
    assert names("Is the tenant obliged to indemnify?") == ["indemnification"]


def test_the_more_exact_concept_wins():
    assert names("Is there unlimited liability?") == ["uncapped_liability"]


def test_an_ordinary_question_means_no_concept():
    for question in ("What did Mr Brandt see at noon?", "crane", "Where was the vessel?", "the of and"):
        assert names(question) == []


def test_the_file_holds_about_sixty_well_formed_concepts():
    assert 55 <= len(known()) <= 80
    assert all(concept.says and all(concept.asks) for concept in read(FILE).values())


def test_a_site_adds_and_replaces_concepts(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[demurrage]\nasks = ["demurrage"]\nsays = ["detention of the vessel beyond laytime"]\n')
    assert [c.name for c in concepts_in("Who owes demurrage?", str(own))] == ["demurrage"]
    assert len(known(str(own))) == len(known()) + 1


@pytest.mark.parametrize("text", ["[x]\nasks = []\nsays = ['a']", "x = 1", "[x]\nasks = ['the']\nsays = ['a']"])
def test_a_malformed_entry_is_named(tmp_path, text):
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(ValueError, match="x"):
        read(own)


def test_a_clause_is_found_by_what_it_is_about_without_a_common_word(case, alice, make_document):
    from search.engine import search
    from search.scope import scope_for

    make_document(case, ["Rent is due monthly.", "Either party may end this lease at any time upon sixty days notice."])
    found = search("Is there termination for convenience?", scope_for(alice), mode="lexical")
    assert found.passages[0].page == 2
