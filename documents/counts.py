"""How many documents and pages a case holds, and in which state."""

import uuid
from collections.abc import Iterable

from django.db.models import Count, Q

from documents.models import Document, Page, PageState, Status

Counts = dict[str, int]


def case_counts(case_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Counts]:
    """For each case: documents, one number per status, pages, pages_unreadable. Two queries, however many cases.

    Documents count duplicates; pages are those of the shown version, and a duplicate has none of its own.
    """
    counts = {id: dict.fromkeys(["documents", "pages", *Status.values, "pages_unreadable"], 0) for id in case_ids}
    by_status = Document.objects.filter(case_id__in=counts).order_by().values_list("case_id", "status")
    for case_id, status, number in by_status.annotate(number=Count("pk")):
        counts[case_id][status] = number
        counts[case_id]["documents"] += number
    pages = Page.objects.current().filter(document__case_id__in=counts, document__duplicate_of=None)
    unreadable = Count("pk", filter=Q(state=PageState.UNREADABLE))
    by_case = pages.order_by().values_list("document__case_id").annotate(number=Count("pk"), unreadable=unreadable)
    for case_id, number, bad in by_case:
        counts[case_id]["pages"], counts[case_id]["pages_unreadable"] = number, bad
    return counts
