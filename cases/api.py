"""The API of cases, their members and their parties."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cases import members
from cases.access import at_least, get_case, role_in
from cases.models import Case, Membership, Party, Role
from cases.permission import RoleRequired, require_case
from cases.serializers import (
    CaseSerializer,
    MemberSerializer,
    NewMemberSerializer,
    PartySerializer,
    RoleSerializer,
    shown,
)
from documents.removal import remove_case
from lexintel.problems import Problem

LAST_MANAGER = "The case would be left without a manager. Make somebody else manager first."


@contextmanager
def _reference_free() -> Iterator[None]:
    """Somebody may have taken the reference after it was checked."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise ValidationError({"reference": ["Another case has this reference."]}, code="unique") from None


class CaseList(generics.GenericAPIView[Case]):
    """The cases I am a member of."""

    serializer_class = CaseSerializer
    ordering = "-created_at"

    def get_queryset(self) -> QuerySet[Case]:
        return Case.objects.visible_to(self.request.user)

    @extend_schema(operation_id="cases_list", responses=CaseSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(shown(page, request.user))

    def post(self, request: Request) -> Response:
        """Open a case. Its creator becomes its manager."""
        form = CaseSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        with _reference_free():
            case = members.create_case(request.user, **form.validated_data)
        return Response(shown([case], request.user)[0], status=201)


class CaseDetail(generics.GenericAPIView[Case]):
    """One case."""

    serializer_class = CaseSerializer

    def get(self, request: Request, case: UUID) -> Response:
        return self._show(get_case(request.user, case))

    def patch(self, request: Request, case: UUID) -> Response:
        """Change it; for managers."""
        found = require_case(request.user, case, Role.MANAGER)
        form = CaseSerializer(found, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        with _reference_free():
            changed = form.save()
        return self._show(changed)

    def delete(self, request: Request, case: UUID) -> Response:
        """Delete it with every document in it; for managers."""
        remove_case(require_case(request.user, case, Role.MANAGER))
        return Response(status=204)

    def _show(self, case: Case) -> Response:
        found = shown([case], self.request.user)
        if not found:
            raise Http404
        return Response(found[0])


class MemberList(generics.GenericAPIView[Membership]):
    """The members of a case."""

    serializer_class = MemberSerializer
    # For the description of the API only.
    queryset = Membership.objects.none()
    ordering = "created_at"

    def get_queryset(self) -> QuerySet[Membership]:
        case = get_case(self.request.user, self.kwargs["case"])
        return Membership.objects.filter(case=case).select_related("user")

    @extend_schema(operation_id="cases_members_list", responses=MemberSerializer(many=True))
    def get(self, request: Request, case: UUID) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(MemberSerializer(page, many=True).data)

    @extend_schema(request=NewMemberSerializer, responses={201: MemberSerializer})
    def post(self, request: Request, case: UUID) -> Response:
        """Add somebody; for managers."""
        found = require_case(request.user, case, Role.MANAGER)
        form = NewMemberSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            membership = members.add(found, **form.validated_data)
        except members.AlreadyMember:
            raise Problem(409, "already_member", "They are a member already. Change their role instead.") from None
        return Response(MemberSerializer(membership).data, status=201)


class MemberDetail(generics.GenericAPIView[Membership]):
    """One member; `user` is the name they sign in with."""

    serializer_class = MemberSerializer

    def get(self, request: Request, case: UUID, user: str) -> Response:
        return Response(MemberSerializer(self._member(get_case(request.user, case), user)).data)

    @extend_schema(request=RoleSerializer)
    def patch(self, request: Request, case: UUID, user: str) -> Response:
        """Change their role; for managers. 409 for the last manager."""
        member = self._member(require_case(request.user, case, Role.MANAGER), user)
        form = RoleSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            return Response(MemberSerializer(members.change(member, form.validated_data["role"])).data)
        except members.LastManager:
            raise Problem(409, "last_manager", LAST_MANAGER) from None

    def delete(self, request: Request, case: UUID, user: str) -> Response:
        """Remove them; for managers, and for oneself. 409 for the last manager."""
        found = get_case(request.user, case)
        if user != request.user.get_username() and not at_least(role_in(request.user, found), Role.MANAGER):
            raise RoleRequired(Role.MANAGER)
        try:
            members.remove(self._member(found, user))
        except members.LastManager:
            raise Problem(409, "last_manager", LAST_MANAGER) from None
        return Response(status=204)

    def _member(self, case: Case, username: str) -> Membership:
        # PostgreSQL takes no NUL, which an address may hold.
        name = username.replace("\0", "\ufffd")
        found = Membership.objects.filter(case=case, user__username=name).select_related("user").first()
        if found is None:
            raise Http404
        return found


class PartyList(generics.ListCreateAPIView[Party]):
    """The parties of a case; managers may add."""

    serializer_class = PartySerializer
    # For the description of the API only.
    queryset = Party.objects.none()
    ordering = "name"

    def get_queryset(self) -> QuerySet[Party]:
        return Party.objects.filter(case=get_case(self.request.user, self.kwargs["case"]))

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.case = require_case(request.user, kwargs["case"], Role.MANAGER)
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer: Any) -> None:
        serializer.save(case=self.case)


class PartyDetail(generics.RetrieveUpdateDestroyAPIView[Party]):
    """One party of a case; managers may change and delete."""

    serializer_class = PartySerializer
    lookup_url_kwarg = "party"
    http_method_names = ["get", "head", "options", "patch", "delete"]

    def get_queryset(self) -> QuerySet[Party]:
        role = Role.VIEWER if self.request.method in ("GET", "HEAD", "OPTIONS") else Role.MANAGER
        return Party.objects.filter(case=require_case(self.request.user, self.kwargs["case"], role))
