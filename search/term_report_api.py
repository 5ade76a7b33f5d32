"""The API of search term reports."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.access import get_case
from cases.models import Role
from cases.permission import require_case
from lexintel.problems import Problem
from search.deadline import TookTooLong
from search.models import TermReport
from search.query import MAX_BYTES
from search.serializers import CoverageSerializer, NameField
from search.term_report import MAX_TERMS, TOO_SLOW, NoTerms, has_changed, make_report, terms_in
from search.term_report_access import report_of, require_deletion


class TermRowSerializer(serializers.Serializer[Any]):
    """Figures are null where a term was not counted; `pages` also where a term only asks what documents are."""

    term = serializers.CharField()
    documents = serializers.IntegerField(allow_null=True)
    with_families = serializers.IntegerField(allow_null=True)
    pages = serializers.IntegerField(allow_null=True)
    unique = serializers.IntegerField(allow_null=True, help_text="Documents that no other term of the list finds.")
    complete = serializers.BooleanField(help_text="False: there may be more.")
    problem = serializers.CharField()
    remarks = serializers.ListField(child=serializers.CharField())


class TotalsSerializer(serializers.Serializer[Any]):
    documents = serializers.IntegerField()
    with_families = serializers.IntegerField()
    pages = serializers.IntegerField()
    complete = serializers.BooleanField()


class ReportCoverageSerializer(CoverageSerializer):
    documents_searched = serializers.IntegerField()


class ReportSerializer(serializers.ModelSerializer[TermReport]):
    """A report in a list."""

    created_by = serializers.CharField(source="created_by.username", default=None, read_only=True)
    totals = TotalsSerializer(read_only=True)
    coverage = ReportCoverageSerializer(read_only=True)

    class Meta:
        model = TermReport
        fields = ["id", "case", "name", "created_by", "created_at", "seconds", "totals", "coverage", "fingerprint"]


class WholeReportSerializer(ReportSerializer):
    """A report with its terms, and whether counting again could give something else."""

    rows = TermRowSerializer(many=True, read_only=True)
    changed_since = serializers.SerializerMethodField()

    class Meta(ReportSerializer.Meta):
        fields = [*ReportSerializer.Meta.fields, "rows", "changed_since"]

    def get_changed_since(self, report: TermReport) -> bool:
        return has_changed(report)


class NewReportSerializer(serializers.Serializer[Any]):
    name = NameField()
    terms = serializers.ListField(child=serializers.CharField(max_length=MAX_BYTES), max_length=MAX_TERMS)


class TermReportList(generics.GenericAPIView[TermReport]):
    """The search term reports of a case."""

    serializer_class = ReportSerializer
    # For the description of the API only.
    queryset = TermReport.objects.none()
    ordering = "-created_at"

    def get_queryset(self) -> QuerySet[TermReport]:
        case = get_case(self.request.user, self.kwargs["case"])
        return TermReport.objects.filter(case=case).select_related("created_by")

    @extend_schema(operation_id="case_term_reports_list", responses=ReportSerializer(many=True))
    def get(self, request: Request, case: UUID) -> Response:
        page = self.paginate_queryset(self.get_queryset().defer("rows"))
        return self.get_paginated_response(ReportSerializer(page, many=True).data)

    @extend_schema(request=NewReportSerializer, responses={201: WholeReportSerializer})
    def post(self, request: Request, case: UUID) -> Response:
        """Count the terms now, for at most 20 seconds; for reviewers."""
        found = require_case(request.user, case, Role.REVIEWER)
        form = NewReportSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            terms = terms_in(form.validated_data["terms"])
        except NoTerms as error:
            raise Problem(400, "no_terms", str(error)) from None
        try:
            report = make_report(found, request.user, form.validated_data["name"], terms)
        except TookTooLong:
            raise Problem(503, "search_timeout", TOO_SLOW) from None
        report.refresh_from_db()
        return Response(WholeReportSerializer(report).data, status=201)


class TermReportDetail(generics.GenericAPIView[TermReport]):
    """One report. It is never changed."""

    serializer_class = WholeReportSerializer
    queryset = TermReport.objects.none()

    def get(self, request: Request, case: UUID, report: UUID) -> Response:
        return Response(WholeReportSerializer(report_of(request.user, case, report)).data)

    def delete(self, request: Request, case: UUID, report: UUID) -> Response:
        """Delete it; for managers, and reviewers who made it."""
        found = report_of(request.user, case, report)
        require_deletion(request.user, found)
        found.delete()
        return Response(status=204)
