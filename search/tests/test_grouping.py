"""Results by document, and lists that stand still while documents arrive."""

import pytest

from lexintel import bus
from search import kept_lists
from search.engine import search
from search.query import QueryError
from search.scope import scope_for


@pytest.fixture
def record(case, make_document):
    vouchers = [f"Voucher number {n} was paid by the harbour office." for n in range(5)]
    return [make_document(case, vouchers[: n + 1], name=f"vouchers-{n}.txt") for n in range(5)]


def found(user, text="voucher", **how):
    return search(text, scope_for(user), **how)


def test_each_document_comes_once_with_its_best_pages_and_all_its_hits_counted(record, alice):
    result = found(alice, group="document")
    assert {g.best.document_name: g.hits for g in result.groups} == {f"vouchers-{n}.txt": n + 1 for n in range(5)}
    assert (result.total, result.documents, result.passages) == (15, 5, ())
    for group in result.groups:
        pages = [passage.page for passage in group.passages]
        assert len(pages) == len(set(pages)) == min(group.hits, 3)
        assert {passage.document_id for passage in group.passages} == {group.best.document_id}
        assert [p.score for p in group.passages] == sorted((p.score for p in group.passages), reverse=True)


def test_documents_stand_in_the_order_of_their_best_passage(record, alice):
    single = found(alice, "voucher number 4", limit=100)
    first_seen = list(dict.fromkeys(passage.document_id for passage in single.passages))
    assert [group.best.document_id for group in found(alice, "voucher number 4", group="document").groups] == first_seen


def test_two_passages_of_one_page_count_as_one_page(case, alice, make_document):
    long = " ".join(f"The winch turned {n} times." for n in range(120))
    make_document(case, [long, "A winch again."], name="winch.txt")
    (group,) = found(alice, "winch", group="document").groups
    assert group.hits > 3 and sorted(p.page for p in group.passages) == [1, 2]


def walk(user, how, between=lambda: None):
    seen, cursor = [], None
    while True:
        result = found(user, cursor=cursor, limit=2, **how)
        seen += [p.document_id for p in (*result.passages, *(g.best for g in result.groups))]
        cursor = result.next_cursor
        if cursor is None:
            return seen
        between()


@pytest.mark.parametrize("how", [{"group": "document"}, {}, {"mode": "lexical"}])
def test_pages_of_results_are_those_of_one_list_while_documents_arrive(record, alice, case, make_document, how):
    result = found(alice, limit=100, **how)
    whole = [p.document_id for p in (*result.passages, *(g.best for g in result.groups))]
    count = iter(range(100))

    def arrive():
        make_document(case, ["Voucher voucher voucher number 0."], name=f"late-{next(count)}.txt")

    assert walk(alice, how, arrive) == whole


def test_without_redis_results_can_be_paged_all_the_same(record, alice, monkeypatch):
    whole = walk(alice, {})

    def away():
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(bus, "client", away)
        assert walk(alice, {}) == whole


def test_a_list_that_was_forgotten_is_made_anew_and_kept_again(record, alice):
    cursor = found(alice, limit=2).next_cursor
    for key in bus.client().scan_iter(bus.key("search-list", "*")):
        bus.client().delete(key)
    following = found(alice, limit=2, cursor=cursor)
    assert len(following.passages) == 2
    (kept,) = bus.client().scan_iter(bus.key("search-list", "*"))
    assert 0 < bus.client().ttl(kept) <= kept_lists.KEPT_S


def test_what_is_kept_holds_no_text_and_no_name(record, alice):
    assert found(alice, limit=2).next_cursor
    for key in bus.client().scan_iter(bus.key("search-list", "*")):
        assert "oucher" not in bus.client().get(key)


def test_a_document_that_goes_meanwhile_is_no_longer_shown(record, alice):
    cursor = found(alice, limit=2, group="document").next_cursor
    for document in record:
        document.delete()
    assert found(alice, limit=2, group="document", cursor=cursor).groups == ()


def test_a_cursor_of_passages_does_not_fit_documents(record, alice):
    cursor = found(alice, limit=2).next_cursor
    with pytest.raises(QueryError) as refused:
        found(alice, limit=2, cursor=cursor, group="document")
    assert refused.value.code == "invalid_cursor"


def test_a_kept_list_is_closed_to_whoever_left_the_case(record, alice, case):
    cursor = found(alice, limit=2).next_cursor
    case.memberships.filter(user=alice).delete()
    with pytest.raises(QueryError) as refused:
        found(alice, limit=2, cursor=cursor)
    assert refused.value.code == "invalid_cursor"


def test_grouping_costs_the_same_queries_however_many_documents(record, alice, django_assert_max_num_queries):
    with django_assert_max_num_queries(37):
        found(alice, group="document")


def test_the_api_gives_documents_with_their_passages(record, alice, api):
    client = api(alice)
    body = client.get("/api/v1/search/", {"q": "voucher", "group": "document", "limit": 2}).json()
    assert len(body["results"]) == 2 and body["documents"] == 5
    for result in body["results"]:
        assert result["passages"][0].items() <= result.items()
        assert len(result["passages"]) == min(3, result["hits"])
    following = client.get(body["next"]).json()
    assert {r["document"] for r in following["results"]}.isdisjoint(r["document"] for r in body["results"])
    assert client.get("/api/v1/search/", {"q": "voucher", "group": "page"}).status_code == 400
    assert "hits" not in client.get("/api/v1/search/", {"q": "voucher"}).json()["results"][0]


def test_the_page_groups_on_request_and_keeps_that_for_the_next_question(record, alice, api):
    client = api(alice)
    page = client.get("/search/?q=voucher").content.decode()
    assert "Group by document" in page and page.count('class="search-result"') == 15
    page = client.get("/search/?q=voucher&group=document").content.decode()
    assert page.count('class="search-result"') == 5 and "List passage by passage" in page
    assert '<input type="hidden" name="group" value="document">' in page
    assert "15 passages in 5 documents" in page
