"""The parent's side: sends a file to a child, hands its pages on, and saves what can be saved when it breaks.

run ──▶ pages … ──▶ done
         │ broke at page n (crash, memory, page time)
         └──▶ page n by the other engine, or marked unreadable ──▶ run from page n + 1
"""

import contextlib
import fcntl
import os
import sys
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass, replace

from extraction.confinement.child_run import PIPE_BYTES, TICK_S, ChildRun
from extraction.confinement.frames import MemberEnds, MemberItem
from extraction.confinement.limits import Limits
from extraction.confinement.warm_zygote import WarmZygote, ZygoteGone, kill_child
from extraction.errors import PermanentError, RetryableError
from extraction.readers.base import DocumentInfo, PageRead, ReadOptions

# Formats whose pages can be read one without the others, and for which there is a second engine.
PAGED = frozenset({"application/pdf"})
# Formats of which the pages are known only when all of the text has been read: that is one page's work.
OWN_PAGES = PAGED | {f"image/{kind}" for kind in ("png", "jpeg", "tiff", "gif", "webp", "bmp")}
# So much of a page's time may the reading take, so that the rest of it is left for handing over what was read.
FLOW_SHARE = 0.75
# So many pages of a document may break their reader; then it is the document.
MAX_RESCUES = 8
# A child that has said all it has to say is gone in milliseconds; one that stays is up to something.
END_S = 5.0
_LINUX = sys.platform.startswith("linux")

# What a child says, and then how it went.
Run = Generator[DocumentInfo | PageRead | MemberItem, None, ChildRun]


@dataclass(frozen=True)
class Outcome:
    """How reading ended. `partial`: pages are missing, for the reason `error_code`. Times are of all children."""

    partial: bool
    error_code: str | None
    cpu_s: float
    wall_s: float
    max_rss_mb: float


class Reader:
    """One per worker thread; starts its zygote when first needed and replaces it when it is old or gone."""

    def __init__(self) -> None:
        self._zygote: WarmZygote | None = None

    def read(
        self, fd: int, media_type: str, options: ReadOptions, limits: Limits, *, tick: Callable[[], None]
    ) -> Iterator[DocumentInfo | PageRead | MemberItem | Outcome]:
        """The document's info, its pages, and last the outcome.

        A page that breaks its reader costs itself alone: it comes as unreadable, with the code as its reason.
        `tick` is called at least every `TICK_S` seconds; what it raises ends the child and is raised here, as does
        closing this generator. Raises PermanentError if nothing could be read, RetryableError(interrupted) if the
        zygote itself was killed.
        """
        return _Reading(self, fd, media_type, limits, tick).items(options)

    def zygote(self) -> WarmZygote:
        """One that serves."""
        if self._zygote and not self._zygote.is_fresh():
            self.close()
        if self._zygote is None:
            self._zygote = WarmZygote()
        return self._zygote

    def close(self) -> None:
        """End the zygote; harmless if there is none."""
        if self._zygote:
            self._zygote.end()
            self._zygote = None


class _Reading:
    """One document on its way through as many children as it takes."""

    def __init__(self, reader: Reader, fd: int, media_type: str, limits: Limits, tick: Callable[[], None]) -> None:
        self.reader, self.fd, self.media_type, self.limits, self.tick = reader, fd, media_type, limits, tick
        self.started = time.monotonic()
        self.info_given = False
        self.pages = self.given_up = 0
        self.cpu_s = self.max_rss_mb = 0.0
        # What ended the last run early, and what broke any of them.
        self.error: str | None = None
        self.trouble: str | None = None

    def items(self, options: ReadOptions) -> Iterator[DocumentInfo | PageRead | MemberItem | Outcome]:
        run = yield from self._run(options)
        if run.shot and run.info is None:
            run = yield from self._run(options)
        if self.media_type in PAGED or options.ocr_engine:
            if run.broke and run.info is None and not options.ocr_engine:
                options = replace(options, other_engine=True)
                run = yield from self._run(options)
            run = yield from self._past_bad_pages(run, options)
        trouble = self.trouble or ("resource_time" if run.stopped_early else None)
        if trouble and self.pages == self.given_up and options.pages is None:
            raise PermanentError(trouble)
        partial = self.error is not None or run.stopped_early
        yield Outcome(partial, self.error, round(self.cpu_s, 4), self._spent_s(), self.max_rss_mb)

    def _spent_s(self) -> float:
        return round(time.monotonic() - self.started, 4)

    def _past_bad_pages(self, run: ChildRun, options: ReadOptions) -> Run:
        shot_at = saved_at = 0
        for _ in range(MAX_RESCUES):
            if not run.broke or run.info is None:
                break
            missing = run.missing()
            if missing and run.shot and missing[0] != shot_at:
                # Whoever killed it may not have meant this page: it gets a second chance.
                shot_at = missing[0]
            elif missing:
                number = missing.pop(0)
                if (yield from self._rescue(number, run.error or "parser_crash", options)):
                    # Two pages running that only the other engine can read: it had better read the rest.
                    options = replace(options, other_engine=saved_at == number - 1 > 0)
                    saved_at = number
            if not missing:
                self.error = self.error if run.in_member else None
                break
            run = yield from self._run(replace(options, pages=tuple(missing)))
        return run

    def _rescue(
        self, number: int, code: str, options: ReadOptions
    ) -> Generator[DocumentInfo | PageRead | MemberItem, None, bool]:
        """A page that broke its reader: by the other engine, unless that is what broke or time is the matter.

        Whether that helped.
        """
        before = self.pages
        if code == "parser_crash" and not options.other_engine and not options.ocr_engine:
            yield from self._run(replace(options, pages=(number,), other_engine=True))
        if self.pages == before:
            self.pages, self.given_up = self.pages + 1, self.given_up + 1
            yield PageRead(number, "unreadable", reason=code)
            return False
        return True

    def _run(self, options: ReadOptions) -> Run:
        """One child; what it said, and how it ended."""
        spent = self._spent_s()
        limits = replace(self.limits, soft_s=self.limits.soft_s - spent, hard_s=self.limits.hard_s - spent)
        run = ChildRun(limits, options, self.tick)
        if limits.hard_s <= 0:
            run.error = "resource_time"
        else:
            yield from self._items_of(run, replace(options, deadline_s=max(0.0, self._deadline_s(limits, options))))
        self.cpu_s += run.cpu_s
        self.max_rss_mb = max(self.max_rss_mb, run.max_rss_mb)
        self.error = run.error
        self.trouble = run.error or self.trouble
        return run

    def _deadline_s(self, limits: Limits, options: ReadOptions) -> float:
        if self.media_type in OWN_PAGES or options.ocr_engine:
            return limits.soft_s
        return min(limits.soft_s, FLOW_SHARE * limits.page_s)

    def _items_of(self, run: ChildRun, options: ReadOptions) -> Iterator[DocumentInfo | PageRead | MemberItem]:
        zygote = self.reader.zygote()
        receive, send = _pipe()
        try:
            pid = zygote.fork(self._request(options), [self.fd, send])
        except ZygoteGone as error:
            os.close(receive)
            self.reader.close()
            raise RetryableError("interrupted", "zygote") from error
        finally:
            os.close(send)
        whole = False
        try:
            for item in run.frames(receive, pid):
                if isinstance(item, DocumentInfo):
                    if self.info_given:
                        continue
                    self.info_given = True
                elif isinstance(item, PageRead):
                    self.pages += 1
                yield item
            whole = True
        finally:
            os.close(receive)
            if not whole:
                kill_child(pid)
            self._settle(run, zygote, whole)
        if run.in_member:
            # The member that broke it is lost, and those after it.
            yield MemberEnds(run.error or "parser_crash")

    def _settle(self, run: ChildRun, zygote: WarmZygote, whole: bool) -> None:
        try:
            run.settle(zygote.ended(END_S, run.tick if whole else lambda: None, TICK_S))
        except ZygoteGone as error:
            lives = zygote.process.poll() is None
            self.reader.close()
            if lives and whole and not run.finished:
                # The child closed its pipe and went on.
                run.error = "parser_crash"
            elif whole and not run.finished:
                raise RetryableError("interrupted", "zygote") from error
        except BaseException:
            # It still owes the answer; the next document must not get it.
            self.reader.close()
            raise

    def _request(self, options: ReadOptions) -> dict[str, object]:
        return {
            "media_type": self.media_type,
            "options": asdict(options),
            "hard_s": self.limits.hard_s,
            "memory_mb": self.limits.memory_mb,
            "required": self.limits.required,
        }


def _pipe() -> tuple[int, int]:
    receive, send = os.pipe()
    if _LINUX:
        with contextlib.suppress(OSError):
            fcntl.fcntl(send, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return receive, send
