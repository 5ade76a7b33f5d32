"""Server-sent events as bytes: what is written is read back, and no field can forge another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexintel import sse
from lexintel.sse import Frame

ONE_LINE = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))
EVENT = st.from_regex(r"[a-z]{1,12}", fullmatch=True)
ID = st.from_regex(r"([0-9]{1,13}-[0-9]{1,6})?", fullmatch=True)


def lines(raw: bytes) -> list[str]:
    return raw.decode().split("\n")


@given(st.lists(st.builds(Frame, EVENT, ONE_LINE, ID)))
def test_what_is_encoded_is_decoded_to_the_same_frames(frames):
    raw = sse.retry(2000) + b"".join(sse.HEARTBEAT + sse.encode(f) for f in frames) + sse.HEARTBEAT
    assert list(sse.decode(lines(raw))) == frames


def test_a_frame_is_written_as_the_standard_has_it():
    assert sse.encode(Frame("progress", '{"a":1}', "5-0")) == b'event: progress\nid: 5-0\ndata: {"a":1}\n\n'
    assert sse.encode(Frame("bye", "{}")) == b"event: bye\ndata: {}\n\n"


@pytest.mark.parametrize("forged", ["a\nid: 9-9", "a\r\ndata: x", "a\rb", "a\0b", "\n"])
@pytest.mark.parametrize("field", ["event", "data", "id"])
def test_a_line_break_in_a_field_is_refused(field, forged):
    with pytest.raises(ValueError, match="one line"):
        sse.encode(Frame(**({"event": "e", "data": "d", "id": "1-1"} | {field: forged})))


def test_line_separators_that_sse_does_not_know_are_data():
    frame = Frame("e", "a\u2028b\u0085c\x0bd")
    assert list(sse.decode(lines(sse.encode(frame)))) == [frame]


def test_data_on_several_lines_and_fields_in_any_order_are_understood():
    stream = ["data: one", "data:two", "event: e", ": comment", "id: 3-0", "", "data:  spaced", "", "data: unfinished"]
    assert list(sse.decode(stream)) == [Frame("e", "one\ntwo", "3-0"), Frame("message", " spaced")]


def test_a_comment_and_a_retry_make_no_event():
    assert list(sse.decode(lines(sse.HEARTBEAT + sse.retry(1500) + sse.HEARTBEAT))) == []


def test_nothing_may_be_stored_or_held_back():
    headers = dict(sse.HEADERS)
    assert headers[b"Content-Type"].startswith(b"text/event-stream")
    assert (headers[b"Cache-Control"], headers[b"X-Accel-Buffering"]) == (b"no-store", b"no")
