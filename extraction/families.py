"""Families: what lies inside an archive or an e-mail becomes documents of its own, with parent, depth and path.

    archive.zip                 depth 0
      mail/notice.eml           depth 1
        ledger.xlsx             depth 2

A member that cannot be kept is a document too, failed with its code: it is part of the record. Reading a container
again adds what is new in it and leaves the members that are there alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.db import connection

from documents import storage
from documents.models import Document, Status
from extraction import progress
from extraction.confinement.frames import MemberBegins, MemberEnds, MemberItem, MemberPiece
from extraction.errors import RetryableError
from extraction.intake import Incoming, record
from extraction.names import clean_name, clean_path
from extraction.warnings import of_member

# An archive in a mail in an archive is nothing unusual; what is nested deeper was made to be.
MAX_DEPTH = 6
# Of all that came out of one file, however nested.
MAX_FAMILY = 10_000


@dataclass
class Member:
    """A member that has come out: `staged`, or with the `code` of what kept it from coming out."""

    path: str
    meta: dict[str, str]
    staged: storage.Staged | None = None
    code: str = ""


@dataclass
class Members:
    """Takes members from a child, one after the other, to disk. `discard` what is not added in the end."""

    taken: list[Member] = field(default_factory=list)
    _staging: storage.Staging | None = None

    def take(self, item: MemberItem) -> None:
        """Raises RetryableError(storage_full | storage_unavailable)."""
        try:
            self._take(item)
        except storage.StorageError as error:
            self._staging = None
            raise RetryableError(error.code) from error

    def _take(self, item: MemberItem) -> None:
        if isinstance(item, MemberBegins):
            self.taken.append(Member(item.path, item.meta))
            self._staging = storage.Staging(limit=settings.LEXINTEL_MAX_UPLOAD_MB << 20)
        elif isinstance(item, MemberPiece):
            self._write(item.data)
        else:
            self._end(item)

    def _write(self, data: bytes) -> None:
        if self._staging is None:
            return
        try:
            self._staging.write(data)
        except storage.TooLarge:
            self._staging, self.taken[-1].code = None, "too_large"

    def _end(self, item: MemberEnds) -> None:
        staging, self._staging = self._staging, None
        if staging is None:
            return
        if item.code:
            staging.discard()
            self.taken[-1].code = item.code
        else:
            self.taken[-1].staged = staging.finish()

    def discard(self) -> None:
        """Remove what was not published; harmless for what was."""
        if self._staging:
            self._staging.discard()
        for member in self.taken:
            if member.staged:
                member.staged.discard()

    def contents(self) -> list[str]:
        """SHA-256 of all of them, in the order in which their locks are taken."""
        return sorted({m.staged.sha256 for m in self.taken if m.staged})


def lock(members: Members) -> None:
    """Take the locks of the members' contents; before any row is locked, as deleting does."""
    for sha256 in members.contents():
        storage.lock(sha256)


def add(parent: Document, members: Sequence[Member]) -> list[str]:
    """Make the members documents of the parent's family, under their locks. Warning codes for the parent.

    Inside a transaction.
    """
    if not members:
        return []
    if parent.depth >= MAX_DEPTH:
        return ["nested_too_deep"]
    known = set(parent.children.values_list("path", "sha256"))
    room = MAX_FAMILY - _family_size(parent)
    added = 0
    for member in members:
        path = f"{parent.path}/{clean_path(member.path) or clean_name(member.path)}"
        if (path, member.staged.sha256 if member.staged else "") in known:
            continue
        if added >= room:
            return ["archive_limit"]
        _add(parent, member, path)
        added += 1
    return sorted({of_member(m.code) for m in members if m.code})


def _add(parent: Document, member: Member, path: str) -> None:
    if member.staged is None:
        _add_failed(parent, member, path)
        return
    try:
        member.staged.publish()
    except storage.StorageError as error:
        raise RetryableError(error.code) from error
    incoming = Incoming(member.path, path, parent.custodian, parent.source, member.staged.size)
    record(parent.case, member.staged, incoming, parent.uploaded_by, parent)


def _add_failed(parent: Document, member: Member, path: str) -> None:
    """A member without content: nothing is stored, its name and its reason are."""
    document = Document.objects.create(
        case=parent.case,
        parent=parent,
        batch_id=parent.batch_id,
        depth=parent.depth + 1,
        name=clean_name(member.path),
        path=path[-4096:],
        custodian=parent.custodian,
        source=parent.source,
        sha256="",
        size=0,
        media_type="application/octet-stream",
        status=Status.FAILED,
        error_code=member.code or "corrupt",
    )
    progress.announce(document)


_FAMILY = """
WITH RECURSIVE up AS (
  SELECT id, parent_id FROM documents_document WHERE id = %s
  UNION ALL SELECT d.id, d.parent_id FROM documents_document d JOIN up ON d.id = up.parent_id
),
down AS (
  SELECT id FROM up WHERE parent_id IS NULL
  UNION ALL SELECT d.id FROM documents_document d JOIN down ON d.parent_id = down.id
)
SELECT count(*) FROM down
"""


_MEMBERS = """
WITH RECURSIVE down AS (
  SELECT id FROM documents_document WHERE parent_id = ANY(%s)
  UNION ALL SELECT d.id FROM documents_document d JOIN down ON d.parent_id = down.id
)
SELECT id FROM down
"""


def members_of(document_ids: Sequence[UUID]) -> list[UUID]:
    """Ids of all that has come out of these documents so far, however nested."""
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, [list(document_ids)])
        return [pk for (pk,) in cursor.fetchall()]


def _family_size(document: Document) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_FAMILY, [document.pk])
        return int(cursor.fetchone()[0])
