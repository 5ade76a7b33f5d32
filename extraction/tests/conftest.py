"""One whole installation for all tests that break one: starting it takes longer than most of them."""

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from documents.models import Document
from extraction.models import ExtractionJob
from extraction.tests.installation import SLOW_PAGES, Installation
from lexintel.chaos.endpoint import embedding_endpoint
from lexintel.chaos.files import slow_pdf
from lexintel.tests.processes import eventually, installation


@pytest.fixture
def took() -> Callable[..., None]:
    """Give a document finished jobs that took so many seconds, by stage; `timings` of reading."""

    def took(document: Document, timings: Any = None, options: Any = None, **seconds: float) -> None:
        now = timezone.now()
        for stage, spent in seconds.items():
            document.jobs.filter(stage=stage).delete()
            ExtractionJob.objects.create(
                document=document,
                stage=stage,
                state="done",
                version=1,
                started_at=now - timedelta(seconds=spent),
                finished_at=now,
                timings=(timings or {}) if stage == "read" else {},
                options=options or {},
            )

    return took


@pytest.fixture(scope="session")
def schedules() -> bytes:
    """A document that takes seconds to read."""
    return slow_pdf(SLOW_PAGES)


@pytest.fixture(scope="session")
def running() -> Iterator[Installation]:
    home = Path(tempfile.mkdtemp(prefix="lexintel-faults-"))
    home.chmod(0o711)
    with embedding_endpoint() as endpoint:
        made = Installation(home, endpoint)
        made.start()
        try:
            made.sign_in()
            yield made
        finally:
            made.up.kill()
            eventually(lambda: not installation(made.data_dir), 15)
            shutil.rmtree(home)


@pytest.fixture
def lexintel(running: Installation) -> Iterator[Installation]:
    """Running, whatever the test before has left of it."""
    if running.up.process.poll() is not None:
        eventually(lambda: not installation(running.data_dir), 30)
        running.start()
    yield running
    running.endpoint.mood = "good"


@pytest.fixture
def files(schedules: bytes) -> dict[str, bytes]:
    """Some quick documents and a slow one, in no way like those of another test."""
    mark = uuid.uuid4().hex[:8]
    quick = {f"letter-{mark}-{n}.txt": f"Letter {n} of {mark}, on paper.".encode() for n in range(2)}
    return {f"schedules-{mark}.pdf": schedules + f"\n% {mark}\n".encode()} | quick
