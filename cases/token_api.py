"""The API of bearer tokens."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from cases import signing_in
from cases.models import ApiToken
from cases.serializers import IssuedTokenSerializer, NewTokenSerializer, TokenSerializer
from cases.tokens import issue
from lexintel.problems import Problem


class TokenList(generics.ListAPIView[ApiToken]):
    """My tokens, without their text."""

    serializer_class = TokenSerializer
    # For the description of the API only.
    queryset = ApiToken.objects.none()
    ordering = "-created_at"

    def get_authenticators(self) -> list[BaseAuthentication]:
        # Who asks for a token has none yet, and a browser's session must not count instead of the password.
        asked = getattr(self, "request", None)
        return [] if asked is not None and asked.method == "POST" else super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.request.method == "POST" else list(super().get_permissions())

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(user=self.request.user)  # type: ignore[misc]

    @extend_schema(request=NewTokenSerializer, responses={201: IssuedTokenSerializer}, auth=[])
    def post(self, request: Request) -> Response:
        """Get a token for a name and password. Five attempts a minute; the token is shown this once."""
        form = NewTokenSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        _count(given["username"], request)
        user = authenticate(request, username=given["username"], password=given["password"])
        if user is None:
            # One answer for an unknown name, a wrong password and an inactive account.
            headers = {"WWW-Authenticate": 'Bearer realm="lexintel"'}
            raise Problem(401, "invalid_credentials", "Name or password is wrong.", headers=headers)
        token, plaintext = issue(user, given["name"], given.get("days"))
        body = TokenSerializer(token).data | {"token": plaintext}
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


class TokenDetail(generics.RetrieveDestroyAPIView[ApiToken]):
    """One of my tokens; deleting it revokes it at once."""

    serializer_class = TokenSerializer
    lookup_url_kwarg = "token"

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(user=self.request.user)  # type: ignore[misc]


def _count(username: str, request: Request) -> None:
    try:
        signing_in.count_attempt(username, signing_in.address_of(request._request))
    except signing_in.TooManyAttempts as error:
        headers = {"Retry-After": str(error.wait_s)}
        raise Problem(429, "throttled", f"Too many attempts. Wait {error.wait_s} seconds.", headers=headers) from None
    except signing_in.CannotCount:
        detail = "Signing in is not possible at the moment. Try again in a minute."
        raise Problem(503, "broker_unavailable", detail, headers={"Retry-After": "30"}) from None
