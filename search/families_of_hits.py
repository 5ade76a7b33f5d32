"""Families of a case, for counting hits with what belongs to them.

A family is a message with its attachments, or any other document with what came out of it. Archives and mailboxes at
the top only hold families together that have nothing to do with each other:

    exports.zip ─┬─ notice.eml ── ledger.xlsx      a family
                 └─ offer.eml ─── drafts.zip ── …  another one
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from search.language.fields import TYPES

CONTAINERS = [*TYPES["archive"], "application/mbox"]

SQL = """
WITH RECURSIVE tree AS (
  SELECT id, coalesce(duplicate_of_id, id) AS content, CASE WHEN media_type <> ALL(%s) THEN id END AS family
  FROM documents_document WHERE case_id = %s AND parent_id IS NULL
  UNION ALL
  SELECT d.id, coalesce(d.duplicate_of_id, d.id),
         coalesce(t.family, CASE WHEN d.media_type <> ALL(%s) THEN d.id END)
  FROM documents_document d JOIN tree t ON d.parent_id = t.id
)
SELECT DISTINCT content, family FROM tree WHERE family IS NOT NULL
"""


@dataclass(frozen=True)
class Families:
    """`of`: the families that a document, or a copy of it, is in; `members`: the documents of a family. Copies are
    one document, that which holds the pages."""

    of: dict[UUID, list[UUID]]
    members: dict[UUID, list[UUID]]

    def around(self, documents: Iterable[UUID]) -> set[UUID]:
        """The documents with all that are in a family with one of them."""
        documents = set(documents)
        families = {family for document in documents for family in self.of.get(document, ())}
        return documents | {member for family in families for member in self.members[family]}


def families_of(case_id: UUID) -> Families:
    """All families of a case; one SQL query."""
    of: dict[UUID, list[UUID]] = defaultdict(list)
    members: dict[UUID, list[UUID]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(SQL, [CONTAINERS, case_id, CONTAINERS])
        for content, family in cursor.fetchall():
            of[content].append(family)
            members[family].append(content)
    return Families(dict(of), dict(members))
