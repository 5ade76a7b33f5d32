"""Inside the forked child: limits and walls first, then the reader, its items as frames, and out."""

import ctypes
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any, BinaryIO

from extraction.confinement import escapes, page_picture, walls
from extraction.confinement.frames import PIECE_BYTES, Done, Failure, MemberBegins, MemberEnds, MemberPiece, encode
from extraction.errors import ExtractionError
from extraction.ocr.base import EngineUnavailable
from extraction.readers import load
from extraction.readers.base import Item, Member, ReadOptions

_LINUX = sys.platform.startswith("linux")
_PR_SET_PDEATHSIG = 1


def run(request: dict[str, Any], source: int, sink: int) -> None:
    """Read the file behind `source`, write frames to `sink`, and end the process."""
    try:
        _confine(request, {source, sink})
        raised = walls.raise_all()
        if request.get("required") and walls.missing(raised):
            os._exit(71)
        if "escapes" in request:
            secret, outside = request["escapes"]
            _send(sink, escapes.report(secret, outside, raised))
        elif "picture" in request:
            _send(sink, page_picture.draw(source, request["picture"]))
        else:
            _read(request, source, sink)
    except BrokenPipeError:
        pass
    except BaseException:  # nothing may fall back into the zygote's loop
        os._exit(70)
    os._exit(0)


def _confine(request: dict[str, Any], keep: set[int]) -> None:
    os.setsid()
    if _LINUX:
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _close_others(keep)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    limits = {
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
    }
    if _LINUX:  # macOS does not honour it
        limits[resource.RLIMIT_AS] = int(request["memory_mb"]) << 20
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))
    cpu = max(1, int(request["hard_s"]) + 5)
    # A second apart: at the first the child gets SIGXCPU, which tells this end from a kill for memory.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))


def _close_others(keep: set[int]) -> None:
    top = max(keep)
    for fd in range(3, top):
        if fd not in keep:
            try:
                os.close(fd)
            except OSError:
                pass
    os.closerange(top + 1, min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 65_536))


def _read(request: dict[str, Any], source: int, sink: int) -> None:
    options = _options(request)
    started = time.monotonic()
    try:
        with open(source, "rb", closefd=False) as file:
            file.seek(0)
            for item in _items(file, request["media_type"], options):
                if isinstance(item, Member):
                    _send_member(sink, item)
                else:
                    _send(sink, encode(item))
    except ExtractionError as error:
        _send(sink, encode(Failure(error.code)))
    except EngineUnavailable:
        _send(sink, encode(Failure("unsupported_type")))
    except (MemoryError, RecursionError) as error:
        _send(sink, encode(Failure("resource_memory" if isinstance(error, MemoryError) else "parser_crash")))
    else:
        _send(sink, encode(Done(time.monotonic() - started > options.deadline_s)))


def _send_member(sink: int, member: Member) -> None:
    _send(sink, encode(MemberBegins(member.path, member.meta)))
    code = ""
    try:
        for data in member.pieces:
            for start in range(0, len(data), PIECE_BYTES):
                _send(sink, encode(MemberPiece(data[start : start + PIECE_BYTES])))
    except ExtractionError as error:
        code = error.code
    except MemoryError:
        code = "resource_memory"
    _send(sink, encode(MemberEnds(code)))


def _items(file: BinaryIO, media_type: str, options: ReadOptions) -> Iterator[Item]:
    if not options.ocr_engine:
        return load(media_type)(file, options)
    # Only the zygote of this kind of child has loaded an engine.
    from extraction.ocr import reading

    return reading.read(file, media_type, options)


def _options(request: dict[str, Any]) -> ReadOptions:
    """From JSON, which has no tuples."""
    given = dict(request["options"])
    given["pages"] = tuple(given["pages"]) if given.get("pages") else None
    given["page_sizes"] = tuple((n, width, height) for n, width, height in given.get("page_sizes", ()))
    return ReadOptions(**given)


def _send(sink: int, frame: bytes) -> None:
    view = memoryview(frame)
    while view:
        view = view[os.write(sink, view) :]
