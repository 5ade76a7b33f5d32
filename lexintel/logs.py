"""Logs: one line per event, as JSON or for a person, of ours and of the libraries.

They are read by people who may see no case at all, so they hold ids, counts, codes and durations; never a body,
a query, a name, a document's text or a token. Of an exception they hold its type and where it was raised, because
messages quote data (a database error quotes the row).
"""

from __future__ import annotations

import contextlib
import logging
import logging.config
import re
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import LazyObject, empty

from lexintel import error_reports, request_times, tracing

Event = MutableMapping[str, Any]

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SECRET_KEYS = frozenset({"password", "token", "authorization", "cookie", "secret", "api_key", "csrftoken"})
MAX_VALUE_CHARS = 1_000
MAX_FRAMES = 30
# What these say below a warning is noise, or (urls with queries, what a font is called) not for logs.
LIBRARY_LEVELS = {
    "asyncio": "WARNING",
    "daphne": "WARNING",
    "django": "WARNING",
    "django.channels": "WARNING",
    # Its one line per answer of 400 and above is what RequestLogMiddleware says too; its tracebacks are wanted.
    "django.request": "ERROR",
    "django.security": "ERROR",
    "django.server": "ERROR",
    "dramatiq": "WARNING",
    "fontTools": "ERROR",
    "httpcore": "WARNING",
    "httpx": "WARNING",
    "opentelemetry": "ERROR",
    "pdfminer": "ERROR",
    "pdfplumber": "ERROR",
    "PIL": "WARNING",
    "psycopg": "WARNING",
    "sentry_sdk": "ERROR",
    "urllib3": "WARNING",
}
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_ID = re.compile(r"\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

log = structlog.get_logger("lexintel.request")


def configure(options: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: `options` is `{"format": "console" | "json"}`; everything goes to standard error."""
    json_lines = options.get("format") == "json"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        exception_without_message,
        without_address,
        without_secrets,
        on_one_line,
        error_reports.tell,
    ]
    renderers: list[Any] = (
        [structlog.processors.JSONRenderer()]
        if json_lines
        else [exception_in_line, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)]
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "lines": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": [structlog.stdlib.ExtraAdder(allow=[]), *shared],
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
            "root": {"handlers": ["stderr"], "level": "INFO"},
            "loggers": {name: {"level": level} for name, level in LIBRARY_LEVELS.items()}
            # Django gives this one a handler of its own.
            | {"django.server": {"level": "ERROR", "handlers": [], "propagate": True}}
            | {"django": {"level": "WARNING", "handlers": [], "propagate": True}},
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def exception_without_message(logger: Any, method: str, event: Event) -> Event:
    """Replace `exc_info` by the exception's type, its SQLSTATE or errno, and the places it came through."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = _type_of(error)
        if number := getattr(error, "errno", None) or getattr(error.__cause__, "sqlstate", None):
            event["exception_number"] = str(number)
        if error.__cause__ is not None:
            event["exception_cause"] = _type_of(error.__cause__)
        event["exception_at"] = list(_places(error))[-MAX_FRAMES:]
    return event


def exception_in_line(logger: Any, method: str, event: Event) -> Event:
    """For people: what is called `exception` would be written on a line of its own."""
    if "exception" in event:
        event["raised"] = event.pop("exception")
    return event


def _type_of(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def _places(error: BaseException) -> Iterator[str]:
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        module = trace.tb_frame.f_globals.get("__name__", "?")
        yield f"{module}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next


def without_address(logger: Any, method: str, event: Event) -> Event:
    """Cut the address from Django's line of a failed request; that of RequestLogMiddleware tells where it was."""
    if event.get("logger") == "django.request":
        event["event"] = str(event.get("event", "")).partition(":")[0]
    return event


def without_secrets(logger: Any, method: str, event: Event) -> Event:
    """The last net: a value under a key that names a secret is not written."""
    for key in event:
        if key.lower() in SECRET_KEYS:
            event[key] = "…"
    return event


def on_one_line(logger: Any, method: str, event: Event) -> Event:
    """Escape control characters and line separators in every string, and cut what is too long."""
    for key, value in event.items():
        event[key] = _plain(value)
    return event


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        # Lone surrogates cannot be written out; they become their escapes too.
        safe = value[:MAX_VALUE_CHARS].encode("utf-8", "backslashreplace").decode()
        return _CONTROL.sub(lambda m: f"\\x{ord(m[0]):02x}" if ord(m[0]) < 256 else f"\\u{ord(m[0]):04x}", safe)
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return value if isinstance(value, dict) else _plain(str(value))


class RequestLogMiddleware:
    """One line per request: id, user id, method, path with ids and without its query, status, milliseconds.

    A well-formed X-Request-ID that comes in is kept, so that a proxy's log and ours tell the same story; the
    answer carries it. For a streamed answer the time is that until its start.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._acall(request)
        with _request_id(request), _Timing(request) as timing:
            timing.response = self.get_response(request)
        return timing.response

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        with _request_id(request), _Timing(request) as timing:
            timing.response = await self.get_response(request)
        return timing.response


@contextlib.contextmanager
def _request_id(request: HttpRequest) -> Iterator[None]:
    given = request.headers.get("X-Request-ID", "")
    request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    request.request_id = request_id  # type: ignore[attr-defined]
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        yield


class _Timing:
    response: Any = None

    def __init__(self, request: HttpRequest) -> None:
        self.request, self.started = request, time.perf_counter()

    def __enter__(self) -> _Timing:
        return self

    def __exit__(self, *error: Any) -> None:
        response, request = self.response, self.request
        if response is not None:
            response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        status = response.status_code if response is not None else 499
        seconds = time.perf_counter() - self.started
        match = request.resolver_match
        route, method = match.route if match else "", request_times.known(request.method)
        request_times.observe(route, method, status, seconds)
        write = log.debug if request.path in ("/healthz", "/readyz", "/metrics") else log.info
        write(
            "request",
            user=_user_id(request),
            method=request.method,
            path=_path(request, status),
            status=status,
            ms=round(seconds * 1000, 1),
        )
        if write == log.info:
            tracing.told(
                f"{method} {route or '(unknown)'}",
                seconds,
                request.request_id,  # type: ignore[attr-defined]
                failed=status >= 500,
                http__route=route,
                http__request__method=method,
                http__response__status_code=status,
            )


def _path(request: HttpRequest, status: int) -> str:
    """Where the request went, with ids; what else stands in an address (a user's name, anything at all) is left out."""
    match = request.resolver_match
    if match is not None:
        return "/" + _PARAMETER.sub(lambda m: _shown(match.kwargs.get(m[1])), match.route)
    served = status < 400 and request.path.startswith(settings.STATIC_URL)
    return request.path if served else "(unknown)"


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, uuid.UUID | int) or _ID.fullmatch(str(value)) else "…"


def _user_id(request: HttpRequest) -> Any:
    """Who is signed in, if the request found out already: a log line must not cost a query."""
    user = getattr(request, "user", None)
    if isinstance(user, LazyObject) and user._wrapped is empty:  # type: ignore[attr-defined]
        return None
    return getattr(user, "pk", None)
