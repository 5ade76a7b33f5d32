"""Taking documents away: rows at once, the content when nobody refers to it any more.

original ◀─ duplicate ◀─ …      the earliest duplicate becomes the original: it gets pages, chunks and jobs
archive  ◀─ member             members go with their archive, unless a duplicate of the archive takes them over
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from cases.models import Case
from documents import storage
from documents.models import FINISHED, ChunkEmbedding, Document, Status
from documents.signals import content_gone

# What an heir takes over besides the content itself: all that reading has found out about it.
_FATE = [
    "version",
    "status",
    "stage",
    "page_count",
    "pages_done",
    "extractor_version",
    "error_code",
    "warnings",
    "meta",
    "timings",
    "finished_at",
]


@dataclass(frozen=True)
class Removal:
    """Documents that are gone, and duplicates that became originals in their place; both for announcing."""

    gone: list[Document] = field(default_factory=list)
    heirs: list[Document] = field(default_factory=list)


@transaction.atomic
def remove_document(document: Document) -> Removal:
    """Delete a document, and with an archive its members. Its file is deleted after commit if nobody else has it.

    Work that is going on loses its lease and, where a duplicate inherits, starts again for the heir.
    """
    family = _with_descendants(document)
    contents = sorted(set(Document.objects.filter(pk__in=family).values_list("sha256", flat=True)))
    for sha256 in contents:
        # No upload of the same content may now count on an original that is about to go. Sorted: no deadlock.
        storage.lock(sha256)
    removal = Removal()
    _remove(document.pk, removal)
    transaction.on_commit(lambda: _purge(contents), robust=True)
    return removal


def remove_case(case: Case) -> None:
    """Delete a case with all that is in it; files that no other case has are deleted after commit."""
    with transaction.atomic():
        Case.objects.select_for_update().filter(pk=case.pk).first()
        contents = sorted(set(Document.objects.filter(case=case).values_list("sha256", flat=True)))
        Case.objects.filter(pk=case.pk).delete()
        transaction.on_commit(lambda: _purge(contents), robust=True)


def _remove(pk: uuid.UUID, removal: Removal) -> None:
    # A worker that writes locks its job before the document; so do we, or both would wait for ever.
    list(Document(pk=pk).jobs.select_for_update().values("pk"))  # type: ignore[attr-defined]
    document = Document.objects.select_for_update().filter(pk=pk).first()
    if document is None:
        return
    heir = _heir(document)
    if heir is not None:
        _hand_over(document, heir)
        removal.heirs.append(heir)
    else:
        # Duplicates first: a member that is a copy of another one must not inherit from it on its way out.
        members = document.children.order_by(F("duplicate_of").desc(nulls_last=True))
        for member in list(members.values_list("pk", flat=True)):
            _remove(member, removal)
    # By query: the instance keeps its id, which is still to be announced.
    Document.objects.filter(pk=pk).delete()
    removal.gone.append(document)


def _heir(document: Document) -> Document | None:
    """The earliest duplicate, unless it lies inside the document itself (an archive that contains its own copy)."""
    inside = _with_descendants(document)
    duplicates = Document.objects.select_for_update().filter(duplicate_of=document).exclude(pk__in=inside)
    return duplicates.order_by("created_at", "pk").first()


def _with_descendants(document: Document) -> list[uuid.UUID]:
    found, level = [document.pk], [document.pk]
    while level:
        children = Document.objects.filter(parent__in=level).exclude(pk__in=found)
        level = list(children.values_list("pk", flat=True))
        found += level
    return found


def _hand_over(document: Document, heir: Document) -> None:
    fate = {name: getattr(document, name) for name in _FATE}
    if document.status not in FINISHED:
        # Whoever works on it writes to a document that will be gone.
        fate |= {"status": Status.QUEUED, "pages_done": 0}
    # One original per content, at every moment: the old one steps down before the heir steps up.
    Document.objects.filter(pk=document.pk).update(duplicate_of=heir)
    Document.objects.filter(duplicate_of=document).exclude(pk=heir.pk).update(duplicate_of=heir)
    Document.objects.filter(pk=heir.pk).update(duplicate_of=None, **fate)
    heir.refresh_from_db()
    document.children.update(parent=heir)
    document.pages.update(document=heir)
    document.chunks.update(document=heir, title=heir.name)
    ChunkEmbedding.objects.filter(document=document).update(document=heir)
    jobs = document.jobs  # type: ignore[attr-defined]  # extraction's rows: its app builds on this one
    jobs.filter(state="running").update(
        state="queued",
        fence=F("fence") + 1,
        attempt=F("attempt") - 1,
        lease_owner="",
        lease_until=None,
        not_before=Now(),
        # No message is on its way: the reconciler sends one.
        enqueued_at=None,
    )
    jobs.update(document=heir)


def _purge(contents: list[str]) -> None:
    """Delete the files that no document of any case refers to."""
    for sha256 in contents:
        with transaction.atomic():
            storage.lock(sha256)
            if not Document.objects.filter(sha256=sha256).exists():
                storage.delete_blob(sha256)
                content_gone.send(sender=Document, sha256=sha256)
