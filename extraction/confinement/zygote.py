"""A warm, single-threaded process that forks one child per document: libraries loaded, no document open.

`python -m extraction.confinement.zygote FD`: requests come over the socket FD as JSON with two descriptors (the file,
the pipe for frames); answers are the child's pid, then how it ended.
"""

import array
import gc
import json
import os
import select
import signal
import socket
import sys

from extraction.confinement import child, walls
from extraction.readers import load

MAX_REQUEST_BYTES = 1 << 20


def main(fd: int) -> None:
    """Serve until the socket closes."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # The worker decides when its readers end.
        signal.signal(number, signal.SIG_IGN)
    _preload()
    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=fd)
    while True:
        received = _receive(control)
        if received is None:
            return
        request, descriptors = received
        _load(request)
        pid = os.fork()
        if pid == 0:
            control.close()
            child.run(request, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        _answer(control, {"pid": pid})
        _watch(pid, control)
        _, status, usage = os.wait4(pid, 0)
        rss_kb = usage.ru_maxrss / (1 if sys.platform.startswith("linux") else 1024)
        cpu = usage.ru_utime + usage.ru_stime
        _answer(control, {"status": status, "cpu_s": round(cpu, 4), "max_rss_mb": round(rss_kb / 1024, 1)})


def _watch(pid: int, control: socket.socket) -> None:
    """Return when the child has ended; if the one it works for is gone, end it and this process.

    Not by a signal at the parent's death: Linux sends that when the thread ends that started the process, and in a web
    process a thread lives no longer than a request.
    """
    if not hasattr(os, "pidfd_open"):  # macOS; the child ends by its limits
        return
    child_ended = os.pidfd_open(pid)
    poller = select.poll()
    poller.register(child_ended, select.POLLIN)
    poller.register(control, 0)  # that it was closed is told always
    ready = [descriptor for descriptor, _ in poller.poll()]
    os.close(child_ended)
    if child_ended not in ready:
        os.kill(pid, signal.SIGKILL)
        os._exit(1)


def _preload() -> None:
    import extraction.readers.text  # noqa: F401
    from extraction.readers.warm_up import warm_up

    warm_up()
    walls.prepare()


def _load(request: dict) -> None:  # type: ignore[type-arg]
    """Import the reader, or load the OCR engine, here, where it stays: the next child of this kind is born with it."""
    options = request.get("options", {})
    try:
        if options.get("ocr_engine"):
            from extraction.ocr import reading

            reading.engine(options["ocr_engine"], options["ocr_languages"])
        else:
            load(request.get("media_type", ""))
    except Exception:  # noqa: S110 - the child will fail to load it too, and say so
        pass


def _receive(control: socket.socket) -> tuple[dict, list[int]] | None:  # type: ignore[type-arg]
    descriptors = array.array("i")
    size = socket.CMSG_SPACE(2 * descriptors.itemsize)
    data, ancillary, _, _ = control.recvmsg(MAX_REQUEST_BYTES, size)
    if not data:
        return None
    for level, kind, raw in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(raw[: len(raw) - len(raw) % descriptors.itemsize])
    return json.loads(data), list(descriptors)


def _answer(control: socket.socket, message: dict[str, float]) -> None:
    control.send(json.dumps(message).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]))
