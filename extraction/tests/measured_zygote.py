"""The zygote, with a count of the lines that its children run; only for `make coverage`.

A child may open nothing, write no file and keep nothing open: so it gets a connection to whoever counts before its
walls are raised, and says what it ran just before it ends.
"""

import contextlib
import os
import socket
import sys

import coverage

counting = coverage.Coverage(data_file=None)
counting.start()

from extraction.confinement import child, zygote  # noqa: E402
from extraction.tests.measured_children import address_of  # noqa: E402

ADDRESS = address_of(os.getppid())
run, close_others, leave = child.run, child._close_others, os._exit


def measured_run(request: dict, *descriptors: int) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.connect(ADDRESS)

    def measured_leave(code: int) -> None:
        with contextlib.suppress(BaseException):
            counting.stop()
            # By the call that frames are written with: others are forbidden.
            with open(listener.fileno(), "wb", closefd=False) as told:
                told.write(counting.get_data().dumps())
        leave(code)

    child._close_others = lambda keep: close_others(keep | {listener.fileno()})
    os._exit = measured_leave  # type: ignore[assignment]
    run(request, *descriptors)


if __name__ == "__main__":
    child.run = measured_run
    zygote.main(int(sys.argv[1]))
