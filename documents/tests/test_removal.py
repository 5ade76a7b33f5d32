"""Taking documents away: what goes, what stays, who inherits."""

import threading

import pytest
from django.db import connection

from cases.models import Case
from documents import removal, storage
from documents.models import Chunk, ChunkEmbedding, Document, Page
from documents.removal import remove_case, remove_document
from extraction import ledger
from extraction.models import ExtractionJob
from extraction.removal import remove_and_announce


@pytest.fixture
def remove(django_capture_on_commit_callbacks):
    """Remove a document as one transaction would, what happens after its commit included."""

    def gone(document):
        with django_capture_on_commit_callbacks(execute=True):
            return remove_document(document)

    return gone


def lies(document):
    return storage.place().path_of(document.sha256).exists()


def test_everything_of_it_goes(case, make_document, remove):
    document = make_document(case, ["One.", "Two."])
    removal = remove(document)
    assert [d.pk for d in removal.gone] == [document.pk]
    assert removal.heirs == []
    for model in (Document, Page, Chunk, ChunkEmbedding, ExtractionJob):
        assert not model.objects.exists(), model
    assert not lies(document)


def test_the_others_stay(case, make_document, remove):
    kept, gone = make_document(case, ["Kept."], name="kept.txt"), make_document(case, ["Gone."], name="gone.txt")
    remove(gone)
    assert Document.objects.get() == kept
    assert kept.chunks.count() == 1
    assert lies(kept)


def test_a_file_that_another_case_has_too_stays(case, other_case, put_in, remove):
    mine, theirs = put_in(case, b"shared"), put_in(other_case, b"shared")
    remove(mine)
    assert lies(theirs)
    remove(theirs)
    assert not lies(theirs)


def test_nothing_is_deleted_if_the_transaction_fails(case, put_in, django_capture_on_commit_callbacks):
    document = put_in(case, b"kept")
    with pytest.raises(RuntimeError), django_capture_on_commit_callbacks(execute=True):
        from django.db import transaction

        with transaction.atomic():
            remove_document(document)
            raise RuntimeError
    assert Document.objects.get() == document
    assert lies(document)


def test_the_earliest_duplicate_becomes_the_original(case, put_in, work_off, fake_embedder, remove):
    first, second, third = (put_in(case, b"The vessel sailed.", name=f"{n}.txt") for n in (1, 2, 3))
    work_off()
    first.refresh_from_db()
    removal = remove(first)
    assert [d.pk for d in removal.heirs] == [second.pk]
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.duplicate_of, third.duplicate_of) == (None, second)
    assert (second.status, second.version, second.page_count) == (first.status, first.version, first.page_count)
    assert second.pages.get().text == "The vessel sailed."
    assert second.chunks.get().title == "2.txt"
    assert ChunkEmbedding.objects.get().document == second
    assert second.jobs.exists()
    assert lies(second)


def test_removing_a_duplicate_leaves_the_original_alone(case, put_in, remove):
    first, second = (put_in(case, b"same", name=name) for name in ("a", "b"))
    remove(second)
    assert Document.objects.get() == first
    assert first.jobs.get().state == "queued"
    assert lies(first)


def test_an_heir_of_what_waits_waits_in_its_place(case, put_in, work_off, fake_embedder, remove):
    first, second = (put_in(case, b"Not read yet.", name=name) for name in ("a.txt", "b.txt"))
    remove(first)
    assert ExtractionJob.objects.get(state="queued").document == second
    work_off()
    second.refresh_from_db()
    assert (second.status, second.pages.count()) == ("ready", 1)


def test_work_that_is_going_on_starts_again_for_the_heir_and_the_old_worker_writes_nothing(case, put_in, remove):
    first, second = (put_in(case, b"being read", name=name) for name in ("a.txt", "b.txt"))
    held = ledger.claim(ExtractionJob.objects.get().pk, "host/1")
    remove(first)
    second.refresh_from_db()
    job = ExtractionJob.objects.get()
    assert (job.document, job.state, job.attempt, second.status) == (second, "queued", 0, "queued")
    with pytest.raises(ledger.LostLease), ledger.writing(held):
        pass
    with pytest.raises(ledger.LostLease):
        ledger.renew(held)
    ledger.fail(held, "corrupt")
    second.refresh_from_db()
    assert second.status == "queued"
    assert ledger.claim(job.pk, "host/2").attempt == 1


def test_work_on_a_document_without_heirs_writes_nothing_after_it_is_gone(case, put_in, remove):
    document = put_in(case, b"being read")
    held = ledger.claim(ExtractionJob.objects.get().pk, "host/1")
    remove(document)
    with pytest.raises(ledger.LostLease), ledger.writing(held):
        pass
    ledger.fail(held, "corrupt")
    assert not Document.objects.exists()


def test_members_go_with_their_archive_to_any_depth(case, put_in, remove):
    archive, inner, leaf = (put_in(case, name.encode(), name=name) for name in ("a.zip", "b.zip", "c.txt"))
    Document.objects.filter(pk=inner.pk).update(parent=archive)
    Document.objects.filter(pk=leaf.pk).update(parent=inner)
    outside = put_in(case, b"outside", name="d.txt")
    removal = remove(archive)
    assert {d.pk for d in removal.gone} == {archive.pk, inner.pk, leaf.pk}
    assert Document.objects.get() == outside
    assert not any(lies(d) for d in (archive, inner, leaf))


def test_members_are_handed_to_a_duplicate_of_their_archive(case, put_in, remove):
    archive, copy, leaf = put_in(case, b"zip", name="a.zip"), put_in(case, b"zip", name="b.zip"), put_in(case, b"leaf")
    Document.objects.filter(pk=leaf.pk).update(parent=archive)
    remove(archive)
    leaf.refresh_from_db()
    assert leaf.parent == copy


def test_a_member_s_duplicate_outside_inherits_from_it(case, put_in, remove):
    archive, leaf = put_in(case, b"zip", name="a.zip"), put_in(case, b"leaf", name="leaf.txt")
    outside = put_in(case, b"leaf", name="copy.txt")
    Document.objects.filter(pk=leaf.pk).update(parent=archive)
    removal = remove(archive)
    outside.refresh_from_db()
    assert Document.objects.get() == outside
    assert (outside.duplicate_of, outside.parent) == (None, None)
    assert [d.pk for d in removal.heirs] == [outside.pk]
    assert lies(outside)


def test_an_archive_that_contains_copies_of_itself_and_of_its_members_goes_whole(case, put_in, remove):
    archive, leaf = put_in(case, b"zip", name="a.zip"), put_in(case, b"leaf", name="leaf.txt")
    itself, again = put_in(case, b"zip", name="self.zip"), put_in(case, b"leaf", name="again.txt")
    Document.objects.filter(pk__in=[leaf.pk, itself.pk, again.pk]).update(parent=archive)
    remove(archive)
    assert not Document.objects.exists()
    assert not lies(archive)


def test_what_is_gone_already_is_removed_quietly(case, put_in, remove):
    document = put_in(case, b"x")
    remove(document)
    assert remove(document).gone == []


def test_a_case_goes_with_duplicates_families_and_files(case, other_case, put_in, django_capture_on_commit_callbacks):
    first, copy = (put_in(case, b"same", name=name) for name in ("a", "b"))
    leaf = put_in(case, b"leaf")
    shared, theirs = put_in(case, b"shared"), put_in(other_case, b"shared")
    Document.objects.filter(pk=leaf.pk).update(parent=copy)
    with django_capture_on_commit_callbacks(execute=True):
        remove_case(case)
    assert list(Case.objects.all()) == [other_case]
    assert list(Document.objects.all()) == [theirs]
    assert not lies(first)
    assert not lies(leaf)
    assert lies(shared)


def test_whoever_watches_is_told(case, put_in, monkeypatch):
    first, second = (put_in(case, b"same", name=name) for name in ("a", "b"))
    told = []
    monkeypatch.setattr("extraction.removal.announce", lambda d: told.append(("heir", d.pk)))
    monkeypatch.setattr("extraction.removal.announce_gone", lambda d: told.append(("gone", d.pk)))
    remove_and_announce(first)
    assert told == [("heir", second.pk), ("gone", first.pk)]


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_added_again_while_it_is_deleted_is_never_lost(case, put_in, monkeypatch):
    """The upload comes between the deletion's commit and the deletion of the file."""
    document = put_in(case, b"again and again")
    between, purged = threading.Event(), threading.Event()
    purge = removal._purge

    def late(contents):
        between.set()
        assert purged.wait(10)
        purge(contents)

    monkeypatch.setattr(removal, "_purge", late)

    def delete():
        remove_document(document)
        connection.close()

    deleting = threading.Thread(target=delete)
    deleting.start()
    assert between.wait(10)
    put_in(case, b"again and again", name="again.txt")
    purged.set()
    deleting.join()
    kept = Document.objects.get()
    with storage.open_verified(kept.sha256) as file:
        assert file.read() == b"again and again"


@pytest.mark.django_db(transaction=True)
def test_many_deletions_and_uploads_of_one_content_at_once_end_consistent(case, put_in):
    documents = [put_in(case, b"contested", name=f"{n}.txt") for n in range(4)]
    errors, together = [], threading.Barrier(8)

    def run(task):
        together.wait()
        try:
            task()
        except Exception as error:
            errors.append(error)
        connection.close()

    tasks = [lambda d=d: remove_document(d) for d in documents]
    tasks += [lambda n=n: put_in(case, b"contested", name=f"new{n}.txt") for n in range(4)]
    threads = [threading.Thread(target=run, args=[task]) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    left = Document.objects.all()
    assert left.count() == 4
    original = left.get(duplicate_of=None)
    assert left.filter(duplicate_of=original).count() == 3
    assert lies(original)
    assert ExtractionJob.objects.filter(document=original, state="queued").count() == 1
