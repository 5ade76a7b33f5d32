"""The limit on attempts to sign in: five a minute for one name from one address, however they end.

Fail-closed: while Redis does not answer, nobody can guess passwords.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from lexintel import bus

ATTEMPTS = 5
WINDOW_S = 60
# Counts and sets the end of the window in one step: a crash between two would lock a name out for ever.
_COUNT = """
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {n, redis.call('TTL', KEYS[1])}
"""


class TooManyAttempts(Exception):
    """The limit is reached; `wait_s` seconds until the next attempt counts."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


class CannotCount(Exception):
    """Redis does not answer, so no attempt is allowed."""


def count_attempt(username: str, address: str) -> None:
    """Count an attempt, known name or not. Raises TooManyAttempts or CannotCount.

    `username` as typed; `address` the peer's IP address.
    """
    # Redis learns neither the name nor the address.
    who = hashlib.sha256(f"{username.strip().lower()}\0{address}".encode(errors="replace")).hexdigest()
    try:
        count, ttl = bus.client().eval(_COUNT, 1, bus.key("sign-in", who), WINDOW_S)  # type: ignore[misc]
    except bus.AWAY as error:
        raise CannotCount from error
    if count > ATTEMPTS:
        raise TooManyAttempts(max(1, int(ttl)))


def address_of(request: HttpRequest) -> str:
    """The peer's address as the server saw it; headers that anybody can send do not count."""
    return str(request.META.get("REMOTE_ADDR", ""))


class ThrottledAuthenticationForm(AuthenticationForm):
    """The login page's form, behind the limit."""

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username")
        if username and self.request is not None:
            try:
                count_attempt(username, address_of(self.request))
            except TooManyAttempts as error:
                message = f"Too many attempts. Try again in {error.wait_s} seconds."
                raise ValidationError(message, code="throttled") from None
            except CannotCount:
                message = "Signing in is not possible at the moment. Try again in a minute."
                raise ValidationError(message, code="broker_unavailable") from None
        return super().clean()
