"""What lies inside an archive or an e-mail becomes documents of its own."""

import io
import zipfile
from email.message import EmailMessage

import pytest

from documents import storage
from documents.models import Document
from extraction import families
from extraction.reprocess import reprocess


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2021, 3, 4, 5, 6, 8)), data)
    return buffer.getvalue()


def mail(subject: str, attachments: dict[str, bytes]) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", subject
    message["Date"] = "Thu, 04 Mar 2021 05:06:08 +0000"
    message.set_content("Please find the ledger attached.")
    for name, data in attachments.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def settled(document: Document) -> Document:
    document.refresh_from_db()
    return document


def test_an_archives_members_are_read_as_documents_with_parent_path_and_depth(case, put_in, work_off, fake_embedder):
    data = zipped({"letters/one.txt": b"First letter.", "two.txt": b"Second letter."})
    archive = put_in(case, data, name="box.zip", path="Box 7/box.zip", custodian="A. Brandt")
    work_off()
    members = {m.path: m for m in archive.children.all()}
    assert set(members) == {"Box 7/box.zip/letters/one.txt", "Box 7/box.zip/two.txt"}
    assert {(m.status, m.depth, m.custodian) for m in members.values()} == {("ready", 1, "A. Brandt")}
    assert settled(archive).status == "ready"


def test_attachments_in_a_mail_in_an_archive_are_found_two_levels_down(case, put_in, work_off, fake_embedder):
    archive = put_in(case, zipped({"notice.eml": mail("Notice", {"ledger.txt": b"1,206 pallets"})}), name="mail.zip")
    work_off()
    ledger = Document.objects.get(name="ledger.txt")
    assert (ledger.depth, ledger.status, ledger.parent.parent_id) == (2, "ready", archive.pk)
    assert ledger.parent.meta["subject"] == "Notice"


def test_a_member_that_cannot_be_read_fails_alone(case, put_in, work_off, fake_embedder):
    archive = put_in(case, zipped({"bad.pdf": b"%PDF-1.4 nothing", "good.txt": b"Good text."}), name="mixed.zip")
    work_off()
    states = dict(archive.children.values_list("name", "status"))
    assert states == {"bad.pdf": "failed", "good.txt": "ready"}
    assert settled(archive).status == "ready"


def test_a_member_that_the_case_already_has_refers_to_it(case, put_in, work_off, fake_embedder):
    first = put_in(case, b"The very same words.", name="first.txt")
    archive = put_in(case, zipped({"copy.txt": b"The very same words."}), name="again.zip")
    work_off()
    assert archive.children.get().duplicate_of == first


def test_reading_an_archive_again_adds_nothing_twice(case, put_in, work_off, fake_embedder):
    archive = put_in(case, zipped({"one.txt": b"One.", "two.txt": b"Two."}), name="box.zip")
    work_off()
    before = set(archive.children.values_list("pk", flat=True))
    reprocess(Document.objects.filter(pk=archive.pk))
    work_off()
    assert set(archive.children.values_list("pk", flat=True)) == before
    assert not list((storage.place().root / "incoming").iterdir())


def test_an_archive_that_contains_itself_ends(case, put_in, work_off, fake_embedder):
    # A true quine cannot be made here; the same content twice on the way down is what ends it.
    inner = zipped({"a.txt": b"innermost"})
    put_in(case, inner, name="inner.zip")
    outer = put_in(case, zipped({"inner.zip": inner, "again/inner.zip": inner}), name="outer.zip")
    work_off()
    assert outer.children.count() == 2
    assert Document.objects.filter(name="a.txt").count() == 1


def test_what_is_nested_too_deeply_is_left_out_and_said(case, put_in, work_off, fake_embedder):
    data = b"bottom"
    for level in range(families.MAX_DEPTH + 2):
        data = zipped({f"level{level}.{'txt' if level == 0 else 'zip'}": data})
    put_in(case, data, name="deep.zip")
    work_off()
    assert Document.objects.order_by("-depth").first().depth == families.MAX_DEPTH
    assert "nested_too_deep" in Document.objects.get(depth=families.MAX_DEPTH).warnings


def test_a_family_has_a_bound(case, put_in, work_off, fake_embedder, monkeypatch):
    monkeypatch.setattr(families, "MAX_FAMILY", 4)
    archive = put_in(case, zipped({f"{n}.txt": f"number {n}".encode() for n in range(9)}), name="many.zip")
    work_off()
    assert archive.children.count() == 3
    assert "archive_limit" in settled(archive).warnings


def test_hostile_member_names_never_become_paths(case, put_in, work_off, fake_embedder):
    names = {"../../etc/passwd": b"a", "/abs.txt": b"b", "C:\\x\\y.txt": b"c", "\u202egnp.txt": b"d"}
    archive = put_in(case, zipped(names), name="evil.zip")
    work_off()
    for member in archive.children.all():
        assert ".." not in member.path and "\u202e" not in member.path
        assert member.path.startswith("evil.zip/")


def test_an_outsider_sees_no_member(case, put_in, work_off, fake_embedder, api, charlie, alice):
    put_in(case, zipped({"one.txt": b"canary words"}), name="box.zip")
    work_off()
    member = Document.objects.get(name="one.txt")
    assert api(charlie).get(f"/api/v1/documents/{member.pk}/").status_code == 404
    shown = api(alice).get(f"/api/v1/documents/{member.parent_id}/").json()
    assert shown["children"] == [str(member.pk)]
    assert "canary" not in str(api(charlie).get("/api/v1/search/?q=canary").json()["results"])


@pytest.mark.parametrize("name", ["report.pdf", "picture.png"])
def test_a_name_that_lies_is_noted(case, put_in, name):
    document = put_in(case, b"Plain text, whatever the name says.", name=name)
    assert (document.media_type, document.warnings) == ("text/plain", ["name_disagrees_with_content"])
