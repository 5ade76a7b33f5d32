"""The pages of search term reports. They work without JavaScript."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.access import at_least, get_case, role_in
from cases.models import Role
from cases.permission import RoleRequired, require_case
from lexintel.spreadsheet import XLSX_TYPE
from search.deadline import TookTooLong
from search.forms import NameForm
from search.models import TermReport
from search.term_report import MAX_TERMS, TOO_SLOW, NoTerms, has_changed, make_report, terms_in
from search.term_report_access import report_of, require_deletion
from search.term_report_files import as_csv, as_xlsx

# A form does not carry more; 500 terms of 200 characters.
MAX_CHARS = 100_000
SHOWN = 200


class TermsForm(NameForm):
    """A list of terms."""

    terms = forms.CharField(
        max_length=MAX_CHARS,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text=f"One on each line, at most {MAX_TERMS}: words, “phrases”, AND, OR, NOT, w/5, contract*, "
        "custodian:diaz. Words side by side are joined by AND.",
    )

    def clean_terms(self) -> list[str]:
        try:
            return terms_in(self.cleaned_data["terms"].splitlines())
        except NoTerms as error:
            raise forms.ValidationError(str(error)) from None


@require_http_methods(["GET", "HEAD", "POST"])
def term_reports(request: HttpRequest, case: UUID) -> HttpResponse:
    """The reports of a case; by POST, for reviewers, one more. `?again=` puts a report's terms into the form."""
    found = get_case(request.user, case)
    form = TermsForm(initial=_again(request, case))
    if request.method == "POST":
        require_case(request.user, case, Role.REVIEWER)
        form = TermsForm(request.POST)
        if form.is_valid():
            try:
                report = make_report(found, request.user, form.cleaned_data["name"], form.cleaned_data["terms"])
                return redirect("term-report", found.pk, report.pk)
            except TookTooLong:
                form.add_error(None, TOO_SLOW)
    reports = TermReport.objects.filter(case=found).select_related("created_by").defer("rows")
    context = {
        "case": found,
        "form": form,
        "may_add": at_least(role_in(request.user, found), Role.REVIEWER),
        "reports": reports.order_by("-created_at", "pk")[:SHOWN],
    }
    return render(request, "search/term_reports.html", context, status=422 if form.errors else 200)


@require_safe
def term_report(request: HttpRequest, case: UUID, report: UUID) -> HttpResponse:
    """One report, as it was counted."""
    found = report_of(request.user, case, report)
    context = {
        "case": found.case,
        "report": found,
        "changed": has_changed(found),
        "uncounted": sum(bool(row["problem"]) for row in found.rows),
        "may_add": at_least(role_in(request.user, found.case), Role.REVIEWER),
        "may_delete": _may_delete(request, found),
    }
    return render(request, "search/term_report.html", context)


@require_POST
def delete(request: HttpRequest, case: UUID, report: UUID) -> HttpResponse:
    """For managers, and reviewers who made it."""
    found = report_of(request.user, case, report)
    require_deletion(request.user, found)
    found.delete()
    messages.success(request, f"The report “{found.name}” is deleted.")
    return redirect("term-reports", case)


@require_safe
def csv_file(request: HttpRequest, case: UUID, report: UUID) -> HttpResponse:
    found = report_of(request.user, case, report)
    return _file(found, as_csv(found), "text/csv; charset=utf-8", "csv")


@require_safe
def xlsx_file(request: HttpRequest, case: UUID, report: UUID) -> HttpResponse:
    found = report_of(request.user, case, report)
    return _file(found, as_xlsx(found), XLSX_TYPE, "xlsx")


def _file(report: TermReport, content: str | bytes, kind: str, ending: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    name = f"{report.name} in {report.case.reference}.{ending}"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _again(request: HttpRequest, case: UUID) -> dict[str, str]:
    try:
        old = TermReport.objects.filter(case=case, pk=UUID(request.GET.get("again", ""))).first()
    except ValueError:
        old = None
    if old is None:
        return {}
    rows = [row for row in old.rows if row["problem"]] if request.GET.get("left") else old.rows
    return {"name": old.name, "terms": "\n".join(row["term"] for row in rows)}


def _may_delete(request: HttpRequest, report: TermReport) -> bool:
    try:
        require_deletion(request.user, report)
    except RoleRequired:
        return False
    return True
