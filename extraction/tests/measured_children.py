"""A pytest plugin that counts the lines which confined children run; only for `make coverage`."""

import os
import socket
import tempfile
import threading
from pathlib import Path

import pytest
from coverage import CoverageData

from extraction.confinement import warm_zygote


def address_of(pid: int) -> str:
    """Where the process `pid` listens to its children."""
    return f"{tempfile.gettempdir()}/lexintel-coverage-{pid}.sock"


class Listener:
    """What children have run, each kind of run once."""

    def __init__(self) -> None:
        self.address, self.said = address_of(os.getpid()), set[bytes]()
        Path(self.address).unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(self.address)
        self._socket.listen(64)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            threading.Thread(target=self._hear, args=[connection], daemon=True).start()

    def _hear(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as pieces:
            self.said.add(pieces.read())

    def write(self) -> None:
        kept = CoverageData(basename=f"{os.environ['COVERAGE_FILE']}.children.{os.getpid()}")
        for said in self.said - {b""}:  # killed before it could say anything
            data = CoverageData(no_disk=True)
            data.loads(said)
            kept.update(data)
        kept.write()
        Path(self.address).unlink(missing_ok=True)


def pytest_configure(config: pytest.Config) -> None:
    config._measured_children = Listener()  # type: ignore[attr-defined]
    warm_zygote.MODULE = "extraction.tests.measured_zygote"


def pytest_unconfigure(config: pytest.Config) -> None:
    config._measured_children.write()  # type: ignore[attr-defined]
