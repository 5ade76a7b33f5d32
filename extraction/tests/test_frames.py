"""Frames: what honest readers say arrives whole, and nothing a hostile one says gets past or brings the parent down."""

import json
import math
import os
import struct
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.wordboxes import pack
from extraction.confinement import child_run, frames
from extraction.confinement.child_run import ChildRun
from extraction.confinement.frames import HEAD, BadFrame, Done, Failure, decode, encode
from extraction.confinement.limits import Limits
from extraction.errors import ERRORS
from extraction.readers.base import DocumentInfo, Mark, PageRead, ReadOptions

LIMITS = Limits(soft_s=5, hard_s=5, page_s=5)
KINDS = b"IPED"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def through(item: Any) -> Any:
    frame = encode(item)
    length, kind = HEAD.unpack_from(frame)
    assert len(frame) == HEAD.size + length
    return decode(kind, frame[HEAD.size :])


def storable(value: Any) -> bool:
    """Whether PostgreSQL takes it, as text or as JSON."""
    text = json.dumps(value, allow_nan=False)
    return "\\u0000" not in text and not any(0xD800 <= ord(c) < 0xE000 for c in json.loads(json.dumps(text)))


def page_frame(text: bytes = b"", words: bytes = b"", **fields: Any) -> bytes:
    """A page's payload as a child may put it together."""
    given = {
        "number": 1,
        "state": "text",
        "width": 612.0,
        "height": 792.0,
        "rotation": 0,
        "tables": [],
        "reason": "",
        "confidence": None,
        "label": "",
        "marks": [],
        "text_bytes": len(text),
    } | fields
    head = json.dumps(given).encode()
    return struct.pack("<I", len(head)) + head + text + words


@given(
    text=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=200),
    number=st.integers(1, 5000),
    width=st.floats(0, 20_000, width=32),
    label=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40),
)
def test_an_honest_page_arrives_as_it_was_sent(text, number, width, label):
    words = pack([(0, len(text), 1.0, 2.0, 30.0, 12.0)]) if text else b""
    marks = (Mark("header", 0, len(text), "v"),) if text else ()
    page = PageRead(
        number, "text", text, width=width, words=words, label=label, marks=marks, tables=[{"rows": [["a"]]}]
    )
    assert through(page) == page


def test_info_failure_and_end_arrive_as_they_were_sent():
    for item in (
        DocumentInfo(12, 5, {"title": "Brief"}, ("too_many_pages",)),
        DocumentInfo(0),
        Failure("encrypted"),
        Done(True),
        Done(False),
    ):
        assert through(item) == item


def test_text_that_no_database_takes_keeps_its_places():
    page = through(PageRead(1, "text", "a\x00b\ud800c"))
    assert page.text == "a b?c"


def test_a_page_too_large_for_a_frame_becomes_an_unreadable_one(monkeypatch):
    monkeypatch.setattr(frames, "MAX_FRAME_BYTES", 1000)
    page = through(PageRead(7, "text", "x" * 2000))
    assert (page.number, page.state, page.reason) == (7, "unreadable", "resource_memory")


@settings(max_examples=400)
@given(kind=st.integers(0, 255) | st.sampled_from(KINDS), payload=st.binary(max_size=200))
def test_no_bytes_at_all_bring_the_parent_down(kind, payload):
    try:
        decode(kind, payload)
    except BadFrame:
        pass


@settings(max_examples=300)
@given(
    fields=st.dictionaries(
        st.sampled_from(
            [*"number state width height rotation tables reason confidence label marks text_bytes".split()]
        ),
        json_values,
        max_size=5,
    ),
    text=st.binary(max_size=60),
    words=st.binary(max_size=60),
)
def test_a_page_with_any_fields_is_refused_or_can_be_stored(fields, text, words):
    try:
        page = decode(ord("P"), page_frame(text, words, **fields))
    except BadFrame:
        return
    assert storable([page.text, page.reason, page.label, page.tables, page.state])
    assert all(math.isfinite(n) for n in (page.width, page.height, page.confidence or 0))
    assert page.confidence is None or 0 <= page.confidence <= 1
    assert len(page.reason) <= 40
    assert all(0 <= m.start < m.end <= len(page.text) for m in page.marks)


@settings(max_examples=300)
@given(
    fields=st.dictionaries(st.sampled_from(["page_count", "truncated_at", "meta", "warnings"]), json_values, max_size=4)
)
def test_an_info_with_any_fields_is_refused_or_can_be_stored(fields):
    given = {"page_count": 3, "truncated_at": None, "meta": {}, "warnings": []} | fields
    try:
        info = decode(ord("I"), json.dumps(given).encode())
    except BadFrame:
        return
    assert storable([info.meta, list(info.warnings)])
    assert 0 <= info.page_count <= frames.MAX_PAGE_COUNT
    assert info.truncated_at is None or info.truncated_at <= info.page_count


@pytest.mark.parametrize(
    "fields",
    [
        {"number": 10**400},
        {"number": True},
        {"number": -1},
        {"width": 10**400},
        {"width": float("nan")},
        {"width": float("inf")},
        {"height": -1},
        {"rotation": 360},
        {"state": "secret"},
        {"state": "unreadable"},
        {"state": []},
        {"text_bytes": -5},
        {"text_bytes": 10**12},
        {"marks": [["header", 0, 99, ""]]},
        {"marks": [["header", 1, 1, ""]]},
        {"marks": [[]]},
        {"marks": 5},
        {"confidence": "much"},
    ],
)
def test_a_page_that_is_none_is_refused(fields):
    with pytest.raises(BadFrame):
        decode(ord("P"), page_frame(b"text", **fields))


def test_nesting_without_end_is_refused():
    deep = b"[" * 100_000
    with pytest.raises(BadFrame):
        decode(ord("I"), deep)
    head = page_frame(tables="@").replace(b'"@"', b"[" * 400 + b"]" * 400)
    size = struct.pack("<I", len(head) - 4)
    page = decode(ord("P"), size + head[4:])
    assert storable(page.tables)


def test_words_that_lie_outside_the_text_are_refused():
    for rows in ([(0, 9, 0, 0, 1, 1)], [(3, 3, 0, 0, 1, 1)], [(-2, 1, 0, 0, 1, 1)]):
        with pytest.raises(BadFrame):
            decode(ord("P"), page_frame(b"four", pack(np.array(rows, dtype=float))))


def test_words_that_unpack_to_more_than_they_say_are_refused():
    import zlib

    bomb = struct.pack("<BI", 1, 2) + zlib.compress(b"\0" * 50_000_000, 9)
    with pytest.raises(BadFrame):
        decode(ord("P"), page_frame(b"four", bomb))


@pytest.mark.parametrize("code", [c for c, kind in ERRORS.items() if not kind.permanent] + ["", "nonsense", "\x00"])
def test_a_child_cannot_ask_to_be_tried_again(code):
    with pytest.raises(BadFrame):
        decode(ord("E"), code.encode())


class Killed(Exception):
    pass


@pytest.fixture
def hear(monkeypatch):
    """What a parent makes of bytes from a pipe whose other end is closed; the second value tells how it ended."""
    monkeypatch.setattr(child_run, "kill_child", lambda pid: None)

    def hear(data: bytes, options: ReadOptions | None = None) -> tuple[list[Any], ChildRun]:
        receive, send = os.pipe()
        run = ChildRun(LIMITS, options or ReadOptions(), lambda: None)
        try:
            os.write(send, data)
            os.close(send)
            return list(run.frames(receive, 0)), run
        finally:
            os.close(receive)

    return hear


@settings(max_examples=200, deadline=None)
@given(
    data=st.binary(max_size=300)
    | st.lists(st.sampled_from([encode(DocumentInfo(3)), b"\x01\x00\x00\x00P{"])).map(b"".join)
)
def test_no_stream_at_all_brings_the_parent_down(data):
    receive, send = os.pipe()
    run = ChildRun(LIMITS, ReadOptions(), lambda: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child_run, "kill_child", lambda pid: None)
        try:
            os.write(send, data)
            os.close(send)
            for item in run.frames(receive, 0):
                assert isinstance(item, DocumentInfo | PageRead)
        finally:
            os.close(receive)
    run.settle({"status": 0, "cpu_s": 0.1, "max_rss_mb": 1.0})
    assert run.error in ERRORS


INFO = encode(DocumentInfo(3))


def page(number: int) -> bytes:
    return encode(PageRead(number, "text", "x"))


@pytest.mark.parametrize(
    "data",
    [
        page(1),
        INFO + INFO,
        INFO + page(2) + page(1),
        INFO + page(1) + page(1),
        INFO + page(4),
        INFO + page(0),
        INFO + encode(Done(False)) + page(1),
        INFO + HEAD.pack(frames.MAX_FRAME_BYTES + 1, ord("P")),
        HEAD.pack(0, ord("X")),
    ],
    ids=["no info", "info twice", "backwards", "twice", "beyond", "zero", "after the end", "too long", "unknown"],
)
def test_frames_out_of_turn_end_the_child(hear, data):
    _, run = hear(data)
    assert (run.error, run.finished) == ("parser_crash", True)


def test_a_page_nobody_asked_for_ends_the_child(hear):
    _, run = hear(INFO + page(1), ReadOptions(pages=(2,)))
    assert run.error == "parser_crash"


def test_more_in_all_than_any_document_has_ends_the_child(hear, monkeypatch):
    monkeypatch.setattr(child_run, "MAX_TOTAL_BYTES", len(INFO) + 10)
    assert hear(INFO + page(1))[1].error == "parser_crash"


def test_a_frame_that_never_ends_is_a_crash(hear):
    items, run = hear(INFO + page(1)[:-1])
    assert items == [DocumentInfo(3)]
    run.settle(SimpleNamespace(get=lambda name, default: default))  # type: ignore[arg-type]
    assert run.error == "parser_crash"
