"""manage.py web: daphne on the address that a reverse proxy, or the browser on this machine, connects to."""

import logging
import os
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Serve the workspace, the API and the event streams."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=settings.LEXINTEL_WEB_PORT)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        # Imported here: daphne installs Twisted's reactor, which no other command wants.
        from daphne.endpoints import build_endpoint_description_strings

        from extraction import leftovers
        from extraction.live_stream import say_goodbye
        from lexintel.asgi import application
        from lexintel.web_server import WebServer

        # Request bodies are spooled to where uploads go anyway, not to a /tmp that may be small.
        Path(settings.FILE_UPLOAD_TEMP_DIR).mkdir(parents=True, exist_ok=True)
        tempfile.tempdir = settings.FILE_UPLOAD_TEMP_DIR
        server = WebServer(
            application,
            endpoints=build_endpoint_description_strings(host=host, port=port),
            goodbye=lambda: say_goodbye("shutdown"),
            # The largest file, and what a form adds to it.
            max_body_bytes=(settings.LEXINTEL_MAX_UPLOAD_MB + 16) << 20,
            # None: event streams and downloads last as long as they last.
            http_timeout=None,
            websocket_timeout=-1,
            websocket_max_message_size=64 * 1024,
            websocket_max_frame_size=64 * 1024,
            server_name="",
            verbosity=0,
        )
        leftovers.watch()
        server.run()
        logging.shutdown()
        sys.stdout.flush()
        # Threads of views that hang must not keep the process from ending.
        os._exit(1 if server.failed else 0)
