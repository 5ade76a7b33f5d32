"""Taking files in: what is kept, under which name, and what happens to duplicates."""

import threading

import pytest
from django.db import connection

from documents import storage
from documents.models import Document, Status
from extraction import wake
from extraction.errors import PermanentError, RetryableError
from extraction.intake import Incoming, take_in
from extraction.models import ExtractionJob
from lexintel.broker import make_broker


def test_a_text_file_is_stored_recorded_and_queued(case, alice, put_in):
    document = put_in(case, b"Dear Ms Harlow,\n", custodian="A. Brandt", path="Letters/2021/letter.txt")
    assert (document.status, document.stage, document.media_type) == ("queued", "read", "text/plain")
    assert (document.path, document.custodian, document.size) == ("Letters/2021/letter.txt", "A. Brandt", 16)
    with storage.open_blob(document.sha256) as file:
        assert file.read() == b"Dear Ms Harlow,\n"
    job = ExtractionJob.objects.get(document=document)
    assert (job.stage, job.state, job.attempt, job.version) == ("read", "queued", 0, 1)


def test_an_empty_file_is_recorded_and_fails_with_its_code(case, put_in):
    document = put_in(case, b"", name="empty.pdf")
    assert (document.status, document.error_code) == ("failed", "empty")
    assert not ExtractionJob.objects.exists()


def test_an_unknown_type_is_kept_and_fails_with_its_code(case, put_in):
    document = put_in(case, b"\x7fELF\x02\x01\x01" + bytes(100), name="brief.pdf")
    assert (document.status, document.error_code) == ("failed", "unsupported_type")
    assert storage.place().path_of(document.sha256).is_file()


def test_the_same_content_twice_becomes_a_reference_to_the_first_with_its_own_path(case, put_in):
    first = put_in(case, b"the same", name="a.txt", path="x/a.txt")
    second = put_in(case, b"the same", name="b.txt", path="y/b.txt")
    assert second.duplicate_of == first
    assert (second.path, second.status) == ("y/b.txt", "queued")
    assert ExtractionJob.objects.count() == 1


def test_a_duplicate_follows_its_original_when_that_is_settled(case, put_in, fake_embedder, work_off):
    first, second = (put_in(case, b"The witness arrived at noon.", name=n) for n in ("a.txt", "b.txt"))
    work_off()
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.status == second.status == Status.READY
    assert second.page_count == 1
    assert not second.pages.exists()


def test_the_same_content_in_another_case_is_no_duplicate(case, other_case, put_in):
    mine, theirs = put_in(case, b"shared"), put_in(other_case, b"shared")
    assert mine.duplicate_of is None
    assert theirs.duplicate_of is None


@pytest.mark.django_db(transaction=True)
def test_the_same_file_sent_at_once_by_many_is_stored_once_and_all_but_one_are_duplicates(case):
    def send(n: int) -> None:
        take_in(case, [b"at once"], Incoming(name=f"{n}.txt"))
        connection.close()

    threads = [threading.Thread(target=send, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Document.objects.count() == 8
    assert Document.objects.filter(duplicate_of=None).count() == 1
    assert ExtractionJob.objects.count() == 1
    assert not list((storage.place().root / "incoming").iterdir())


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\brief.docx", "brief.docx"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
        ("\x00", "unnamed"),
        ("..", "unnamed"),
        ("\udcffname.txt", "name.txt"),
    ],
)
def test_a_hostile_name_is_made_safe(case, put_in, sent, kept):
    assert put_in(case, b"x " + sent.encode(errors="replace"), name=sent).name == kept


def test_a_300_byte_name_is_shortened_and_keeps_its_extension(case, put_in):
    document = put_in(case, b"long", name="ä" * 148 + ".pdf")
    assert len(document.name.encode()) <= 255
    assert document.name.endswith("….pdf")


def test_a_path_that_climbs_out_stays_inside(case, put_in):
    assert put_in(case, b"p", path="../../x/./y//z.txt").path == "x/y/z.txt"


def test_a_file_over_the_limit_is_refused_and_leaves_no_trace(case, settings):
    settings.LEXINTEL_MAX_UPLOAD_MB = 1
    with pytest.raises(PermanentError) as refused:
        take_in(case, (b"x" * 65536 for _ in range(20)), Incoming(name="big.txt"))
    assert refused.value.code == "too_large"
    assert not Document.objects.exists()
    assert not list((storage.place().root / "incoming").iterdir())


def test_a_full_disk_is_said_before_the_file_is_read(case, monkeypatch):
    monkeypatch.setattr(storage, "RESERVE_BYTES", 1 << 60)
    with pytest.raises(RetryableError) as refused:
        take_in(case, [b"x"], Incoming(name="a.txt"))
    assert refused.value.code == "storage_full"
    assert not Document.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_is_accepted_while_redis_is_down(case, put_in, monkeypatch, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    away = make_broker()
    monkeypatch.setattr(wake.dramatiq, "get_broker", lambda: away)
    document = put_in(case, b"no redis")
    job = ExtractionJob.objects.get(document=document)
    assert (job.state, job.enqueued_at) == ("queued", None)
