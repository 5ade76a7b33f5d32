"""The cast and the props: people, cases, documents, a client for each person."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import dramatiq
import numpy as np
import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from cases.models import Case, Membership, Role
from documents.models import Document, Page
from extraction import embedders, ledger
from extraction.intake import Incoming, take_in
from extraction.models import ExtractionJob
from lexintel import bus

PASSWORD = "correct horse battery"


class FakeEmbedder:
    """Vectors from the words of a text: texts that share words are near. Only for tests."""

    model, dimensions = "fake@test", 384

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[hash_of(word) % self.dimensions] += 1
            row[0] += 1e-3
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def hash_of(word: str) -> int:
    import zlib

    return zlib.crc32(word.encode())


@pytest.fixture(autouse=True)
def _told_everything() -> Iterator[None]:
    """A test that took Redis away ends when what it kept to itself has been told: not into the next one's streams."""
    yield
    for thread in threading.enumerate():
        if thread.name == "progress-recovery":
            thread.join(15)


@pytest.fixture(autouse=True)
def _no_attempts() -> Iterator[None]:
    """Signing in in one test does not count against the next."""
    # A test may have put something else in its place by the time this ends.
    real = bus.client
    yield
    try:
        client = real()
        for key in client.scan_iter(bus.key("sign-in", "*")):
            client.delete(key)
    except bus.AWAY:
        pass


@pytest.fixture(autouse=True)
def _plain_settings(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def fake_embedder(monkeypatch: pytest.MonkeyPatch) -> FakeEmbedder:
    fake = FakeEmbedder()
    monkeypatch.setattr(embedders, "make_embedder", lambda options: fake)
    return fake


def _person(name: str) -> User:
    return User.objects.create_user(name, f"{name}@example.org", PASSWORD)


@pytest.fixture
def alice(db: None) -> User:
    return _person("alice")


@pytest.fixture
def bob(db: None) -> User:
    return _person("bob")


@pytest.fixture
def charlie(db: None) -> User:
    """An outsider: must see nothing."""
    return _person("charlie")


@pytest.fixture
def dana(db: None) -> User:
    return _person("dana")


@pytest.fixture
def case(alice: User, bob: User) -> Case:
    case = Case.objects.create(name="Harlow v. Brandt", reference="24-cv-01234")
    Membership.objects.create(case=case, user=alice, role=Role.MANAGER)
    Membership.objects.create(case=case, user=bob, role=Role.VIEWER)
    return case


@pytest.fixture
def rita(case: Case) -> User:
    """A reviewer: may add."""
    rita = _person("rita")
    Membership.objects.create(case=case, user=rita, role=Role.REVIEWER)
    return rita


@pytest.fixture
def other_case(dana: User) -> Case:
    """A case with which Alice, Bob and Charlie have nothing to do."""
    case = Case.objects.create(name="In re Northwind", reference="24-bk-00077")
    Membership.objects.create(case=case, user=dana, role=Role.MANAGER)
    return case


@pytest.fixture
def api() -> Callable[[User | None], APIClient]:
    """A client signed in as somebody, or as nobody."""

    def client(user: User | None = None) -> APIClient:
        made = APIClient()
        if user is not None:
            made.force_login(user)
        return made

    return client


@pytest.fixture
def put_in() -> Callable[..., Document]:
    """Take bytes in as a file of a case, without reading them yet."""

    def put(case: Case, content: bytes, name: str = "letter.txt", **fields: str) -> Document:
        return take_in(case, [content] if content else [], Incoming(name=name, **fields))

    return put


@pytest.fixture
def work_off() -> Callable[[], int]:
    """Run every due job in this process until none is left; how many ran."""

    from extraction import jobs

    def work() -> int:
        count = 0
        while job := ExtractionJob.objects.filter(state="queued").first():
            before = job.attempt
            jobs.run(str(job.pk))
            job.refresh_from_db()
            count += 1
            if job.state == "queued" and job.attempt == before:
                break
            if job.state == "queued":
                break
        return count

    return work


@pytest.fixture
def make_document(fake_embedder: FakeEmbedder, work_off: Callable[[], int]) -> Callable[..., Document]:
    """A ready document with these page texts, indexed and embedded as real ones are."""

    def make(case: Case, pages: Sequence[str] = ("One page.",), name: str = "letter.txt", **fields: str) -> Document:
        document = take_in(case, [f"{case.pk}{name}".encode()], Incoming(name=name, **fields))
        ledger.cancel_live(document)
        for number, text in enumerate(pages, 1):
            state = "text" if text.strip() else "blank"
            Page.objects.create(document=document, version=1, number=number, state=state, text=text, chars=len(text))
        document.page_count = document.pages_done = len(pages)
        document.save()
        ledger.queue(document, "index", version=1)
        work_off()
        document.refresh_from_db()
        return document

    return make


@pytest.fixture(autouse=True)
def _empty_queues(request: pytest.FixtureRequest) -> Any:
    """Messages of one test must not wake the next one's workers."""
    yield
    if "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        broker = dramatiq.get_broker()
        if hasattr(broker, "client"):
            # By a client of our own: a test may have taken the broker's away.
            for key in bus.client().scan_iter(f"{broker.namespace}:*"):
                bus.client().delete(key)
