"""Bearer tokens: made once, shown once, kept as a digest."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from cases.models import ApiToken

PREFIX = "lx_"
TOKEN_BYTES = 32
# The prefix and 43 characters of URL-safe base64; more is not looked at.
MAX_CHARS = 64
USE_NOTED_EVERY = timedelta(minutes=1)


def issue(user: Any, name: str, days: int | None = None) -> tuple[ApiToken, str]:
    """A new token of 256 random bits: its row, and its text, which nobody can see again. `days` it is good for."""
    plaintext = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = None if days is None else timezone.now() + timedelta(days=days)
    token = ApiToken.objects.create(user=user, name=name, digest=_digest(plaintext), expires_at=expires_at)
    return token, plaintext


def user_for_token(plaintext: str) -> Any | None:
    """Whose token it is; None if it is unknown or expired, or its user is inactive."""
    if not plaintext.startswith(PREFIX) or len(plaintext) > MAX_CHARS:
        return None
    alive = Q(expires_at=None) | Q(expires_at__gt=Now())
    token = (
        ApiToken.objects.select_related("user").filter(alive, digest=_digest(plaintext), user__is_active=True).first()
    )
    if token is None:
        return None
    stale = Q(last_used_at=None) | Q(last_used_at__lt=Now() - USE_NOTED_EVERY)
    if token.last_used_at is None or timezone.now() - token.last_used_at > USE_NOTED_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=Now())
    return token.user


def _digest(plaintext: str) -> bytes:
    # 256 random bits need no salt and no slow hash.
    return hashlib.sha256(plaintext.encode(errors="replace")).digest()


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer lx_…`. A header that is there but wrong is refused, whatever cookie comes with it."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        scheme, _, value = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        user = user_for_token(value.strip())
        if user is None:
            raise AuthenticationFailed("The token is unknown, expired or revoked.", code="invalid_token")
        return user, None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="lexintel"'
