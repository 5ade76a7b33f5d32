"""Who may see and delete a search term report."""

from typing import Any
from uuid import UUID

from django.http import Http404

from cases.access import get_case, get_visible
from cases.models import Role
from cases.permission import require_case
from search.models import TermReport


def report_of(user: Any, case: UUID, report: UUID) -> TermReport:
    """The report of this case. Raises Http404."""
    found_case = get_case(user, case)
    found: TermReport = get_visible(user, TermReport.objects.select_related("case", "created_by"), report)
    if found.case_id != found_case.pk:
        raise Http404
    return found


def require_deletion(user: Any, report: TermReport) -> None:
    """Managers may delete any report, reviewers their own. Raises RoleRequired."""
    require_case(user, report.case_id, Role.REVIEWER if report.created_by_id == user.pk else Role.MANAGER)
