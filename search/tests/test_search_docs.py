"""docs/search.md is true: its examples find what it says, and it names every operator, field, limit and code."""

import json
import re
from typing import Any, get_args

import pytest
from django.conf import settings
from django.utils.http import urlencode

from documents.models import Document
from search import engine, kept_lists, page_matches, vocabulary
from search.engine import search
from search.fusion import fuse
from search.grouping import MOST_PAGES
from search.lanes import Hit
from search.language import fields, grammar
from search.language.tokens import Kind, tokens
from search.language.tree import Near, Node, Within, written
from search.query import MAX_BYTES, MAX_TERMS, clean, parse
from search.retrieval import LANE_SECONDS, WINDOW
from search.scope import scope_for
from search.serializers import DocumentHitsParameters, SearchParameters

PAGE = (settings.BASE_DIR / "docs" / "search.md").read_text()


def table(heading: str) -> list[list[str]]:
    """The rows of the page's tables with this head."""
    found = re.findall(rf"^\| {re.escape(heading)} \|[^\n]*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.M)
    assert found, heading
    return [[cell.strip() for cell in row.strip("|").split("|")] for rows in found for row in rows.splitlines()]


def code(cell: str) -> str:
    return cell.removeprefix("`").removesuffix("`")


RECORD = table("Document")
EXAMPLES = [(code(typed), found) for typed, _, found in table("Type")]
HABITS = [(code(typed), code(read), said) for typed, read, said in table("Typed")]
CALLS = re.findall(r"```\nGET (\S[^\n]*)\n```\n\n```json\n(.*?)```", PAGE, re.S)


@pytest.fixture
def record(case, make_document):
    made: dict[str, Document] = {}
    for name, custodian, kind, date, page, _ in RECORD:
        if page == "1":
            texts = [row[5].replace(" ¶ ", "\n\n") for row in RECORD if row[0] == name]
            made[name] = make_document(case, texts, name=name, custodian=custodian)
            meta = {"date": date} if date else {}
            Document.objects.filter(pk=made[name].pk).update(media_type=kind, meta=meta)
    return made


def test_every_example_finds_what_the_page_says(record, alice):
    assert len(EXAMPLES) > 35
    wrong = []
    for typed, said in EXAMPLES:
        passages = search(typed, scope_for(alice), mode="lexical").passages
        expected = dict(re.findall(r"(\S+\.\w+)(?: p\. (\d+))?", said))
        found = {p.document_name for p in passages}
        pages = {name: sorted({str(p.page) for p in passages if p.document_name == name}) for name in found}
        as_said = all(pages.get(name) == [page] for name, page in expected.items() if page)
        if set(expected) != found or not as_said or bool(expected) == (said == "nothing"):
            wrong.append((typed, said, pages))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize(("typed", "read", "said"), HABITS)
def test_habits_are_read_and_said_as_the_page_tells(typed, read, said):
    query = parse(typed)
    if read == "words":
        assert not query.uses_operators and query.tree is None
    elif query.tree is not None:
        assert written(query.tree) == read
    else:
        assert query.text == read
    assert any(said.lower() in note.lower() for note in query.notes), query.notes


@pytest.mark.parametrize(("address", "answer"), CALLS)
def test_every_call_is_answered_as_the_page_shows(record, alice, api, address, answer):
    path, _, asked = address.partition("?")
    path = re.sub(r"\{(.+?)\}", lambda match: str(record[match[1]].pk), path)
    parameters = dict(pair.split("=", 1) for pair in asked.split("&"))
    got = api(alice).get(f"{path}?{urlencode(parameters)}").json()
    assert differences(json.loads(answer), got) == []


def differences(shown: Any, got: Any, at: str = "") -> list[str]:
    """Where an answer is not as shown; “…” stands for anything."""
    if shown == "…":
        return []
    if isinstance(shown, dict) and isinstance(got, dict):
        if shown.keys() != got.keys():
            return [f"{at}: {sorted(shown.keys() ^ got.keys())}"]
        return [wrong for name in shown for wrong in differences(shown[name], got[name], f"{at}.{name}")]
    if isinstance(shown, list) and isinstance(got, list) and len(shown) == len(got):
        return [w for n, pair in enumerate(zip(shown, got, strict=True)) for w in differences(*pair, f"{at}[{n}]")]
    return [] if shown == got else [f"{at}: {got!r}"]


def test_the_examples_use_every_token_and_every_node_there_is():
    every = [typed for typed, _ in EXAMPLES] + [typed for typed, _, _ in HABITS]
    assert {token.kind for typed in every for token in tokens(clean(typed), [])} == set(Kind)
    nodes = [node for typed, _ in EXAMPLES for node in below(parse(typed).tree)]
    assert {type(node) for node in nodes} == set(get_args(Node))
    assert {(n.ordered, n.apart) for n in nodes if isinstance(n, Near)} == {
        (False, False),
        (True, False),
        (False, True),
    }
    assert {n.unit for n in nodes if isinstance(n, Within)} == {"sentence", "paragraph"}
    assert {n.apart for n in nodes if isinstance(n, Within)} == {False, True}


def below(node):
    if node is None:
        return
    yield node
    for child in (*getattr(node, "children", ()), getattr(node, "child", None)):
        yield from below(child)
    for side in ("left", "right"):
        yield from below(getattr(node, side, None))


def test_every_field_has_an_example_and_every_value_it_knows_is_named():
    asked = {token.name for typed, _ in EXAMPLES for token in tokens(clean(typed), [])}
    assert set(fields.NAMES) <= asked
    (of_type,) = re.findall(r"of a kind: (.*?);", PAGE)
    assert of_type.split(", ") == list(fields.TYPES)
    (of_status,) = re.findall(r"being read: (.*?) \|", PAGE)
    assert of_status.split(", ") == list(fields.STATUSES)


def test_the_help_beside_the_box_names_every_kind_of_token_and_every_field():
    shown = (settings.BASE_DIR / "search/templates/search/help.html").read_text()
    typed = " ".join(re.findall(r"<dt>(.*?)</dt>", shown)) + " NOT w/5 pre/5 w/p"
    assert {token.kind for token in tokens(typed, [])} | {Kind.FIELD} == set(Kind)
    assert all(operator in shown for operator in ("NOT w/5", "pre/5", "w/s", "w/p", "“", "*", "?"))
    assert all(f"{name}:" in shown for name in fields.NAMES)


def test_every_code_that_search_refuses_with_is_named():
    sources = [path.read_text() for path in (settings.BASE_DIR / "search").rglob("*.py") if "tests" not in path.parts]
    codes = {found for source in sources for found in re.findall(r'(?:QueryError\(|Problem\(\d+, )"(\w+)"', source)}
    assert {"query_empty", "search_timeout", "invalid_cursor"} <= codes
    named = {found for *_, cell in table("Limit") for found in re.findall(r"`(\w+)`", cell)}
    assert named == codes


def test_every_limit_is_the_one_that_holds():
    values = " ".join(row[1] for row in table("Limit")) + PAGE
    for said in (
        f"{MAX_BYTES:,} bytes",
        f"| Words | {MAX_TERMS} |",
        f"| Parentheses inside each other | {grammar.MAX_DEPTH} |",
        f"multiply to | {grammar.MAX_PAIRS} |",
        f"{vocabulary.MOST_BEGINNINGS:,} by their beginning, {vocabulary.MOST_WORDS:,} otherwise",
        f"the best {WINDOW};",
        f"{SearchParameters().fields['limit'].default}, up to {engine.MAX_LIMIT} by `limit`",
        f"{page_matches.MOST_PAGES:,}; then",
        f"{LANE_SECONDS:.0f} s; a slow part",
        f"{kept_lists.KEPT_S // 60} minutes after the last look",
        f"up to {['', 'one', 'two', 'three'][MOST_PAGES]} pages",
    ):
        assert said in values, said


def test_modes_parameters_and_reasons_are_named():
    assert [code(row[1]) for row in table("Mode")] == list(engine.MODES)
    for name in SearchParameters().fields:
        assert f"`{name}`" in PAGE
    assert all(f"`{name}`" in PAGE for name in DocumentHitsParameters().fields if name != "q")
    # Every way in which a passage can be found.
    hit, complete = Hit(1, 0.5, Document().pk, 0), Hit(1, 0.5, Document().pk, 0, complete=True)
    lists = [([hit], [], [], []), ([], [hit], [], []), ([], [], [complete], [])]
    lists += [([], [], [hit], []), ([], [], [], [hit]), ([], [], [hit], [hit])]
    for reason in {ranked.why for found in lists for ranked in fuse(*found)} | {"document"}:
        assert f"`{reason}`" in PAGE, reason
