"""bench bulk: thousands of documents wait in one case while somebody else adds one file to another.

start     from arrival of that file to the start of its reading
page      the case's page, with all those documents in it, while workers are busy with them
memory    of the workers and their zygotes, from the thousandth document (or a tenth of them) to the last
"""

import hashlib
import http.cookiejar
import re
import time
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import psycopg

from lexintel.benchmarks.percentiles import percentile
from lexintel.benchmarks.resident import resident_kb
from lexintel.chaos import soak
from lexintel.chaos.endpoint import embedding_endpoint
from lexintel.chaos.processes import eventually, pids
from lexintel.chaos.stack import Stack, running_stack

REQUESTS = 50
FILES = 5
MARK = 1000


def run(documents: int = 10_000, seconds: float = 1800) -> dict[str, Any]:
    """Figures; the documents are worked on for at most so many seconds."""
    with embedding_endpoint() as endpoint, running_stack(**soak.environment(endpoint, 30.0)) as stack:
        bulk, other = stack.make_case("bulk"), stack.make_case("other")
        made_s = _make(stack, bulk, documents)
        started = time.monotonic()
        starts = [_start_of_one(stack, other, n) for n in range(FILES)]
        pages = _case_page(stack, bulk)
        first, last = _watch_memory(stack, bulk, documents, started + seconds)
        return {
            "documents": documents,
            "made_s": round(made_s, 1),
            "start_max_s": percentile(starts, 1),
            "case_page_p50_ms": percentile(pages, 0.5, 0),
            "case_page_p95_ms": percentile(pages, 0.95, 0),
            "done": last[0],
            "memory_from_document": first[0],
            "memory_from_mb": first[1],
            "memory_to_mb": last[1],
            "memory_growth_percent": round(100 * (last[1] / first[1] - 1), 1),
        }


def _make(stack: Stack, case: str, number: int) -> float:
    """So many letters and their jobs, as copies of the rows of one that was added: the quick way."""
    started = time.monotonic()
    (document,) = stack.upload(case, {"letter.txt": b"The first letter."}).values()
    ids, hashes, names = [], [], []
    for n in range(number):
        content = f"Letter number {n} of {document}. It says what letters say, and no more.\n".encode()
        sha256 = hashlib.sha256(content).hexdigest()
        path = stack.data_dir / "files" / sha256[:2] / sha256[2:4] / sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        ids.append(uuid.uuid4())
        hashes.append(sha256)
        names.append(f"{n:05}.txt")
    new = {"id": "n.id", "sha256": "n.sha256", "name": "n.name", "path": "n.name", "status": "'queued'"}
    new |= {"stage": "'read'", "version": "0", "pages_done": "0", "page_count": "NULL", "finished_at": "NULL"}
    made = "unnest(%s::uuid[], %s::text[], %s::text[]) n (id, sha256, name)"
    _copy(stack, "documents_document", new, made, [ids, hashes, names], document)
    job = {"id": "gen_random_uuid()", "document_id": "n.id", "state": "'queued'", "attempt": "0", "fence": "0"}
    job |= {"lease_owner": "''", "lease_until": "NULL", "enqueued_at": "NULL", "finished_at": "NULL"}
    job |= {"started_at": "NULL", "not_before": "now()", "created_at": "now()", "stage": "'read'"}
    _copy(stack, "extraction_extractionjob", job, "unnest(%s::uuid[]) n (id)", [ids], document)
    return time.monotonic() - started


def _copy(stack: Stack, table: str, new: dict[str, str], made: str, values: list[Any], document: str) -> None:
    key = "t.id" if table == "documents_document" else "t.stage = 'read' AND t.document_id"
    columns = [
        name
        for (name,) in stack.sql(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'", table
        )
    ]
    chosen = ", ".join(new.get(name, f't."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    # All parts are our own text.
    stack.sql(
        f"INSERT INTO {table} ({names}) SELECT {chosen} FROM {table} t, {made} WHERE {key} = %s RETURNING 1",
        *values,
        document,
    )


def _start_of_one(stack: Stack, case: str, number: int) -> float:
    """Seconds from arrival to the start of reading, by the database's clock."""
    (document,) = stack.upload(case, {f"{number}.txt": f"Urgent {number}.".encode()}).values()
    query = (
        "SELECT extract(epoch FROM started_at - created_at)::float FROM extraction_extractionjob"
        " WHERE document_id = %s AND stage = 'read' AND started_at IS NOT NULL"
    )
    ((waited,),) = eventually(lambda: stack.sql(query, document), 120, "it is being read")
    return float(waited)


def _case_page(stack: Stack, case: str) -> list[float]:
    """Milliseconds of each of so many answers to somebody who is signed in."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    base = f"http://127.0.0.1:{stack.port}"
    form = browser.open(f"{base}/login/", timeout=60)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.read().decode())
    words = (stack.data_dir / "first-login.txt").read_text().split()
    login = {"username": words[1], "password": words[3], "csrfmiddlewaretoken": token[1] if token else ""}
    browser.open(form.geturl(), urllib.parse.urlencode(login).encode(), timeout=60).read()
    taken = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        with browser.open(f"{base}/cases/{case}/", timeout=60) as answer:
            if case not in answer.geturl():
                raise RuntimeError("the case's page asked to sign in")
            answer.read()
        taken.append(1000 * (time.perf_counter() - started))
    return taken


def _watch_memory(stack: Stack, case: str, number: int, deadline: float) -> tuple[tuple[int, float], tuple[int, float]]:
    """(documents done, MB) at the mark and at the end."""
    mark, first, last = min(MARK, number // 10), (0, 0.0), (0, 0.0)
    while True:
        done = _done(stack, case)
        if done >= mark and not first[0]:
            first = (done, _memory_mb(stack.data_dir))
        if done >= number or time.monotonic() > deadline:
            last = (done, _memory_mb(stack.data_dir))
            return first if first[0] else last, last
        time.sleep(1)


def _done(stack: Stack, case: str) -> int:
    query = "SELECT count(*) FROM documents_document WHERE case_id = %s AND status = 'ready'"
    try:
        return int(stack.sql(query, case)[0][0])
    except psycopg.OperationalError:
        return 0


def _memory_mb(data_dir: Path) -> float:
    """Of the processes that read and embed, without what zygotes share with nobody for a moment: their children."""
    return round(sum(map(resident_kb, pids(data_dir, "-m dramatiq"))) / 1024, 1)
