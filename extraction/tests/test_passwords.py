"""A protected file is read with its password, which is tried once and kept nowhere."""

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from documents.models import Document
from extraction import passwords
from extraction.models import ExtractionJob
from extraction.tests.pdf_making import made
from lexintel import bus

SECRET = "open sesame ✓"


def words(canvas: Canvas) -> None:
    canvas.drawString(72, 700, "The goods were delivered in May.")


@pytest.fixture
def locked(case, put_in, work_off, fake_embedder) -> Document:
    document = put_in(case, made(words, encrypt=StandardEncryption("sesame", strength=128)), name="locked.pdf")
    work_off()
    document.refresh_from_db()
    assert (document.status, document.error_code) == ("failed", "encrypted")
    return document


def again(client, document, **given):
    return client.post(f"/api/v1/documents/{document.pk}/reprocess/", given)


def test_a_protected_file_is_read_with_its_password(locked, alice, api, work_off):
    assert again(api(alice), locked, password="sesame").status_code == 202
    work_off()
    locked.refresh_from_db()
    assert (locked.status, locked.error_code) == ("ready", "")
    assert "delivered" in locked.pages.get().text


def test_a_wrong_password_leaves_it_protected(locked, alice, api, work_off):
    again(api(alice), locked, password="wrong")
    work_off()
    locked.refresh_from_db()
    assert (locked.status, locked.error_code) == ("failed", "encrypted")


def test_a_list_of_passwords_is_tried_on_every_protected_file_of_a_case(locked, case, alice, api, work_off):
    given = {"error_code": "encrypted", "passwords": ["one", "two", "sesame"]}
    response = api(alice).post(f"/api/v1/cases/{case.pk}/reprocess/", given)
    assert response.json()["queued"] == 1
    work_off()
    locked.refresh_from_db()
    assert locked.status == "ready"


def test_a_password_is_in_no_row_no_message_and_no_answer_and_gone_when_it_was_tried(locked, alice, api, work_off):
    response = again(api(alice), locked, password=SECRET)
    assert SECRET not in response.content.decode()
    job = ExtractionJob.objects.get(document=locked, state="queued")
    assert SECRET not in str(job.options)
    client = bus.client()
    kept = {key: client.get(key) for key in client.scan_iter(bus.key("passwords", "*"))}
    assert kept and not any("sesame" in str(value) for value in kept.values())
    assert passwords.left_for(job.pk) == [SECRET]
    work_off()
    assert passwords.left_for(job.pk) == []


def test_what_was_left_for_one_job_opens_nothing_for_another(locked):
    jobs = ExtractionJob.objects.filter(document=locked)
    passwords.leave(jobs[0].pk, ["sesame"])
    other = type(jobs[0].pk)(int=jobs[0].pk.int ^ 1)
    bus.client().set(bus.key("passwords", other), bus.client().get(bus.key("passwords", jobs[0].pk)), ex=60)
    assert passwords.left_for(other) == []


def test_outsiders_and_viewers_try_no_password(locked, bob, charlie, api):
    assert again(api(charlie), locked, password="sesame").status_code == 404
    assert again(api(bob), locked, password="sesame").status_code == 403


def test_too_many_or_too_long_passwords_are_refused(locked, alice, api):
    assert again(api(alice), locked, passwords=["x"] * 51).status_code == 400
    assert again(api(alice), locked, password="x" * 1001).status_code == 400
