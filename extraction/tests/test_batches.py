"""What was added at one go, and how far all of it is."""

import io
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now

from cases.models import Membership, Role
from documents.models import Batch, Document
from extraction import batches, jobs, progress
from extraction.batches import current_batches, open_batch, progress_of
from extraction.models import ExtractionJob

pytestmark = pytest.mark.django_db


def box(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.fixture
def batch(case, alice):
    return open_batch(case, alice, "Production 3")


def only(case):
    (found,) = current_batches(case.pk)
    return found


def test_a_batch_counts_what_is_done_left_and_in_need_of_attention(case, batch, put_in, work_off, fake_embedder):
    put_in(case, b"A letter.", batch=batch)
    put_in(case, b"%PDF-1.4 nothing", name="bad.pdf", batch=batch)
    found = only(case)
    assert (found.name, found.documents, found.done, found.left, found.percent) == ("Production 3", 2, 0, 2, 0)
    work_off()
    found = only(case)
    assert (found.done, found.left, found.ready, found.failed, found.attention) == (2, 0, 1, 1, 1)
    assert (found.percent, found.eta) == (100, None)


def test_it_is_never_whole_before_what_its_archives_hold_is(case, batch, put_in, fake_embedder, monkeypatch):
    put_in(
        case, box(**{"one.txt": b"First.", "inner.zip": box(deep=b"Deep down."), "void.txt": b""}), "a.zip", batch=batch
    )
    seen = []
    told = progress.announce

    def look(document, *args, **kwargs):
        told(document, *args, **kwargs)
        found = progress_of([batch])[batch.pk]
        seen.append((found.documents, found.left, found.percent))

    monkeypatch.setattr(progress, "announce", look)
    while job := ExtractionJob.objects.filter(state="queued").order_by("created_at").first():
        jobs.run(str(job.pk))
    assert max(documents for documents, _, _ in seen) == 5
    assert {documents for documents, left, percent in seen if percent == 100 or not left} == {5}


def test_members_of_archives_belong_to_their_archives_batch(case, batch, put_in, work_off, fake_embedder):
    put_in(case, box(**{"one.txt": b"First.", "void.txt": b""}), "a.zip", batch=batch)
    work_off()
    assert set(Document.objects.values_list("name", "batch")) == {
        ("a.zip", batch.pk),
        ("one.txt", batch.pk),
        ("void.txt", batch.pk),
    }


def test_duplicates_count_where_they_came_in(case, batch, put_in, work_off, fake_embedder):
    put_in(case, b"The same.", batch=batch)
    again = open_batch(case, None, "Once more")
    put_in(case, b"The same.", name="copy.txt", batch=again)
    work_off()
    assert {(b.name, b.documents, b.done) for b in current_batches(case.pk)} == {
        ("Production 3", 1, 1),
        ("Once more", 1, 1),
    }


def test_what_is_done_is_shown_a_little_longer_and_what_is_not_for_as_long_as_it_takes(case, batch, put_in, work_off):
    Batch.objects.update(created_at=Now() - timedelta(days=3))
    document = put_in(case, b"A letter.", batch=batch)
    assert only(case).left == 1
    Document.objects.filter(pk=document.pk).update(
        status="ready", stage="done", finished_at=Now() - batches.SHOWN_FOR - timedelta(seconds=1)
    )
    assert current_batches(case.pk) == []


def test_the_estimate_counts_what_stands_before_it_in_the_queue(case, batch, put_in, alice):
    for n in range(4):
        done = put_in(case, b"done %d" % n)
        began, ended = timedelta(seconds=40 - 10 * n), timedelta(seconds=30 - 10 * n)
        ExtractionJob.objects.filter(document=done).update(
            state="done", started_at=Now() - began, finished_at=Now() - ended
        )
        Document.objects.filter(pk=done.pk).update(status="ready", stage="done")
    for n in range(3):
        put_in(case, b"earlier %d" % n)
    put_in(case, b"the batch's", batch=batch)
    assert only(case).eta.likely == pytest.approx(40, abs=1)


def test_a_batch_of_which_all_is_deleted_is_no_more(case, batch, put_in):
    put_in(case, b"A letter.", batch=batch)
    Document.objects.all().delete()
    assert current_batches(case.pk) == []
    assert progress_of([batch]) == {}


def test_many_batches_cost_as_many_queries_as_one(case, alice, put_in, django_assert_max_num_queries):
    for n in range(4):
        put_in(case, b"letter %d" % n, batch=open_batch(case, alice, str(n)))
        with django_assert_max_num_queries(6):
            assert len(current_batches(case.pk)) == n + 1


def upload(client, case, *names, **fields):
    files = [SimpleUploadedFile(name, f"{uuid.uuid4()}".encode()) for name in names]
    response = client.post(f"/api/v1/cases/{case.pk}/documents/", {"files": files, **fields}, format="multipart")
    assert response.status_code == 202, response.content
    return response.json()


def test_files_of_one_request_are_a_batch_and_one_alone_is_none(case, alice, api):
    together = upload(api(alice), case, "a.txt", "b.txt", batch_name="Box 7")
    assert {d["batch"] for d in together["documents"]} == {together["batch"]}
    assert Batch.objects.get().name == "Box 7"
    alone = upload(api(alice), case, "c.txt")
    assert (alone["batch"], alone["documents"][0]["batch"]) == (None, None)


def test_requests_that_name_the_same_batch_add_to_it(case, alice, api):
    mine = str(uuid.uuid4())
    first = upload(api(alice), case, "a.txt", batch=mine, batch_name="Box 7")
    second = upload(api(alice), case, "b.txt", batch=mine, batch_name="ignored")
    assert first["batch"] == second["batch"]
    found = api(alice).get(f"/api/v1/cases/{case.pk}/batches/{first['batch']}/").json()
    assert (found["name"], found["documents"], found["left"], found["percent"]) == ("Box 7", 2, 2, 0)
    assert found["eta_range_s"] is None
    narrowed = api(alice).get(f"/api/v1/documents/?batch={first['batch']}").json()
    assert {d["name"] for d in narrowed["results"]} == {"a.txt", "b.txt"}


def test_what_is_no_uuid_is_refused_and_nothing_is_added(case, alice, api):
    files = [SimpleUploadedFile("a.txt", b"text")]
    response = api(alice).post(
        f"/api/v1/cases/{case.pk}/documents/", {"files": files, "batch": "7"}, format="multipart"
    )
    assert response.status_code == 400
    assert not Document.objects.exists()


def test_naming_another_cases_batch_reaches_nothing_of_it(case, other_case, alice, dana, api):
    mine = str(uuid.uuid4())
    theirs = upload(api(dana), other_case, "a.txt", batch=mine, batch_name="Secret")["batch"]
    for named in (mine, theirs):
        got = upload(api(alice), case, "b.txt", batch=named)["batch"]
        assert got != theirs
    assert progress_of(Batch.objects.filter(pk=theirs))[uuid.UUID(theirs)].documents == 1


def test_the_list_is_newest_first_and_only_for_members(case, other_case, alice, bob, charlie, dana, api):
    old = upload(api(alice), case, "a.txt", "b.txt", batch_name="Old")["batch"]
    new = upload(api(alice), case, "c.txt", "d.txt", batch_name="New")["batch"]
    url = f"/api/v1/cases/{case.pk}/batches/"
    assert [b["id"] for b in api(bob).get(url).json()["results"]] == [new, old]
    page = api(bob).get(f"{url}?limit=1").json()
    assert [b["id"] for b in api(bob).get(page["next"]).json()["results"]] == [old]
    for person in (charlie, dana):
        assert api(person).get(url).status_code == 404
        assert api(person).get(f"{url}{old}/").status_code == 404
    # A batch is not to be had through another case, not even by a member of both.
    Membership.objects.create(case=other_case, user=bob, role=Role.VIEWER)
    assert api(bob).get(f"/api/v1/cases/{other_case.pk}/batches/{old}/").status_code == 404
    assert api(bob).get(f"/api/v1/cases/{other_case.pk}/batches/").json()["results"] == []


def test_the_page_of_the_case_tells_how_far_it_is_and_narrows_to_it(case, alice, bob, charlie, client, put_in):
    batch = open_batch(case, alice, "Box <7>")
    document = put_in(case, b"A letter.", name="one.txt", batch=batch)
    put_in(case, b"Another.", name="two.txt", batch=batch)
    put_in(case, b"Elsewhere.", name="other.txt")
    Document.objects.filter(pk=document.pk).update(status="failed", error_code="corrupt", finished_at=Now())
    client.force_login(bob)
    page = client.get(f"/cases/{case.pk}/?batch={batch.pk}").content.decode()
    assert "Box &lt;7&gt;" in page
    assert "1 of 2</b> documents done" in page
    assert "1 needs attention" in page
    assert "two.txt" in page
    assert "other.txt" not in page
    client.force_login(charlie)
    assert client.get(f"/cases/{case.pk}/?batch={batch.pk}").status_code == 404
