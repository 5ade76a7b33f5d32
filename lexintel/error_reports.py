"""Bugs of ours, told to a Sentry that the administrator names; off unless SENTRY_DSN is set.

What is told is made of the log line and nothing else: the exception's type, the places it came through, ids. Its
message, variables, requests, queries and people never enter it, so there is nothing to scrub afterwards.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Mapping, MutableMapping
from typing import Any

from django.conf import settings

# Everything that may be told, by its key in the log line.
TAGS = ("request_id", "case", "document", "job", "stage", "error", "exception_number", "exception_cause")


def tell(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of the logs, behind the one that takes exceptions apart: passes every line on as it is."""
    if method in ("error", "critical", "exception") and "exception" in event and settings.SENTRY_DSN:
        # Whatever is wrong with it, it must not keep the line from being written.
        with contextlib.suppress(Exception):
            # Each process tells by itself: a thread that sends does not survive a fork.
            _client(settings.SENTRY_DSN, os.getpid()).capture_event(described(event))
    return event


def described(event: Mapping[str, Any]) -> dict[str, Any]:
    """Sentry's form of a log line with an exception."""
    module, _, name = str(event["exception"]).rpartition(".")
    frames = [_frame(place) for place in event.get("exception_at", ())]
    error = {"type": name, "module": module or "builtins", "stacktrace": {"frames": frames}}
    return {
        "level": "error",
        "platform": "python",
        "logger": str(event.get("logger", "")),
        "exception": {"values": [error]},
        "tags": {key: str(event[key]) for key in TAGS if key in event},
    }


def _frame(place: str) -> dict[str, Any]:
    """Of `module:line function`."""
    module, _, rest = place.partition(":")
    line, _, function = rest.partition(" ")
    ours = module.split(".")[0] in ("lexintel", "cases", "documents", "extraction", "search")
    return {"module": module, "lineno": int(line), "function": function, "in_app": ours}


@functools.lru_cache(maxsize=1)
def _client(dsn: str, process: int) -> Any:
    # Only where it is chosen. A client of its own: nothing is hooked into, nothing collected by the way.
    from sentry_sdk import Client

    return Client(
        dsn=dsn,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        send_client_reports=False,
        auto_session_tracking=False,
        server_name="",
        environment="production",
        shutdown_timeout=1,
    )
