"""A reranker that is slow, wrong or hostile costs 2 seconds at most and never a hit."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest

from search import reranker
from search.doctor import examine_reranker
from search.engine import search
from search.fusion import Ranked
from search.reranker import CHECK_PASSAGES, Reranker, RerankerUnavailable, RerankOptions, read_scores
from search.reranking import NOT_RERANKED, reranked
from search.scope import scope_for

KEY = "sk-rerank-secret"


class Server:
    """Scores each document with `score`; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.score: Callable[[str], Any] = lambda text: 1.0 if text == CHECK_PASSAGES[1] else 0.0
        self.answer: Callable[[list[Any]], bytes] = lambda scores: json.dumps(
            {"results": [{"index": n, "relevance_score": score} for n, score in reversed(list(enumerate(scores)))]}
        ).encode()
        self.status, self.over, self.url = 200, threading.Event(), ""

    def prefer(self, word: str) -> None:
        self.score = lambda text: 2.0 if word in text or text == CHECK_PASSAGES[1] else 0.1


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()

    class Handler(BaseHTTPRequestHandler):
        timeout = 30  # of a connection on which nothing comes

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.asked.append(asked)
            made.headers.append(dict(self.headers))
            made.paths.append(self.path)
            content = made.answer([made.score(text) for text in asked["documents"]])
            try:
                self.send_response(made.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                pass  # the client has left

        def log_message(self, *_: Any) -> None:
            """Tests read what the product logs, not this."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = False
    made.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.over.set()
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def configured(server: Server, settings: Any) -> Server:
    settings.RERANK_BASE_URL, settings.RERANK_MODEL, settings.RERANK_API_KEY = server.url, "judge", KEY
    return server


def client(server: Server, budget_s: float = 5) -> Reranker:
    return Reranker(RerankOptions(server.url, "judge", KEY), budget_s=budget_s)


def texts(user: Any, question: str, **options: Any) -> list[str]:
    return [p.snippet.text for p in search(question, scope_for(user), **options).passages]


def test_scores_come_in_the_order_asked_after_an_obvious_pair_was_told_apart(server):
    server.prefer("zebra")
    assert client(server).scores("which?", ["a", "zebra", ""]) == (0.1, 2.0, 0.1)
    check, asked = server.asked
    assert check["documents"] == list(CHECK_PASSAGES)
    assert asked == {"query": "which?", "documents": ["a", "zebra", " "], "top_n": 3, "model": "judge"}
    assert server.paths == ["/v1/rerank"] * 2
    assert server.headers[1]["Authorization"] == f"Bearer {KEY}"


def test_a_reranker_that_fails_the_obvious_pair_is_refused_and_not_asked_about_passages(server):
    server.score = lambda text: 0.5
    with pytest.raises(RerankerUnavailable, match="obvious"):
        client(server).scores("which?", ["a", "b"])
    assert [asked["documents"] for asked in server.asked] == [list(CHECK_PASSAGES)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"results": 3}',
        b'{"results": []}',
        b'{"results": [{"index": 0, "relevance_score": 1}]}',
        b'{"results": [{"index": 0, "relevance_score": 1}, {"index": 0, "relevance_score": 2}]}',
        b'{"results": [{"index": 0, "relevance_score": 1}, {"index": 2, "relevance_score": 2}]}',
        b'{"results": [{"index": 0, "relevance_score": 1}, {"index": -1, "relevance_score": 2}]}',
        b'{"results": [{"index": 0, "relevance_score": 1}, {"index": true, "relevance_score": 2}]}',
        b'{"results": [{"index": 0, "relevance_score": 1}, {"index": 1.0, "relevance_score": 2}]}',
        b'{"results": [{"index": 0, "relevance_score": NaN}, {"index": 1, "relevance_score": 2}]}',
        b'{"results": [{"index": 0, "relevance_score": Infinity}, {"index": 1, "relevance_score": 2}]}',
        b'{"results": [{"index": 0, "relevance_score": 1e999}, {"index": 1, "relevance_score": 2}]}',
        b'{"results": [{"index": 0, "relevance_score": "1"}, {"index": 1, "relevance_score": 2}]}',
        b'{"results": [{"index": 0, "relevance_score": true}, {"index": 1, "relevance_score": 2}]}',
        b'{"results": [{"index": 0, "relevance_score": 1' + b"0" * 400 + b'}, {"index": 1, "relevance_score": 2}]}',
        b'{"results": [null, null]}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_an_answer_that_is_not_one_number_for_each_passage_is_none(content):
    with pytest.raises(RerankerUnavailable):
        read_scores(content, 2)


def test_a_slow_reranker_is_waited_for_no_longer_than_the_budget(server):
    def wait(scores: list[Any]) -> bytes:
        server.over.wait(5)
        return b"{}"

    server.answer = wait
    slow, started = client(server, budget_s=0.3), monotonic()
    with pytest.raises(RerankerUnavailable):
        slow.scores("which?", ["a", "b"])
    assert monotonic() - started < 1


def test_a_reranker_that_fails_three_times_is_left_alone_for_a_while(server):
    server.status, broken = 500, client(server)
    for _ in range(6):
        with pytest.raises(RerankerUnavailable):
            broken.scores("which?", ["a", "b"])
    assert len(server.asked) == 3


def test_the_same_question_is_asked_once(server):
    server.prefer("zebra")
    once = client(server)
    assert once.scores("which?", ["a", "zebra"]) == once.scores("which?", ["a", "zebra"])
    assert len(server.asked) == 2


def test_without_an_address_nothing_is_asked(case, alice, make_document, server):
    make_document(case, ["The winch failed.", "The winch was greased."])
    assert len(texts(alice, "winch")) == 2
    assert server.asked == []


def test_the_reranker_decides_what_comes_first(case, alice, make_document, configured):
    make_document(case, ["The winch failed here in June.", "A winch was bought.", "Nobody greased that winch in May."])
    for word in ("bought", "greased", "failed"):
        configured.prefer(word)
        reranker._made.clear()
        found = search("winch purchase?", scope_for(alice))
        assert word in found.passages[0].snippet.text
        assert NOT_RERANKED not in found.notes
        scores = [p.score for p in found.passages]
        assert scores == sorted(scores, reverse=True)


def test_words_only_and_operators_are_not_reranked(case, alice, make_document, configured):
    make_document(case, ["The winch failed here in June.", "A winch was bought."])
    texts(alice, "winch purchase?", mode="lexical")
    texts(alice, "winch AND june")
    assert configured.asked == []


def test_exact_matches_and_named_documents_keep_their_place(monkeypatch):
    def hit(number: int, why: str) -> Ranked:
        return Ranked(number, uuid4(), number, 100.0 - number, why)

    whys = ["named document, meaning", "named document, words", "exact", "words", "nearly exact", "meaning", "words"]
    ranked = [hit(number, why) for number, why in enumerate(whys)]

    class Backwards:
        def scores(self, question: str, passages: Any) -> tuple[float, ...]:
            return tuple(float(number) for number in range(len(passages)))

    monkeypatch.setattr(reranker, "configured", lambda: Backwards())
    monkeypatch.setattr("search.reranking._texts", lambda hits: [str(h.chunk_id) for h in hits])
    made, note = reranked("anything", ranked)
    assert [h.chunk_id for h in made] == [1, 0, 2, 6, 4, 5, 3]
    assert [h.score for h in made] == [h.score for h in ranked]
    assert note == ""


@pytest.mark.parametrize("how", ["status", "garbage", "not obvious"])
def test_on_an_error_the_order_is_kept_and_the_result_says_so(case, alice, make_document, configured, settings, how):
    make_document(case, ["The winch failed here in June.", "A winch was bought.", "Nobody greased that winch in May."])
    settings.RERANK_BASE_URL = ""
    before = texts(alice, "winch purchase?")
    settings.RERANK_BASE_URL = configured.url
    if how == "status":
        configured.status = 503
    elif how == "garbage":
        configured.answer = lambda scores: b'{"results": "all of them"}'
    else:
        configured.score = lambda text: 0.0
    reranker._made.clear()
    found = search("winch purchase?", scope_for(alice))
    assert [p.snippet.text for p in found.passages] == before
    assert NOT_RERANKED in found.notes


def test_neither_key_nor_text_is_logged(case, alice, make_document, configured, caplog):
    caplog.set_level(logging.DEBUG)
    make_document(case, ["The zeppelin failed here in June.", "A zeppelin was bought."])
    caplog.clear()
    reranker._made.clear()
    configured.status = 500
    search("zeppelin purchase?", scope_for(alice))
    logged = caplog.text + repr(RerankOptions("http://127.0.0.1", "m", KEY))
    assert KEY not in logged and "bought" not in logged


@pytest.mark.parametrize("key", [f"{KEY}\r\nX-Evil: 1", "schlüssel", f"{KEY}\0"])
def test_a_key_that_would_break_the_request_is_refused_without_repeating_it(key):
    with pytest.raises(RerankerUnavailable, match="RERANK_API_KEY") as caught:
        Reranker(RerankOptions("http://127.0.0.1:1", "m", key))
    assert KEY not in str(caught.value)


def test_a_metadata_address_is_never_asked_and_the_message_names_the_right_setting():
    refused = Reranker(RerankOptions("http://169.254.169.254/v1", "m", KEY))
    with pytest.raises(RerankerUnavailable, match="RERANK_BASE_URL"):
        refused.scores("which?", ["a", "b"])


def test_doctor_says_whether_it_can_be_used(configured, settings):
    configured.prefer("nothing")
    reranker._made.clear()
    assert examine_reranker().ok
    configured.score = lambda text: 0.5
    assert not examine_reranker().ok and "obvious" in examine_reranker().remedy
    settings.RERANK_BASE_URL = ""
    assert examine_reranker().ok
