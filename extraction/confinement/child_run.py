"""One child's run, as the parent sees it: its frames, its limits, its end."""

import os
import select
import signal
import time
from collections.abc import Callable, Iterator

from extraction.confinement.frames import (
    HEAD,
    MAX_FRAME_BYTES,
    MAX_MEMBER_BYTES,
    MAX_MEMBERS,
    MAX_TOTAL_BYTES,
    BadFrame,
    Done,
    Failure,
    Item,
    MemberBegins,
    MemberEnds,
    MemberItem,
    MemberPiece,
    decode,
)
from extraction.confinement.limits import Limits
from extraction.confinement.warm_zygote import kill_child
from extraction.readers.base import DocumentInfo, PageRead, ReadOptions

TICK_S = 0.25
PIPE_BYTES = 1 << 20
# What a crash in C, or memory that ran out there, looks like from outside.
CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP, signal.SIGSYS}


class ChildRun:
    """`in_member`: it is within a member, or ended there. `error`: code of what ended it early.
    `broke`: it ended at a page, and others may well be readable.
    `finished`: it said, or was told, that it is over.
    `shot`: somebody else killed it: an administrator, or the kernel, short of memory for the whole machine.
    """

    def __init__(self, limits: Limits, options: ReadOptions, tick: Callable[[], None]) -> None:
        self.limits, self.options, self._tick = limits, options, tick
        self.info: DocumentInfo | None = None
        self.pages = self.last_number = 0
        self.error: str | None = None
        self.broke = self.shot = self.stopped_early = False
        self.cpu_s = self.wall_s = self.max_rss_mb = 0.0
        self.finished = False
        self.members = self.member_bytes = 0
        self.in_member = False
        self._started = time.monotonic()
        # Time that is not the child's: the parent was busy, or waited for the database.
        self._away_s = 0.0

    def tick(self) -> None:
        """Raises what the caller's `tick` raises."""
        started = time.monotonic()
        self._tick()
        self._away_s += time.monotonic() - started

    def _clock(self) -> float:
        return time.monotonic() - self._started - self._away_s

    def frames(self, pipe: int, pid: int) -> Iterator[DocumentInfo | PageRead | MemberItem]:
        """Checked items until the child closes its end; kills it at a limit or a bad frame."""
        os.set_blocking(pipe, False)
        poller = select.poll()
        poller.register(pipe, select.POLLIN | select.POLLHUP)
        buffer, total, page_began = bytearray(), 0, self._clock()
        while True:
            ready = poller.poll(TICK_S * 1000)
            self.tick()
            if ready:
                piece = os.read(pipe, PIPE_BYTES)
                if not piece:
                    return
                total += len(piece)
                buffer += piece
                try:
                    if total - self._of_members(len(buffer)) > MAX_TOTAL_BYTES:
                        raise BadFrame("too much")
                    for item in _whole_frames(buffer):
                        page_began = self._clock()
                        if (kept := self._take(item)) is not None:
                            given = time.monotonic()
                            yield kept
                            self._away_s += time.monotonic() - given
                except BadFrame:
                    self.broke = True
                    return self._kill(pid, "parser_crash")
            now = self._clock()
            if now > self.limits.hard_s:
                return self._kill(pid, "resource_time")
            if now - page_began > self.limits.page_s:
                self.broke = True
                return self._kill(pid, "resource_time")

    def _take(self, item: Item) -> DocumentInfo | PageRead | MemberItem | None:
        if self.finished:
            raise BadFrame("after the end")
        if isinstance(item, MemberBegins | MemberPiece | MemberEnds):
            return self._take_member(item)
        if self.in_member:
            raise BadFrame("inside a member")
        if isinstance(item, Failure):
            self.error, self.finished = item.code, True
            self.broke = item.code in ("parser_crash", "resource_memory")
            return None
        if isinstance(item, Done):
            # Too late is only who left something undone.
            self.stopped_early = item.stopped_early and (self.info is None or bool(self.missing()))
            self.finished = True
            return None
        if isinstance(item, DocumentInfo):
            if self.info is not None:
                raise BadFrame("a second document")
            self.info = item
        else:
            self._check_turn(item)
            self.pages, self.last_number = self.pages + 1, item.number
        return item

    def _of_members(self, waiting: int) -> int:
        """How much of what came has its own bound: members' bytes, those not taken yet among them."""
        return self.member_bytes + waiting if self.members else 0

    def _take_member(self, item: MemberItem) -> MemberItem:
        if self.info is None or isinstance(item, MemberBegins) == self.in_member:
            raise BadFrame("member")
        if isinstance(item, MemberBegins):
            self.in_member, self.members = True, self.members + 1
        elif isinstance(item, MemberPiece):
            self.member_bytes += len(item.data)
        else:
            self.in_member = False
        if self.members > MAX_MEMBERS or self.member_bytes > MAX_MEMBER_BYTES:
            raise BadFrame("more members than a reader gives")
        return item

    def _check_turn(self, page: PageRead) -> None:
        if self.info is None:
            raise BadFrame("a page before the document")
        most = min(self.info.page_count, self.options.max_pages)
        if not self.last_number < page.number <= most or not self.options.wants(page.number):
            raise BadFrame("page number")

    def _kill(self, pid: int, code: str) -> None:
        kill_child(pid)
        self.error, self.finished = code, True

    def settle(self, end: dict[str, float]) -> None:
        """Read how the child ended, once its pipe has closed."""
        self.wall_s = round(time.monotonic() - self._started, 4)
        self.cpu_s, self.max_rss_mb = end.get("cpu_s", 0.0), end.get("max_rss_mb", 0.0)
        if self.finished:
            return
        status = int(end.get("status", 0))
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        self.broke = True
        if number == signal.SIGKILL:
            self.error, self.shot = "resource_memory", True
        elif number == signal.SIGXCPU:
            self.error, self.broke = "resource_time", False
        elif number and number not in CRASHES:
            self.error, self.shot = "parser_crash", True
        else:
            near_limit = self.max_rss_mb > 0.8 * self.limits.memory_mb
            self.error = "resource_memory" if near_limit else "parser_crash"

    def missing(self) -> list[int]:
        """The wanted pages that did not come, from the one at which it broke. Of a document it has told of."""
        assert self.info is not None
        last = min(self.info.truncated_at or self.info.page_count, self.options.max_pages)
        return [n for n in range(self.last_number + 1, last + 1) if self.options.wants(n)]


def _whole_frames(buffer: bytearray) -> Iterator[Item]:
    """Takes complete frames off the buffer's start. Raises BadFrame."""
    while len(buffer) >= HEAD.size:
        length, kind = HEAD.unpack_from(buffer)
        if length > MAX_FRAME_BYTES:
            raise BadFrame("length")
        if len(buffer) < HEAD.size + length:
            return
        payload = bytes(buffer[HEAD.size : HEAD.size + length])
        del buffer[: HEAD.size + length]
        yield decode(kind, payload)
