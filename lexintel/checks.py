"""A configuration that would break later is told at start, with an id and a hint.

Errors (E) keep LexIntel from starting; warnings (W) do not. `check --deploy` also asks Redis, `check --database
default` the database; what does not answer is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connections
from psycopg_pool import PoolTimeout

from lexintel import bus

# Django's own advice (security.W009), made binding: sessions and tokens' forms are signed with it.
SECRET_KEY_CHARS = 50
SECRET_KEY_DIFFERENT = 5
# The first release whose index scans go on until enough visible rows are found (hnsw.iterative_scan).
PGVECTOR = (0, 8)
STORAGE_SCHEMES = ("file", "s3")


def _values(app_configs: Any, **kwargs: Any) -> Iterator[CheckMessage]:
    storage = urlsplit(settings.STORAGE_URL)
    if storage.scheme not in STORAGE_SCHEMES or (storage.scheme == "file" and len(storage.path) < 2):
        hint = "Use file:///absolute/folder or s3://bucket?endpoint=https://…"
        yield Error("STORAGE_URL names no storage.", hint=hint, id="lexintel.E001")
    elif storage.scheme == "file" and storage.netloc not in ("", "localhost"):
        hint = "A folder takes three slashes: file:///absolute/folder"
        yield Error("STORAGE_URL names a host, but files lie on this machine.", hint=hint, id="lexintel.E001")
    elif storage.scheme == "s3" and not storage.netloc:
        yield Error("STORAGE_URL names no bucket.", hint="Use s3://bucket?endpoint=https://…", id="lexintel.E001")
    elif storage.scheme == "s3" and not (find_spec("storages") and find_spec("boto3")):
        hint = "Install it: pip install --no-deps --require-hashes -r requirements/prod.txt"
        yield Error(
            "STORAGE_URL names a bucket, and what speaks to buckets is not installed.", hint=hint, id="lexintel.E013"
        )
    for name, module in (("SENTRY_DSN", "sentry_sdk"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "opentelemetry")):
        if getattr(settings, name) and not find_spec(module):
            hint = "Install it: pip install --no-deps --require-hashes -r requirements/prod.txt"
            yield Error(f"{name} is set, and what tells it is not installed.", hint=hint, id="lexintel.E014")
    delays = settings.LEXINTEL_RETRY_DELAYS_S
    if not delays or any(d <= 0 for d in delays):
        hint = "Give seconds separated by commas, for example 60,120,240."
        yield Error("LEXINTEL_RETRY_DELAYS_S must be positive numbers.", hint=hint, id="lexintel.E002")
    elif list(delays) != sorted(delays):
        hint = "Something that is away comes back later rather than sooner: 60,120,240."
        yield Warning("LEXINTEL_RETRY_DELAYS_S does not rise.", hint=hint, id="lexintel.W002")
    if settings.LEXINTEL_LEASE_S < 15:
        hint = "A worker renews after a third of it; under 15 a short hang of the database costs it the job. Use 30."
        if settings.LEXINTEL_LEASE_S < 3:
            yield Error("LEXINTEL_LEASE_S is too short.", hint=hint, id="lexintel.E003")
        else:
            yield Warning("LEXINTEL_LEASE_S is too short.", hint=hint, id="lexintel.W003")
    if settings.LEXINTEL_OCR_ENGINE not in ("auto", "rapidocr", "tesseract", "none"):
        hint = "Use auto, rapidocr, tesseract or none."
        yield Error("LEXINTEL_OCR_ENGINE is unknown.", hint=hint, id="lexintel.E008")
    if settings.LEXINTEL_SANDBOX not in ("required", "best_effort"):
        hint = "Use required or best_effort."
        yield Error("LEXINTEL_SANDBOX is neither.", hint=hint, id="lexintel.E004")
    if not 0 < settings.LEXINTEL_SOFT_LIMIT_S < settings.LEXINTEL_HARD_LIMIT_S:
        hint = "At the soft limit reading ends in order, at the hard limit by force: 1500 and 1800."
        yield Error("LEXINTEL_SOFT_LIMIT_S must lie below LEXINTEL_HARD_LIMIT_S.", hint=hint, id="lexintel.E005")
    if settings.LEXINTEL_MAX_UPLOAD_MB <= 0 or settings.LEXINTEL_WORKER_PROCESSES <= 0:
        hint = "Both are at least 1."
        yield Error(
            "LEXINTEL_MAX_UPLOAD_MB or LEXINTEL_WORKER_PROCESSES is not positive.", hint=hint, id="lexintel.E006"
        )
    pool = settings.DATABASES["default"].get("OPTIONS", {}).get("pool") or {}
    if isinstance(pool, dict) and not 0 <= pool.get("min_size", 0) <= pool.get("max_size", 1) != 0:
        hint = "DATABASE_POOL_MAX is at least 1 and not below DATABASE_POOL_MIN."
        yield Error("The limits of the database pool contradict each other.", hint=hint, id="lexintel.E007")


def _embedding(app_configs: Any, **kwargs: Any) -> Iterator[CheckMessage]:
    backend, url = settings.EMBEDDING_BACKEND, urlsplit(settings.EMBEDDING_BASE_URL)
    if backend not in ("local", "openai"):
        yield Error("EMBEDDING_BACKEND is unknown.", hint="Use local or openai.", id="lexintel.E010")
    elif backend == "openai" and not (url.scheme in ("http", "https") and url.netloc):
        hint = "Set EMBEDDING_BASE_URL to the endpoint, for example http://127.0.0.1:8080/v1."
        yield Error("EMBEDDING_BACKEND=openai needs EMBEDDING_BASE_URL.", hint=hint, id="lexintel.E011")


def _reranker(app_configs: Any, **kwargs: Any) -> Iterator[CheckMessage]:
    url = urlsplit(settings.RERANK_BASE_URL)
    if settings.RERANK_BASE_URL and not (url.scheme in ("http", "https") and url.netloc):
        hint = "Set RERANK_BASE_URL to the endpoint, for example http://127.0.0.1:8081/v1, or unset it."
        yield Error("RERANK_BASE_URL is no address.", hint=hint, id="lexintel.E012")


def _secrets(app_configs: Any, **kwargs: Any) -> Iterator[CheckMessage]:
    key = settings.SECRET_KEY
    weak = len(key) < SECRET_KEY_CHARS or len(set(key)) < SECRET_KEY_DIFFERENT or key.startswith("django-insecure-")
    if weak and not settings.DEBUG:
        hint = (
            "Leave SECRET_KEY unset: a random one is made and kept in LEXINTEL_DATA_DIR. Or set 50 random characters."
        )
        yield Error("SECRET_KEY is short or a default.", hint=hint, id="lexintel.E020")


def _hosts(app_configs: Any, **kwargs: Any) -> Iterator[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS:
        hint = "Name the hosts people type into their browser, for example ALLOWED_HOSTS=lexintel.example.org."
        yield Error("ALLOWED_HOSTS allows every name.", hint=hint, id="lexintel.E021")
    if settings.DEBUG:
        hint = "Unset DEBUG: its error pages show code and settings."
        yield Error("DEBUG is on.", hint=hint, id="lexintel.E022")


def _redis(app_configs: Any, **kwargs: Any) -> Iterator[CheckMessage]:
    try:
        info: Any = bus.client().info()
    except (*bus.AWAY, ValueError):
        return
    if info.get("maxmemory_policy", "noeviction") != "noeviction":
        hint = "Set maxmemory-policy noeviction: what is dropped here are messages and events."
        yield Error("Redis may drop keys when its memory is full.", hint=hint, id="lexintel.E030")
    if not info.get("aof_enabled"):
        hint = "Set appendonly yes. Nothing is lost without it, but after a restart work waits to be found again."
        yield Warning("Redis keeps no append-only file.", hint=hint, id="lexintel.W031")


def _pgvector(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> Iterator[CheckMessage]:
    if "default" not in (databases or ()):
        return
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'")
            available = cursor.fetchone()
            cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
            version = (cursor.fetchone() or available or [None])[0]
    except (DatabaseError, PoolTimeout):
        return
    if version is None:
        hint = "Install pgvector 0.8 or newer on the database server."
        yield Error("PostgreSQL has no pgvector.", hint=hint, id="lexintel.E040")
    elif tuple(int(part) for part in version.split(".")[:2]) < PGVECTOR:
        hint = "Install pgvector 0.8 or newer, then ALTER EXTENSION vector UPDATE."
        yield Error(f"pgvector {version} is too old.", hint=hint, id="lexintel.E040")


@register()
def check_values(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Values that are wrong whatever the machine."""
    return [*_values(app_configs), *_embedding(app_configs), *_reranker(app_configs)]


@register(Tags.security)
def check_secrets(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The secret key."""
    return list(_secrets(app_configs))


@register(Tags.security, deploy=True)
def check_hosts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What is open to the world."""
    return list(_hosts(app_configs))


@register("redis", deploy=True)
def check_redis(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Whether Redis may forget what it was told."""
    return list(_redis(app_configs))


@register(Tags.database)
def check_pgvector(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Whether the database can search by meaning."""
    return list(_pgvector(app_configs, databases=databases))
