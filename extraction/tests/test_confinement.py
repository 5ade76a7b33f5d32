"""A child that misbehaves: it ends, its worker goes on, and what can be read is read."""

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from extraction.confinement import child_run, runner, warm_zygote
from extraction.confinement.frames import MemberEnds
from extraction.confinement.limits import Limits
from extraction.confinement.runner import Outcome, Reader
from extraction.errors import PermanentError, RetryableError
from extraction.readers.base import DocumentInfo, PageRead, ReadOptions

PDF, TEXT = "application/pdf", "text/plain"
AMPLE = Limits(soft_s=60, hard_s=60, page_s=60)


def idle() -> None:
    pass


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """With a zygote whose readers do what their file says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warm_zygote, "MODULE", "extraction.tests.hostile_zygote")
        made = Reader()
        yield made
        made.close()


@pytest.fixture
def read(reader: Reader, tmp_path: Path) -> Callable[..., list[Any]]:
    """What comes of a plan (see hostile_readers)."""

    def read(
        pages: int = 3,
        *,
        media_type: str = PDF,
        limits: Limits = AMPLE,
        options: ReadOptions | None = None,
        tick: Callable[[], None] = idle,
        **plan: Any,
    ) -> list[Any]:
        path = tmp_path / "plan.json"
        path.write_text(json.dumps({"pages": pages, **plan}))
        with open(path, "rb") as file:
            return list(reader.read(file.fileno(), media_type, options or ReadOptions(), limits, tick=tick))

    return read


def pages_of(items: list[Any]) -> list[tuple[int, str, str]]:
    return [(i.number, i.state, i.reason or i.text) for i in items if isinstance(i, PageRead)]


def good(number: int, engine: str = "usual") -> tuple[int, str, str]:
    return (number, "text", f"page {number} by the {engine} engine")


def bad(number: int, code: str) -> tuple[int, str, str]:
    return (number, "unreadable", code)


def children_of(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(p) for p in (task / "children").read_text().split()]
    return found


def test_a_document_comes_as_its_info_its_pages_and_the_outcome(read):
    info, *pages, outcome = read(3)
    assert info == DocumentInfo(3)
    assert pages_of(pages) == [good(1), good(2), good(3)]
    assert (outcome.partial, outcome.error_code) == (False, None)
    assert outcome.wall_s > 0
    assert outcome.max_rss_mb > 1


@pytest.mark.parametrize("act", ["abort", "segv", "exit", "bug", "stack", "garbage"])
def test_a_page_that_crashes_its_reader_is_read_by_the_other_engine_and_the_rest_as_usual(read, act):
    items = read(4, at={"2 usual": act})
    assert pages_of(items) == [good(1), good(2, "other"), good(3), good(4)]
    assert items[-1].partial is False


def test_a_page_that_crashes_both_engines_costs_itself_alone(read):
    items = read(4, at={"2": "abort"})
    assert pages_of(items) == [good(1), bad(2, "parser_crash"), good(3), good(4)]
    assert items[-1].partial is False


def test_a_page_that_eats_memory_costs_itself_alone_and_the_worker_nothing(read):
    items = read(3, at={"2": "memory"})
    assert pages_of(items) == [good(1), bad(2, "resource_memory"), good(3)]


def test_a_page_that_takes_too_long_costs_itself_alone(read):
    started = time.monotonic()
    items = read(3, at={"2": "spin"}, limits=Limits(soft_s=60, hard_s=60, page_s=0.6))
    assert pages_of(items) == [good(1), bad(2, "resource_time"), good(3)]
    assert time.monotonic() - started < 8


def test_a_document_of_which_every_page_crashes_is_given_up_after_a_few(read, monkeypatch):
    monkeypatch.setattr(runner, "MAX_RESCUES", 2)
    with pytest.raises(PermanentError) as error:
        read(50, at={str(n): "abort" for n in range(1, 51)})
    assert error.value.code == "parser_crash"


def test_what_follows_the_last_rescue_is_missing_and_said_to_be(read, monkeypatch):
    monkeypatch.setattr(runner, "MAX_RESCUES", 1)
    items = read(5, at={"2": "abort", "4": "abort"})
    assert pages_of(items) == [good(1), bad(2, "parser_crash"), good(3)]
    assert (items[-1].partial, items[-1].error_code) == (True, "parser_crash")


def test_a_file_that_the_usual_engine_cannot_even_open_is_read_by_the_other(read):
    items = read(2, **{"open usual": "segv"})
    assert pages_of(items) == [good(1, "other"), good(2, "other")]


def test_a_file_that_no_engine_can_open_fails_with_its_code(read):
    with pytest.raises(PermanentError) as error:
        read(2, open="abort")
    assert error.value.code == "parser_crash"


def test_a_reader_that_refuses_a_file_is_believed(read):
    with pytest.raises(PermanentError) as error:
        read(2, open="corrupt")
    assert error.value.code == "corrupt"


def test_a_crash_after_the_last_page_changes_nothing(read):
    items = read(2, end="abort")
    assert pages_of(items) == [good(1), good(2)]
    assert (items[-1].partial, items[-1].error_code) == (False, None)


def test_two_pages_running_that_only_the_other_engine_reads_leave_it_the_rest(read, monkeypatch):
    monkeypatch.setattr(runner, "MAX_RESCUES", 3)
    items = read(9, at={f"{n} usual": "abort" for n in range(2, 10)})
    assert pages_of(items) == [good(1), *(good(n, "other") for n in range(2, 10))]
    assert items[-1].partial is False


@pytest.mark.parametrize("media_type", [PDF, TEXT])
def test_a_member_that_crashes_its_reader_ends_with_the_code_and_the_document_is_partial(read, media_type):
    items = read(2, media_type=media_type, members={"a": "fine", "b": "memory", "c": "abort", "d": "fine"})
    assert [i.code for i in items if isinstance(i, MemberEnds)] == ["", "resource_memory", "parser_crash"]
    assert pages_of(items) == [good(1), good(2)]
    assert (items[-1].partial, items[-1].error_code) == (True, "parser_crash")


def test_flowing_text_that_takes_too_long_for_one_page_is_kept_up_to_there(read):
    """All of it is one page's work, for nobody knows its pages before: it must stop in time to hand them over."""
    items = read(9, media_type=TEXT, at={str(n): "slow" for n in range(1, 10)}, limits=Limits(60, 60, page_s=1.2))
    assert 1 <= len(pages_of(items)) < 9
    assert (items[-1].partial, items[-1].error_code) == (True, None)


def test_a_text_that_crashes_its_reader_is_partial_up_to_there(read):
    items = read(3, media_type=TEXT, at={"3": "abort"})
    assert pages_of(items) == [good(1), good(2)]
    assert (items[-1].partial, items[-1].error_code) == (True, "parser_crash")


def test_the_hard_limit_ends_what_the_page_limit_does_not(read):
    started = time.monotonic()
    items = read(40, at={str(n): "slow" for n in range(1, 41)}, limits=Limits(soft_s=60, hard_s=1.0, page_s=60))
    assert items[-1].error_code == "resource_time"
    assert pages_of(items)[0] == good(1)
    assert time.monotonic() - started < 4


def test_nothing_in_time_is_a_failure(read):
    with pytest.raises(PermanentError) as error:
        read(3, open="sleep", limits=Limits(soft_s=60, hard_s=0.6, page_s=60))
    assert error.value.code == "resource_time"


def test_the_soft_limit_keeps_what_is_done_and_starts_no_more(read):
    items = read(9, at={str(n): "slow" for n in range(1, 10)}, limits=Limits(soft_s=0.6, hard_s=60, page_s=60))
    pages = pages_of(items)
    assert 1 <= len(pages) < 9
    assert (items[-1].partial, items[-1].error_code) == (True, None)


def test_who_ends_late_but_leaves_nothing_out_is_not_partial(read):
    items = read(2, at={"2": "slow"}, limits=Limits(soft_s=0.2, hard_s=60, page_s=60))
    assert len(pages_of(items)) == 2
    assert items[-1].partial is False


def test_pages_in_the_wrong_order_are_not_believed(read):
    items = read(3, at={"3": "backwards"})
    assert pages_of(items) == [good(1), good(2), bad(3, "parser_crash")]


def test_a_child_that_hangs_up_and_goes_on_is_killed(read, reader, monkeypatch):
    monkeypatch.setattr(runner, "END_S", 0.5)
    started = time.monotonic()
    items = read(3, media_type=TEXT, at={"3": "linger"})
    assert pages_of(items) == [good(1), good(2)]
    assert items[-1].error_code == "parser_crash"
    assert time.monotonic() - started < 5
    assert pages_of(read(1)) == [good(1)]


def test_a_process_that_a_child_leaves_behind_is_killed_with_it(read, reader):
    with pytest.raises(PermanentError) as error:
        read(2, media_type=TEXT, open="orphan", limits=Limits(soft_s=9, hard_s=9, page_s=0.5))
    assert error.value.code == "resource_time"


def test_a_reader_can_write_nothing_to_the_disk(read):
    assert pages_of(read(1, at={"1": "write"})) == [good(1)]


class AskedToStop(Exception):
    pass


def test_whoever_is_asked_to_stop_ends_the_child_at_once_and_serves_the_next_document(read, reader):
    started = time.monotonic()
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        ticks += 1
        if ticks == 3:
            raise AskedToStop

    with pytest.raises(AskedToStop):
        read(2, at={"1": "sleep"}, tick=tick)
    assert time.monotonic() - started < 5
    assert reader._zygote is not None
    assert children_of(reader._zygote.process.pid) == []
    assert pages_of(read(2)) == [good(1), good(2)]


def test_a_reading_that_is_left_early_leaves_no_child(reader, tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"pages": 3, "at": {"2": "sleep"}}))
    with open(path, "rb") as file:
        items = reader.read(file.fileno(), PDF, ReadOptions(), AMPLE, tick=idle)
        assert isinstance(next(items), DocumentInfo)
        assert isinstance(next(items), PageRead)
        items.close()
    assert children_of(reader._zygote.process.pid) == []


def test_a_child_that_somebody_kills_is_started_again_where_it_was(read, reader):
    killed = []

    def tick() -> None:
        children = children_of(reader._zygote.process.pid)
        if children and not killed and ticks_with(children) > 2:
            os.kill(children[0], signal.SIGKILL)
            killed.append(children[0])

    seen: dict[int, int] = {}

    def ticks_with(children: list[int]) -> int:
        seen[children[0]] = seen.get(children[0], 0) + 1
        return seen[children[0]]

    items = read(6, at={str(n): "slow" for n in range(1, 7)}, tick=tick)
    assert killed
    assert pages_of(items) == [good(n) for n in range(1, 7)]
    assert items[-1].partial is False


def test_a_page_on_which_the_child_is_killed_again_and_again_is_set_aside(read):
    items = read(3, at={"2": "kill"})
    assert pages_of(items) == [good(1), bad(2, "resource_memory"), good(3)]


def test_a_zygote_that_dies_costs_a_retry_and_is_replaced(read, reader):
    def tick() -> None:
        if children_of(reader._zygote.process.pid):
            reader._zygote.process.kill()

    with pytest.raises(RetryableError) as error:
        read(2, at={"1": "sleep"}, tick=tick)
    assert error.value.code == "interrupted"
    assert pages_of(read(2)) == [good(1), good(2)]


def test_a_zygote_that_hangs_costs_a_retry_and_is_replaced(read, reader, monkeypatch):
    read(1)
    os.kill(reader._zygote.process.pid, signal.SIGSTOP)
    reader._zygote._control.settimeout(0.5)
    with pytest.raises(RetryableError):
        read(2)
    assert pages_of(read(2)) == [good(1), good(2)]


def test_a_zygote_is_replaced_when_it_has_served_its_time(read, reader, monkeypatch):
    monkeypatch.setattr(warm_zygote, "DOCUMENTS_PER_ZYGOTE", 2)
    reader.close()
    pids = set()
    for _ in range(4):
        read(1)
        pids.add(reader._zygote.process.pid)
    assert len(pids) == 2


def test_a_child_dies_with_the_zygote_and_the_zygote_with_its_socket(read, reader, tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"pages": 1, "at": {"1": "sleep"}}))
    with open(path, "rb") as file:
        items = reader.read(file.fileno(), PDF, ReadOptions(), AMPLE, tick=idle)
        next(items)
        zygote = reader._zygote.process
        (child,) = children_of(zygote.pid)
        zygote.kill()
        zygote.wait()
        deadline = time.monotonic() + 3
        while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not Path(f"/proc/{child}").exists()
        with pytest.raises(RetryableError):
            list(items)


def test_a_zygote_whose_worker_is_gone_ends_with_the_child_it_has(read, reader, tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"pages": 1, "at": {"1": "sleep"}}))
    with open(path, "rb") as file:
        items = reader.read(file.fileno(), PDF, ReadOptions(), AMPLE, tick=idle)
        next(items)
        zygote = reader._zygote.process
        (child,) = children_of(zygote.pid)
        reader._zygote._control.shutdown(socket.SHUT_RDWR)
        zygote.wait(timeout=3)
        deadline = time.monotonic() + 3
        while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not Path(f"/proc/{child}").exists()
        with pytest.raises(RetryableError):
            list(items)


def test_time_that_the_parent_spends_elsewhere_is_not_the_childs(read):
    slept = []

    def tick() -> None:
        if not slept:
            slept.append(time.sleep(1.2))

    items = read(4, at={"2": "slow"}, limits=Limits(soft_s=60, hard_s=1.1, page_s=0.9), tick=tick)
    assert pages_of(items) == [good(n) for n in range(1, 5)]


def test_only_the_pages_asked_for_are_taken(read):
    items = read(5, options=ReadOptions(pages=(2, 4)))
    assert pages_of(items) == [good(2), good(4)]


def test_a_page_that_is_read_again_and_crashes_leaves_the_others_alone(read):
    items = read(5, options=ReadOptions(pages=(2,)), at={"2": "abort"})
    assert pages_of(items) == [bad(2, "parser_crash")]
    assert isinstance(items[-1], Outcome)


def test_a_tick_comes_at_least_four_times_a_second(read):
    at: list[float] = []
    read(2, at={"1": "slow", "2": "slow"}, tick=lambda: at.append(time.monotonic()))
    assert max(b - a for a, b in pairwise(at)) < child_run.TICK_S + 0.5
