"""Who may listen: asked when a stream opens, when something about a person changes, and every few seconds."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user, get_user_model
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated

from cases import access
from cases.models import ApiToken, Membership
from cases.tokens import user_for_token

_CHALLENGE = 'Bearer realm="lexintel"'


@dataclass(frozen=True)
class Visitor:
    """A person and what signed them in; holds nothing that could sign in somebody else."""

    user_id: int
    session_key: str = ""
    session_hash: str = ""
    token_digest: bytes = b""


def admit(request: HttpRequest, case_id: uuid.UUID | None) -> tuple[Visitor, frozenset[uuid.UUID]]:
    """The visitor and the cases to listen to: the named one, or all of theirs.

    Raises NotAuthenticated, AuthenticationFailed, Http404 (not a member), DisallowedHost.
    """
    request.get_host()
    user, visitor = _signed_in(request)
    if case_id is None:
        return visitor, frozenset(access.case_ids(user))
    return visitor, frozenset([access.get_case(user, case_id).pk])


def _signed_in(request: HttpRequest) -> tuple[Any, Visitor]:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        user = user_for_token(token.strip())
        if user is None:
            raise _challenging(AuthenticationFailed("The token is unknown, expired or revoked.", "invalid_token"))
        return user, Visitor(user.pk, token_digest=hashlib.sha256(token.strip().encode()).digest())
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    user = get_user(request)
    if not user.is_authenticated or not user.is_active:
        raise _challenging(NotAuthenticated())
    key = request.session.session_key or ""
    return user, Visitor(user.pk, session_key=key, session_hash=user.get_session_auth_hash())


def _challenging(error: APIException) -> APIException:
    error.auth_header = _CHALLENGE  # type: ignore[attr-defined]
    return error


def cases_open_to(visitors: Iterable[Visitor]) -> dict[Visitor, frozenset[uuid.UUID]]:
    """The cases each visitor may listen to now; who is no longer signed in is left out. Five queries for all."""
    asked = set(visitors)
    active = get_user_model().objects.filter(is_active=True)
    # Thousands of streams are asked about every few seconds: only what a session needs is made into an object.
    users = {u.pk: u for u in active.filter(pk__in={v.user_id for v in asked if v.session_key})}
    known = set(active.filter(pk__in={v.user_id for v in asked}).values_list("pk", flat=True))
    sessions = Session.objects.filter(session_key__in={v.session_key for v in asked}, expire_date__gt=Now())
    alive_sessions = set(sessions.values_list("session_key", flat=True))
    unexpired = Q(expires_at=None) | Q(expires_at__gt=Now())
    tokens = ApiToken.objects.filter(unexpired, digest__in={v.token_digest for v in asked})
    alive_tokens = {(user_id, bytes(digest)) for user_id, digest in tokens.values_list("user_id", "digest")}
    cases: dict[int, set[uuid.UUID]] = {pk: set() for pk in known}
    for user_id, case_id in Membership.objects.filter(user_id__in=known).values_list("user_id", "case_id"):
        cases[user_id].add(case_id)

    def signed_in(visitor: Visitor) -> bool:
        if visitor.user_id not in known:
            return False
        if visitor.token_digest:
            return (visitor.user_id, visitor.token_digest) in alive_tokens
        user = users.get(visitor.user_id)
        if user is None:
            return False
        # A new password ends the sessions that were signed in with the old one.
        return visitor.session_key in alive_sessions and visitor.session_hash == user.get_session_auth_hash()

    return {v: frozenset(cases[v.user_id]) for v in asked if signed_in(v)}
