"""Errors as people and programs get them: problem JSON (RFC 9457) under /api/, a page elsewhere.

    {"type": "about:blank", "title": "Not Found", "status": 404, "code": "not_found", "detail": "Not found."}

`code` is stable, `detail` is a sentence for a person, `errors` (validation only) tells what is wrong by field.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.client import responses as PHRASES
from typing import Any

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template import TemplateDoesNotExist, loader
from psycopg_pool import PoolTimeout
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication as RestSessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from lexintel.disk import DISK_FULL, FULL_DETAIL

CONTENT_TYPE = "application/problem+json"
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)
RETRY_AFTER_S = 5
AWAY_DETAIL = "The database does not answer. Nothing was lost; try again in a few seconds."

log = structlog.get_logger("lexintel.problems")


class Problem(exceptions.APIException):
    """An error with its own status, code and sentence, and further members of the answer."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        self.status_code = status
        self.headers, self.members = dict(headers or {}), members
        super().__init__(detail, code)


class SessionAuthentication(RestSessionAuthentication):
    """The session cookie, with CSRF; who is not signed in gets 401, as with a token, instead of 403."""

    def authenticate_header(self, request: Request) -> str:
        return 'Session realm="lexintel"'

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied:
            raise Problem(403, "csrf_failed", "The CSRF token is missing or wrong. Reload the page.") from None


def body(status: int, code: str, detail: str, **members: Any) -> dict[str, Any]:
    """The members of a problem, in the order of RFC 9457."""
    # Protocols have numbers of their own, such as 460 of resumable uploads.
    title = PHRASES.get(status, "Error")
    return {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail} | members


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's EXCEPTION_HANDLER; None for what is no error of the caller's: that becomes a 500."""
    described = describe(error)
    if described is None:
        return None
    members, headers = described
    return Response(members, members["status"], headers=headers, content_type=CONTENT_TYPE)


def describe(error: BaseException) -> tuple[dict[str, Any], dict[str, str]] | None:
    """Problem and headers of an exception that means something to the caller, None of any other."""
    if isinstance(error, DATABASE_AWAY):
        log.warning("database_unavailable", error=type(error).__name__)
        return body(503, "database_unavailable", AWAY_DETAIL), {"Retry-After": str(RETRY_AFTER_S)}
    if isinstance(error, Http404):
        return body(404, "not_found", "Not found."), {}
    if isinstance(error, PermissionDenied):
        detail = str(error) or "You may not do this."
        return body(403, getattr(error, "code", "permission_denied"), detail), {}
    if isinstance(error, RequestDataTooBig):
        return body(413, "too_large", "The request is larger than allowed."), {}
    if isinstance(error, TooManyFilesSent | TooManyFieldsSent):
        return body(413, "too_many_parts", "Too many files or fields in one request; send them in several."), {}
    if isinstance(error, SuspiciousOperation | BadRequest):
        return body(400, "bad_request", "The request is not well formed."), {}
    if isinstance(error, exceptions.APIException):
        return _of_rest(error)
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        # The body was too large for the disk before any view could look at it.
        log.warning("disk_full", error=type(error).__name__)
        return body(507, "storage_full", FULL_DETAIL), {}
    return None


def _of_rest(error: exceptions.APIException) -> tuple[dict[str, Any], dict[str, str]]:
    headers: dict[str, str] = dict(getattr(error, "headers", {}))
    if auth := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    status = error.status_code
    if isinstance(error, exceptions.ValidationError):
        errors = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        return body(status, "invalid", "Some fields are missing or wrong.", errors=errors), headers
    code = error.get_codes()
    members = getattr(error, "members", {})
    return body(status, code if isinstance(code, str) else "error", str(error.detail), **members), headers


def _wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def answer(request: HttpRequest, status: int, code: str, detail: str, **headers: str) -> HttpResponse:
    """The problem as JSON under /api/, else the page `<status>.html` (or plain text while it has none)."""
    if _wants_json(request):
        members = {"request_id": getattr(request, "request_id", None)} if status == 500 else {}
        response: HttpResponse = JsonResponse(
            body(status, code, detail, **members), status=status, content_type=CONTENT_TYPE
        )
    else:
        context = {"status": status, "title": HTTPStatus(status).phrase, "detail": detail}
        context["request_id"] = getattr(request, "request_id", "")
        try:
            # Without the request: what its context processors read (user, session) may be what is broken.
            page = loader.get_template(f"{status}.html").render(context)
            response = HttpResponse(page, status=status)
        except TemplateDoesNotExist:
            response = HttpResponse(f"{context['title']}. {detail}\n", status=status, content_type="text/plain")
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def _away(request: HttpRequest) -> HttpResponse:
    return answer(request, 503, "database_unavailable", AWAY_DETAIL, Retry_After=str(RETRY_AFTER_S))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400"""
    described = describe(exception)
    members = described[0] if described else body(400, "bad_request", "The request is not well formed.")
    return answer(request, members["status"], members["code"], members["detail"])


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403"""
    code = getattr(exception, "code", "permission_denied")
    return answer(request, 403, code, str(exception) or "You may not do this.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW"""
    return answer(request, 403, "csrf_failed", "The form is too old. Go back, reload the page and send it again.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404"""
    return answer(request, 404, "not_found", "Not found.")


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500; a database that went away between two middlewares ends here too."""
    if isinstance(sys.exc_info()[1], DATABASE_AWAY):
        return _away(request)
    return answer(request, 500, "internal_error", "Something went wrong on our side. It has been logged.")


class DatabaseAwayMiddleware:
    """A view that meets an unreachable database answers 503 with Retry-After instead of 500."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)  # type: ignore[no-any-return]

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DATABASE_AWAY):
            return None
        log.warning("database_unavailable", error=type(exception).__name__)
        return _away(request)
