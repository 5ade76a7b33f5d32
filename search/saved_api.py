"""The API of saved searches."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.access import get_case
from lexintel.problems import Problem
from search.engine import MODES
from search.links import saved_link
from search.models import SavedSearch
from search.query import QueryError
from search.saved import MOST_SAVED, TooMany, mark_seen, new_hits, save, search_of
from search.serializers import NameField

CASE = OpenApiParameter("case", str, description="Only those in this case.")


class SavedSearchSerializer(serializers.ModelSerializer[SavedSearch]):
    """Make it with `shown`, which counts."""

    name = NameField()
    q = serializers.CharField(source="question", trim_whitespace=False)
    case = serializers.CharField(
        source="case_id", default=None, allow_null=True, allow_blank=True, help_text="The id of a case; null: all mine."
    )
    mode = serializers.ChoiceField(choices=MODES, default="hybrid")
    new_hits = serializers.SerializerMethodField()
    new_documents = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = SavedSearch
        fields = ["id", "name", "q", "case", "mode", "media_type", "custodian"]
        fields += ["new_hits", "new_documents", "seen_at", "created_at", "url"]
        read_only_fields = ["seen_at", "created_at"]

    def get_new_hits(self, saved: SavedSearch) -> int | None:
        """Documents that are new since it was last opened; null where that could not be counted in time."""
        found = self.context["new"].get(saved.pk)
        return None if found is None else len(found)

    def get_new_documents(self, saved: SavedSearch) -> list[str]:
        """Their ids."""
        return sorted(map(str, self.context["new"].get(saved.pk) or ()))

    def get_url(self, saved: SavedSearch) -> str:
        return saved_link(saved)


class RenameSerializer(SavedSearchSerializer):
    """All that can be changed; another question is another search."""

    class Meta(SavedSearchSerializer.Meta):
        fields = ["name"]


def shown(searches: Iterable[SavedSearch], user: Any) -> list[dict[str, Any]]:
    """The JSON of searches of `user`, with what is new in them."""
    searches = list(searches)
    context = {"new": new_hits(searches, user)}
    return [dict(SavedSearchSerializer(saved, context=context).data) for saved in searches]


class SavedSearchList(generics.GenericAPIView[SavedSearch]):
    """My saved searches, with how much is new in each."""

    serializer_class = SavedSearchSerializer
    ordering = "name"

    def get_queryset(self) -> QuerySet[SavedSearch]:
        rows = SavedSearch.objects.visible_to(self.request.user)
        case = self.request.query_params.get("case")
        return rows.filter(case=get_case(self.request.user, case)) if case else rows

    @extend_schema(operation_id="saved_searches_list", parameters=[CASE], responses=SavedSearchSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(shown(page, request.user))

    def post(self, request: Request) -> Response:
        """Keep a question. What it finds now is not new."""
        form = SavedSearchSerializer(data=request.data, context={"new": {}})
        form.is_valid(raise_exception=True)
        asked = dict(form.validated_data)
        case = asked.pop("case_id")
        found = get_case(request.user, case) if case else None
        try:
            saved = save(request.user, asked.pop("name"), asked.pop("question"), case=found, **asked)
        except QueryError as error:
            raise Problem(400, error.code, error.message) from None
        except TooMany:
            raise Problem(409, "too_many_saved", f"At most {MOST_SAVED} searches are kept. Delete one first.") from None
        return Response(shown([saved], request.user)[0], status=201)


class SavedSearchDetail(generics.GenericAPIView[SavedSearch]):
    """One saved search of mine."""

    serializer_class = SavedSearchSerializer

    def get(self, request: Request, saved: UUID) -> Response:
        return Response(shown([search_of(request.user, saved)], request.user)[0])

    @extend_schema(request=RenameSerializer)
    def patch(self, request: Request, saved: UUID) -> Response:
        """Rename it."""
        found = search_of(request.user, saved)
        form = RenameSerializer(found, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        form.save()
        return Response(shown([found], request.user)[0])

    def delete(self, request: Request, saved: UUID) -> Response:
        search_of(request.user, saved).delete()
        return Response(status=204)


class SavedSearchSeen(generics.GenericAPIView[SavedSearch]):
    """Having looked at it."""

    serializer_class = SavedSearchSerializer

    @extend_schema(operation_id="saved_search_seen", request=None)
    def post(self, request: Request, saved: UUID) -> Response:
        """Nothing that it finds now is new any more."""
        found = search_of(request.user, saved)
        mark_seen(found)
        return Response(shown([found], request.user)[0])
