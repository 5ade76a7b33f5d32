"""The web process: event streams go to their consumers, everything else to Django's views."""

import io
import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lexintel.settings")
views = get_asgi_application()

# After Django is set up: these import models.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import WebsocketDenier  # noqa: E402
from django.core.handlers.asgi import ASGIRequest  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.middleware.csrf import CsrfViewMiddleware  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from extraction.consumers import EventSocket, EventStream  # noqa: E402
from lexintel.alive import healthz  # noqa: E402


class SameOrigin:
    """Browsers must come from the site itself or a CSRF_TRUSTED_ORIGINS, as for forms: cookies say nothing of that.

    A bearer token needs no Origin: no browser adds one by itself.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        request = ASGIRequest({"method": "GET", **scope}, io.BytesIO())
        if "Origin" in request.headers:
            forms: Any = CsrfViewMiddleware(lambda request: HttpResponse())
            allowed = forms._origin_verified(request)
        else:
            allowed = request.headers.get("Authorization", "").lower().startswith("bearer ")
        return await (self.inner if allowed else WebsocketDenier())(scope, receive, send)


application = ProtocolTypeRouter(
    {
        "http": URLRouter(
            [
                path("api/v1/cases/<uuid:case_id>/events/", EventStream.as_asgi()),
                path("api/v1/events/", EventStream.as_asgi()),
                path("healthz", healthz),  # type: ignore[arg-type]
                re_path("", views),  # type: ignore[arg-type]
            ]
        ),
        "websocket": SameOrigin(
            URLRouter(
                [
                    path("ws/cases/<uuid:case_id>/events/", EventSocket.as_asgi()),
                    path("ws/events/", EventSocket.as_asgi()),
                    re_path("", WebsocketDenier.as_asgi()),
                ]
            )
        ),
    }
)
