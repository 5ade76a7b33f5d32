"""A scratch installation beside the real one: its own database, files and Redis keys, all removed afterwards.

It lies on the configured servers if they answer, so that they are what is measured; where nothing runs yet it
starts servers of its own. A server that was named but does not answer is an error, not a reason to measure another.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import dramatiq
import environ
import psycopg
import redis
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, connections
from django.test.utils import override_settings

from lexintel import bus
from lexintel.broker import make_broker
from lexintel.embedded.errors import ServiceError
from lexintel.embedded.services import Services, Urls, urls

DATABASE = "lexintel_bench"
_PATIENCE_S = 3


@dataclass(frozen=True)
class Scratch:
    """`environment`: what a process of ours needs to work on the same installation."""

    environment: dict[str, str]


@contextmanager
def scratch_installation() -> Iterator[Scratch]:
    """Inside, the default database, the storage, the queues and the event streams are empty ones.

    Raises CommandError if a server that is named by DATABASE_URL or REDIS_URL does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="lexintel-bench-", dir=_roomy()) as folder, _servers() as servers:
        prefix, storage = f"{settings.REDIS_PREFIX}-bench", f"file://{folder}/files"
        overridden = override_settings(STORAGE_URL=storage, REDIS_URL=servers.redis_url, REDIS_PREFIX=prefix)
        with overridden, _queues(), _database(servers.database_url) as database_url:
            yield Scratch(
                {
                    "DATABASE_URL": database_url,
                    "REDIS_URL": servers.redis_url,
                    "LEXINTEL_REDIS_PREFIX": prefix,
                    "LEXINTEL_DATA_DIR": folder,
                    "STORAGE_URL": storage,
                    "LOG_FORMAT": "json",
                }
            )


@contextmanager
def _servers() -> Iterator[Urls]:
    embedded = urls(settings.LEXINTEL_DATA_DIR)
    configured = Urls(os.environ.get("DATABASE_URL") or embedded.database_url, settings.REDIS_URL)
    missing = {
        "DATABASE_URL": not _database_answers(configured.database_url),
        "REDIS_URL": not _redis_answers(configured.redis_url),
    }
    for name, is_missing in missing.items():
        if is_missing and os.environ.get(name):
            raise CommandError(f"{name} names a server that does not answer.")
    if not any(missing.values()):
        yield configured
        return
    # In /tmp rather than among our files: sockets need short paths, and PostgreSQL's account a way in.
    with tempfile.TemporaryDirectory(prefix="lexintel-bench-") as folder:
        Path(folder).chmod(0o711)
        services = Services(Path(folder), postgres=missing["DATABASE_URL"], valkey=missing["REDIS_URL"])
        try:
            own = services.start()
            yield Urls(
                own.database_url if missing["DATABASE_URL"] else configured.database_url,
                own.redis_url if missing["REDIS_URL"] else configured.redis_url,
            )
        except ServiceError as error:
            raise CommandError(str(error)) from None
        finally:
            services.stop()


def _database_answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=_PATIENCE_S).close()
    except psycopg.OperationalError:
        return False
    return True


def _redis_answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_connect_timeout=_PATIENCE_S, socket_timeout=_PATIENCE_S)
    try:
        return bool(client.ping())
    except bus.AWAY:
        return False
    finally:
        client.close()


@contextmanager
def _queues() -> Iterator[None]:
    before = dramatiq.get_broker()
    dramatiq.set_broker(make_broker())
    try:
        yield
    finally:
        dramatiq.set_broker(before)
        for key in bus.client().scan_iter(f"{settings.REDIS_PREFIX}:*"):
            bus.client().delete(key)


@contextmanager
def _database(url: str) -> Iterator[str]:
    """A new database with our tables on the server of `url`; yields its own URL."""
    known = connection.settings_dict
    before = {name: known[name] for name in ("HOST", "PORT", "USER", "PASSWORD", "NAME", "OPTIONS", "TEST")}
    connections.close_all()
    _forget_pool()
    server = environ.Env().db_url_config(url)
    known.update({name: server[name] for name in ("HOST", "PORT", "USER", "PASSWORD", "NAME")})
    known["OPTIONS"] = server.get("OPTIONS", {}) | {"pool": before["OPTIONS"]["pool"]}
    known["TEST"] = before["TEST"] | {"NAME": DATABASE}
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield urlsplit(url)._replace(path=f"/{DATABASE}").geturl()
        finally:
            connections.close_all()
            _forget_pool()
            connection.creation.destroy_test_db(server["NAME"], verbosity=0)
    finally:
        connections.close_all()
        _forget_pool()
        known.update(before)


def _forget_pool() -> None:
    close = getattr(connection, "close_pool", None)
    if close:
        close()


def _roomy() -> str:
    """The disk of the real files, so that it is that disk which is measured."""
    settings.LEXINTEL_DATA_DIR.mkdir(parents=True, exist_ok=True)
    return str(settings.LEXINTEL_DATA_DIR)
