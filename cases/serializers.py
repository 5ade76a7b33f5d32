"""How cases, members, parties and tokens look in the API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cases.models import ApiToken, Case, Membership, Party, Role
from documents.counts import case_counts
from documents.models import Status
from extraction.waiting import until_done


class CountsSerializer(serializers.Serializer[Any]):
    """Documents by status, pages, and pages that could not be read."""

    documents = serializers.IntegerField()
    pages = serializers.IntegerField()
    queued = serializers.IntegerField()
    processing = serializers.IntegerField()
    ready = serializers.IntegerField()
    partial = serializers.IntegerField()  # type: ignore[assignment]
    failed = serializers.IntegerField()
    pages_unreadable = serializers.IntegerField()


class CaseSerializer(serializers.ModelSerializer[Case]):
    """A case as one of its members sees it; make it with `shown`, which looks up all roles and counts at once."""

    role = serializers.SerializerMethodField()
    counts = serializers.SerializerMethodField()
    eta_range_s = serializers.SerializerMethodField()

    class Meta:
        model = Case
        fields = [
            *("id", "name", "reference", "court", "status", "description", "role", "counts", "eta_range_s"),
            "created_at",
        ]

    @extend_schema_field(serializers.ChoiceField(choices=Role.choices))
    def get_role(self, case: Case) -> str:
        return str(self.context["roles"][case.pk])

    @extend_schema_field(CountsSerializer)
    def get_counts(self, case: Case) -> dict[str, int]:
        return dict(self.context["counts"][case.pk])

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField(), allow_null=True))
    def get_eta_range_s(self, case: Case) -> list[int] | None:
        """Between how many and how many seconds until nothing is left to read or index, four times of five."""
        eta = self.context["etas"].get(case.pk)
        return [eta.low, eta.high] if eta else None


def shown(cases: Iterable[Case], user: Any) -> list[dict[str, Any]]:
    """The JSON of cases that `user` is a member of, in at most seven queries however many they are."""
    cases = list(cases)
    ids = [case.pk for case in cases]
    roles = dict(Membership.objects.filter(user=user, case__in=ids).values_list("case_id", "role"))
    # Whoever was removed between the two queries sees it no more.
    cases = [case for case in cases if case.pk in roles]
    counts = case_counts(roles)
    busy = [id for id, count in counts.items() if count[Status.QUEUED] or count[Status.PROCESSING]]
    context = {"roles": roles, "counts": counts, "etas": until_done(busy) if busy else {}}
    return [dict(CaseSerializer(case, context=context).data) for case in cases]


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """A member; `user` is the name they sign in with, and stands in the member's URL."""

    user = serializers.CharField(source="user.username", read_only=True)
    full_name = serializers.CharField(source="user.get_full_name", read_only=True)

    class Meta:
        model = Membership
        fields = ["user", "full_name", "role", "created_at"]


class NewMemberSerializer(serializers.Serializer[Any]):
    """Whom to add. `username` may stand for `user`."""

    user = serializers.CharField(max_length=150, required=False, help_text="The name they sign in with.")
    username = serializers.CharField(max_length=150, required=False, help_text="Another name of `user`.")
    role = serializers.ChoiceField(choices=Role.choices, default=Role.VIEWER)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        name = attrs.get("user") or attrs.get("username")
        if not name:
            raise serializers.ValidationError({"user": ["This field is required."]}, code="required")
        person = get_user_model().objects.filter(username=name, is_active=True).first()
        if person is None:
            raise serializers.ValidationError({"user": ["Nobody signs in with this name."]}, code="unknown_user")
        return {"user": person, "role": attrs["role"]}


class RoleSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)


class PartySerializer(serializers.ModelSerializer[Party]):
    class Meta:
        model = Party
        fields = ["id", "name", "role", "counsel"]


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    class Meta:
        model = ApiToken
        fields = ["id", "name", "created_at", "last_used_at", "expires_at"]


class IssuedTokenSerializer(TokenSerializer):
    token = serializers.CharField(help_text="Shown this once.")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]


class NewTokenSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1000, trim_whitespace=False, style={"input_type": "password"})
    name = serializers.CharField(max_length=100, default="API", help_text="What it is for.")
    days = serializers.IntegerField(min_value=1, max_value=3650, required=False, help_text="Default: no expiry.")
