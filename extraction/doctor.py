"""What `manage.py doctor` looks at: each check says what it found and, if that is bad, what to do."""

import os
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass

import redis
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection

from documents import storage
from documents.models import Stage
from documents.storage_files import FolderOfOriginals
from extraction import code_age, vector_index, vector_models, worker_life
from extraction.confinement import self_test as confinement
from extraction.confinement import walls
from extraction.embedders import configured
from extraction.embedding import EmbeddingUnavailable
from extraction.ledger_figures import figures
from extraction.ocr import EngineUnavailable, available, make_engine


@dataclass(frozen=True)
class Finding:
    name: str
    ok: bool
    detail: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Every check; one that breaks becomes a problem line instead of ending the rest."""
    return [_guarded(name, check) for name, check in CHECKS.items()]


def _guarded(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # a check that cannot run is a finding
        return Finding(name, False, type(error).__name__, REMEDIES.get(name, "See the log."))


def _python() -> Finding:
    return Finding("python", sys.version_info >= (3, 11), sys.version.split()[0], "Use Python 3.11 or newer.")


def _settings() -> Finding:
    problems = [str(m.id) for m in run_checks() if m.level >= 30]
    return Finding("settings", not problems, ", ".join(problems) or "no warnings", "Run manage.py check.")


def _database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    return Finding("database", fsync == "on", f"PostgreSQL {version}, fsync {fsync}", "Turn fsync on.")


def _letters() -> Finding:
    """Whether quotation marks end a word, and capitals are the same letters: the database's LC_CTYPE decides."""
    with connection.cursor() as cursor:
        asked = "SELECT to_tsvector('simple', %s)::text, datctype FROM pg_database WHERE datname = current_database()"
        cursor.execute(asked, ["“Égalité”"])
        words, kind = cursor.fetchone()
    remedy = "Search misses words beside “ and ”. Dump the database and restore it into one with LC_CTYPE C.UTF-8."
    return Finding("letters", words == "'égalité':1", f"LC_CTYPE {kind}", remedy)


def _pgvector() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        row = cursor.fetchone()
    good = row is not None and tuple(int(p) for p in row[0].split(".")[:2]) >= (0, 8)
    return Finding("pgvector", good, row[0] if row else "not installed", "Install pgvector 0.8 or newer.")


def _migrations() -> Finding:
    state = code_age.schema()
    remedy = "Run manage.py migrate." if state == "behind" else "Replace this release by the one that migrated."
    return Finding("migrations", state == "ok", f"the schema is {state}", remedy)


def _redis() -> Finding:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2)
    info = client.info()
    policy, aof = info.get("maxmemory_policy"), info.get("aof_enabled")
    good = policy == "noeviction" and bool(aof)
    detail = f"{info.get('server_name', 'redis')} {info.get('redis_version')}, {policy}, AOF {'on' if aof else 'off'}"
    return Finding("redis", good, detail, "Set maxmemory-policy noeviction and appendonly yes.")


def _workers() -> Finding:
    count = worker_life.alive()
    return Finding("workers", count > 0, f"{count} processes alive", "Start manage.py worker.")


def _storage() -> Finding:
    remedy = "Free disk space, or see that STORAGE_URL names what can be reached and written to."
    try:
        storage.require()
    except storage.StorageError as error:
        return Finding("storage", False, error.code, remedy)
    here = storage.place()
    free = os.statvfs(here.incoming)
    gib = free.f_bavail * free.f_frsize / (1 << 30)
    where = here.incoming.parent if isinstance(here, FolderOfOriginals) else f"{here.name}, and near by"
    return Finding("storage", gib > 2, f"{where}, {gib:.1f} GiB free", remedy)


def _embedding() -> Finding:
    try:
        embedder = configured()
        dimensions = embedder.embed(["ready"]).shape[1]
    except EmbeddingUnavailable as error:
        return Finding("embedding model", False, "not available", str(error))
    return Finding("embedding model", dimensions == embedder.dimensions, f"{embedder.model}, {dimensions} dimensions")


def _searched_vectors() -> Finding:
    model = vector_models.searched()
    if model is None:
        return Finding("searched vectors", True, "none yet")
    detail = f"{model.name}, {model.dimensions} dimensions"
    if model.name != configured().model:
        remedy = "Run manage.py embed_missing to search by the model in EMBEDDING_MODEL, or set that to this one."
        return Finding("searched vectors", False, f"{detail}; the settings name another model", remedy)
    if vector_models.lacking(model).filter(document__stage=Stage.DONE).exists():
        return Finding("searched vectors", False, f"{detail}; some passages have none", "Run manage.py embed_missing.")
    if vector_index.worth_it(model) and not vector_index.ready(model.name):
        return Finding("searched vectors", False, f"{detail}, many and without index", "Run manage.py index_vectors.")
    return Finding("searched vectors", True, detail)


def _descriptors() -> Finding:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Finding("open files limit", soft >= 1024, str(soft), "Raise it: ulimit -n 65536.")


def _sandbox() -> Finding:
    found = confinement.examine()
    missing = walls.missing(list(found.walls))
    detail = f"child process, limits, {', '.join(found.walls) or 'no walls'}"
    if found.holes:
        detail += f"; not refused: {', '.join(found.holes)}"
    elif not missing:
        detail += f"; {len(found.refused)} ways out tried, all refused"
    good = not found.holes if settings.LEXINTEL_SANDBOX == "required" else not missing or not found.holes
    return Finding("sandbox", good and not (missing and settings.LEXINTEL_SANDBOX == "required"), detail, SANDBOX)


def _stuck() -> Finding:
    f = figures()
    good = f.expired == 0
    detail = (
        f"{f.queued} queued (oldest {f.oldest_queued_s:.0f} s), {f.running} running "
        f"(oldest {f.oldest_running_s:.0f} s, lease renewed {f.oldest_lease_s:.0f} s ago), "
        f"{f.retrying} waiting to retry, {f.quarantined} quarantined, {f.expired} without a living worker"
    )
    return Finding("work", good, detail, "Start manage.py worker; it takes them up within seconds.")


SANDBOX = "Use a kernel with Landlock (5.13) and install libseccomp; docs/security.md says what each wall is for."


def _ocr() -> Finding:
    if settings.LEXINTEL_OCR_ENGINE == "none":
        return Finding("ocr", True, "off (LEXINTEL_OCR_ENGINE=none)")
    installed = "; ".join(available()) or "none"
    try:
        engine = make_engine(settings.LEXINTEL_OCR_ENGINE, settings.LEXINTEL_OCR_LANGUAGES)
    except EngineUnavailable as error:
        return Finding("ocr", False, f"not available; installed: {installed}", str(error))
    detail = f"{engine.name} for {settings.LEXINTEL_OCR_LANGUAGES}; installed: {installed}"
    unread = ", ".join(engine.unreadable)
    remedy = f"Install Tesseract's data for {unread}, or leave it out of LEXINTEL_OCR_LANGUAGES."
    return Finding("ocr", not unread, detail + (f"; cannot read {unread}" if unread else ""), remedy if unread else "")


CHECKS: dict[str, Callable[[], Finding]] = {
    "python": _python,
    "settings": _settings,
    "database": _database,
    "letters": _letters,
    "pgvector": _pgvector,
    "migrations": _migrations,
    "redis": _redis,
    "workers": _workers,
    "storage": _storage,
    "embedding model": _embedding,
    "searched vectors": _searched_vectors,
    "open files limit": _descriptors,
    "sandbox": _sandbox,
    "ocr": _ocr,
    "work": _stuck,
}
REMEDIES = {
    "database": "Start it (manage.py up, or manage.py services up) or correct DATABASE_URL.",
    "redis": "Start it (manage.py up, or manage.py services up) or correct REDIS_URL.",
    "workers": "Redis must answer for this; see above.",
    "embedding model": "Install requirements/base.txt, or name a folder or an endpoint "
    "(EMBEDDING_MODEL, EMBEDDING_BASE_URL).",
}
