"""The cases of a list with what is in them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from cases.models import Case, Membership, Role
from documents.counts import Counts, case_counts
from documents.models import Document, Status


@dataclass(frozen=True)
class CaseRow:
    """`pages_waiting` are those of documents that no page of has been read yet, as far as their length is known."""

    case: Case
    role: Role
    counts: Counts
    pages_waiting: int

    @property
    def searchable_percent(self) -> int | None:
        """Of the pages that are known of, rounded down: 100 only if it is all of them. None without pages."""
        pages = self.counts["pages"] + self.pages_waiting
        return 100 * (self.counts["pages"] - self.counts["pages_unreadable"]) // pages if pages else None

    @property
    def unfinished(self) -> int:
        return self.counts[Status.QUEUED] + self.counts[Status.PROCESSING]

    @property
    def problems(self) -> int:
        return self.counts[Status.PARTIAL] + self.counts[Status.FAILED]


def case_rows(cases: Iterable[Case], user: Any) -> list[CaseRow]:
    """Cases that `user` is a member of, in four queries however many they are."""
    cases = list(cases)
    roles = dict(Membership.objects.filter(user=user, case__in=cases).values_list("case_id", "role"))
    counts, waiting = case_counts(roles), _pages_waiting(roles)
    # Whoever was removed between two queries sees the case no more.
    return [
        CaseRow(case, Role(roles[case.pk]), counts[case.pk], waiting.get(case.pk, 0))
        for case in cases
        if case.pk in roles
    ]


def _pages_waiting(case_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, int]:
    unread = Document.objects.originals().filter(case_id__in=list(case_ids), version=0).exclude(status=Status.FAILED)
    return {
        case: waiting or 0
        for case, waiting in unread.order_by().values_list("case_id").annotate(waiting=Sum("page_count"))
    }
