"""The word lane in a large scope: what it leaves unranked could not have come first, and nothing is lost."""

import random
from math import log

import pytest
from django.db import connection

from documents.models import EmbeddingModel
from lexintel.benchmarks.made_up_passages import DIMENSIONS, fill, word
from search.lanes import Hit
from search.lanes import lexical as lane
from search.lanes.lexical import NOT_ALL, lexical, lexical_with
from search.lanes.word_sample import WordSample
from search.lanes.worth_ranking import Wanted, Word, any_of, worth_ranking
from search.query import parse
from search.retrieval import retrieve
from search.scope import Scope

SIZE = 3_000


@pytest.fixture
def cases(transactional_db):
    model = EmbeddingModel.objects.create(
        name="made-up@test", backend="local", setting="x", dimensions=DIMENSIONS, state="searched"
    )
    return fill([SIZE, 500], model)


@pytest.fixture
def small_budget(monkeypatch):
    """So that a scope of this size is a large one, and only a part of what holds the words is ranked."""
    monkeypatch.setattr(lane, "LARGE", 1_000)
    monkeypatch.setattr("search.lanes.worth_ranking.ENOUGH", 125)
    # The whole table: then the words' frequencies are known and the order is the same to the last.
    monkeypatch.setattr("search.lanes.word_sample.MOST_PERCENT", 100)


def every(question: str, other_words: str, scope: Scope, limit: int) -> list[Hit]:
    """As a scope that is not large is ranked: every passage with any of the words."""
    words = lane._words(question, other_words)
    return lane._ranked(words, any_of(words), scope, SIZE, limit)[0]


def matching(case, wanted: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM documents_chunk WHERE case_id = %s AND tsv @@ %s::tsquery", [case.pk, wanted]
        )
        return int(cursor.fetchone()[0])


def test_the_best_are_those_that_ranking_every_passage_gives(cases, small_budget):
    case, _ = cases
    scope, dice = Scope((case.pk,)), random.Random(4)
    for frequent in (400, 4000) * 6:
        question = " ".join(word(dice.randrange(1, frequent)) for _ in range(5))
        all_ranked = every(question, "", scope, 40)
        found = lexical(parse(question), scope, 40)
        assert len(found) == len(all_ranked)
        # Frequencies are counted, not sampled, so the order can only differ where a rank below the bound counts.
        assert len({hit.chunk_id for hit in found[:10]} & {hit.chunk_id for hit in all_ranked[:10]}) >= 9
        assert {hit.chunk_id for hit in all_ranked[:5]} <= {hit.chunk_id for hit in found[:20]}
        assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
        alike = {hit.chunk_id: hit for hit in all_ranked}
        for hit in found:
            if hit.chunk_id in alike:
                assert hit.complete == alike[hit.chunk_id].complete
                assert hit.score == pytest.approx(alike[hit.chunk_id].score, rel=0.05)


def test_only_a_part_of_the_passages_is_ranked_for_it(cases, small_budget, monkeypatch):
    case, _ = cases
    asked: list[Wanted] = []
    ranked = lane._ranked
    monkeypatch.setattr(
        lane, "_ranked", lambda words, wanted, *rest: asked.append(wanted) or ranked(words, wanted, *rest)
    )
    question = " ".join(map(word, (30, 60, 90, 120)))
    assert len(lexical(parse(question), Scope((case.pk,)), 40)) == 40
    any_word = " | ".join(f"'{word(n)}'" for n in (30, 60, 90, 120))
    assert matching(case, asked[0].query) < 250 < 500 < matching(case, any_word)


def test_where_the_worthy_are_too_few_all_others_follow(cases, small_budget, monkeypatch):
    case, _ = cases
    monkeypatch.setattr("search.lanes.worth_ranking.ENOUGH", 1)
    question, scope = " ".join(map(word, (30, 60, 90, 120))), Scope((case.pk,))
    all_ranked = every(question, "", scope, 2_000)
    assert [h.chunk_id for h in lexical(parse(question), scope, 2_000)] == [h.chunk_id for h in all_ranked]


def test_a_rare_word_is_always_looked_for_and_nothing_of_another_case(cases, small_budget):
    case, other = cases
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE documents_chunk SET body = body || ' hapax' WHERE id IN (SELECT max(id) FROM documents_chunk"
            " WHERE case_id = ANY(%s) GROUP BY case_id) RETURNING id, case_id",
            [[case.pk, other.pk]],
        )
        places = {case_id: pk for pk, case_id in cursor.fetchall()}
    question = f"hapax {word(1)} {word(2)} {word(3)}"
    hits = lexical(parse(question), Scope((case.pk,)), 40)
    assert places[case.pk] in {hit.chunk_id for hit in hits}
    assert places[other.pk] not in {hit.chunk_id for hit in hits}
    alone = lexical(parse("hapax"), Scope((case.pk,)), 40)
    assert [hit.chunk_id for hit in alone] == [places[case.pk]]
    assert lexical(parse("nowhere"), Scope((case.pk,)), 40) == []


def test_other_words_count_for_less_and_do_not_make_a_passage_complete(cases, small_budget):
    case, _ = cases
    scope = Scope((case.pk,))
    args = (word(50), f"{word(3000)} {word(3001)}", scope, 30)
    every_one = every(*args)
    found = lexical_with(args[1])(parse(args[0]), scope, 30)
    assert [(h.chunk_id, h.complete) for h in found[:5]] == [(h.chunk_id, h.complete) for h in every_one[:5]]


def test_it_is_said_where_not_all_passages_with_the_words_were_compared(cases, small_budget, monkeypatch):
    case, _ = cases
    monkeypatch.setattr(lane, "MOST_RANKED", 50)
    asked = retrieve(parse(word(1)), Scope((case.pk,)), "lexical")
    assert NOT_ALL in asked.notes
    assert len(lexical(parse(word(1)), Scope((case.pk,)), 200)) == 50
    assert NOT_ALL not in retrieve(parse(word(3990)), Scope((case.pk,)), "lexical").notes


def test_hostile_words_are_words(cases, small_budget):
    case, _ = cases
    for text in ("o'neil \\ ' & | ! <-> w1", "a:b*c w1", "$$ w1 %s", "w1 ''' :*"):
        assert len(lexical(parse(text), Scope((case.pk,)), 5)) == 5


def test_of_many_words_any_combination_of_enough_worth_is_found():
    words = [Word(f"'{letter}'", 1, 10, worth) for letter, worth in zip("abcd", (4.0, 3.0, 2.0, 1.0), strict=True)]
    held = dict.fromkeys(range(16), 100)
    wanted = worth_ranking(words, WordSample(held), 160_000)

    def holds(mask: int) -> bool:
        python = wanted.query.replace("&", "and").replace("|", "or")
        names = {letter: bool(mask >> n & 1) for n, letter in enumerate("abcd")}
        for letter in names:
            python = python.replace(f"'{letter}'", letter)
        return bool(eval(python, {}, names))

    worth = [sum(word.worth for n, word in enumerate(words) if mask >> n & 1) for mask in range(16)]
    assert wanted.least > 0
    for mask in range(16):
        assert holds(mask) == (worth[mask] >= wanted.least), bin(mask)


def test_the_score_is_the_sum_of_idf_and_rank(cases):
    _, other = cases
    scope, words = Scope((other.pk,)), ["w7", "w150", "w1900"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, array_agg(ts_rank(c.tsv, w::tsquery) ORDER BY w) FROM documents_chunk c,"
            " unnest(%s::text[]) w WHERE case_id = %s GROUP BY c.id",
            [sorted(words), other.pk],
        )
        ranks = dict(cursor.fetchall())
    df = [sum(row[n] > 0 for row in ranks.values()) for n in range(3)]
    idf = [log(1 + (len(ranks) - n + 0.5) / (n + 0.5)) for n in df]
    scores = {pk: sum(i * r for i, r in zip(idf, row, strict=True)) for pk, row in ranks.items() if any(row)}
    hits = lexical(parse(" ".join(words)), scope, 1_000)
    assert {hit.chunk_id: hit.score for hit in hits} == pytest.approx(scores)
    assert [hit.complete for hit in hits] == [all(ranks[hit.chunk_id]) for hit in hits]


def test_words_that_the_sample_does_not_hold_leave_room_for_others_to_decide():
    rare = [Word(f"'rare{n}'", 1) for n in range(20)]
    frequent = [Word("'a'", 1, 10, 2.0), Word("'b'", 1, 10, 1.0)]
    sample = WordSample({0: 100, 1 << 20: 50, 1 << 21: 500, 1 << 20 | 1 << 21: 10})
    wanted = worth_ranking([*rare, *frequent], sample, 66_000)
    assert wanted.least == 3.0
    assert wanted.query.split(" | ") == [*(word.query for word in rare), "'a' & ('b')"]
