"""Fixtures of the whole suite: real PostgreSQL and Redis of its own, and the cast.

Alice manages the case, Bob may view it, Charlie is a member of nothing and must see nothing.
"""

import atexit
import faulthandler
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

# How long a test's statement waits for a lock that somebody in the same process holds, and how long the end may take.
LOCK_TIMEOUT_S, END_S = 60, 120

# Of a run that does not even begin.
_exit_code = 1


def _leave() -> None:
    """What native libraries do in their exit handlers, among them to wait for threads, is nothing to wait for."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(_exit_code)


# First in, last out: when all that is registered from here on is done.
atexit.register(_leave)

# Before Django reads its settings: services of our own, unless the environment names others.
_home = Path(os.environ.get("LEXINTEL_TEST_HOME") or tempfile.mkdtemp(prefix="lexintel-test-"))
os.environ["LEXINTEL_DATA_DIR"] = str(_home)
os.environ.setdefault("LEXINTEL_REDIS_PREFIX", f"test-{uuid.uuid4().hex[:8]}")
os.environ["LOG_FORMAT"] = "json"
os.environ["DJANGO_SETTINGS_MODULE"] = "lexintel.settings"
# Where collected static files would lie; the tests need none, but the middleware looks.
(_home / "static").mkdir(parents=True, exist_ok=True)
if not os.environ.get("DATABASE_URL") or not os.environ.get("REDIS_URL"):
    from lexintel.embedded.services import Services

    _services = Services(_home)
    _urls = _services.start()
    os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = _urls.database_url, _urls.redis_url
    # Last in, first out: the folder goes when nothing uses it any more.
    atexit.register(shutil.rmtree, _home, ignore_errors=True)
    atexit.register(_services.stop)

import django  # noqa: E402
import pytest  # noqa: E402
from django.conf import settings  # noqa: E402

_options = settings.DATABASES["default"]["OPTIONS"]
_options["options"] = f"{_options.get('options', '')} -c lock_timeout={LOCK_TIMEOUT_S}s".strip()

# The cast's module, loaded next as a plugin, imports models.
django.setup()
pytest_plugins = ["lexintel.tests.cast"]
if os.environ.get("LEXINTEL_TEST_COVERAGE"):
    pytest_plugins.append("extraction.tests.measured_children")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """One database name per run is enough: the services are the run's own."""


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Remember how it went, once everybody has had their say."""
    global _exit_code
    yield
    _exit_code = int(session.exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Threads, services and all have so long to end; then every thread's stack says what did not."""
    faulthandler.dump_traceback_later(END_S, exit=True, file=2)
