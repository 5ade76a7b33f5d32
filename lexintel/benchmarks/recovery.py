"""bench recovery: how soon a document is worked on again after its worker died or was told to end.

kill       from kill -9 of a worker in mid-document until another process has the job; leases as shipped
hand over  from SIGTERM of a worker in mid-document until it has ended, and until another process has the job
poison     50 letters beside a file whose worker is killed each time: how much later each is ready than without it
"""

import os
import signal
import threading
import time
from typing import Any

import psycopg

from lexintel.benchmarks.percentiles import percentile
from lexintel.chaos import soak
from lexintel.chaos.endpoint import embedding_endpoint
from lexintel.chaos.files import slow_pdf
from lexintel.chaos.processes import eventually, is_alive
from lexintel.chaos.stack import Stack, running_stack

AT_ONCE = 4
LEASE_S = 30.0
PAGES = 1500
BYSTANDERS = 50
DEATHS = 3
_START_S, _PATIENCE_S = 60.0, 120.0


def run(kills: int = 20) -> dict[str, Any]:
    """Figures of so many kills, and of half as many orders to end."""
    with embedding_endpoint() as endpoint:
        environment = soak.environment(endpoint, LEASE_S) | {"LEXINTEL_WORKER_PROCESSES": str(AT_ONCE)}
        with running_stack(**environment) as stack:
            case, paper = stack.make_case("recovery"), slow_pdf(PAGES)
            killed: list[dict[str, float]] = []
            ended: list[dict[str, float]] = []
            while len(killed) < kills:
                killed += _strike(stack, case, paper, signal.SIGKILL, min(AT_ONCE, kills - len(killed)))
            while len(ended) < kills // 2:
                ended += _strike(stack, case, paper, signal.SIGTERM, min(2, kills // 2 - len(ended)))
            return {
                "kills": len(killed),
                "kill_to_work_p50_s": percentile([k["again_s"] for k in killed], 0.5),
                "kill_to_work_p95_s": percentile([k["again_s"] for k in killed], 0.95),
                "kill_to_work_max_s": percentile([k["again_s"] for k in killed], 1),
                "ends": len(ended),
                "end_to_gone_max_s": percentile([e["gone_s"] for e in ended], 1),
                "end_to_work_max_s": percentile([e["again_s"] for e in ended], 1),
                "end_attempts_max": max((e["attempt"] for e in ended), default=0),
            } | _poison(stack, paper)


def _strike(stack: Stack, case: str, paper: bytes, how: int, number: int) -> list[dict[str, float]]:
    """Send so many workers in mid-document a signal, a moment apart; what became of each."""
    eventually(lambda: _ready_workers(stack) > AT_ONCE, _START_S, "all workers are ready")
    mark = time.monotonic_ns()
    files = {f"{mark}-{n}.pdf": paper + f"\n% {mark} {n}\n".encode() for n in range(number)}
    documents = list(stack.upload(case, files).values())
    try:
        owners: dict[str, int] = {}
        results: dict[str, dict[str, float]] = {document: {} for document in documents}
        times: dict[str, float] = {}
        deadline = time.monotonic() + _START_S + _PATIENCE_S
        while not all("again_s" in r and "gone_s" in r for r in results.values()):
            if time.monotonic() > deadline:
                raise TimeoutError("a document was not taken up again")
            now_owned = _owners(stack, documents)
            for document in documents:
                result, (owner, attempt, done) = results[document], now_owned.get(document, (0, 0, 0))
                if document not in times:
                    if owner and done and owner not in owners.values():
                        times[document], owners[document] = time.monotonic(), owner
                        os.kill(owner, how)
                    continue
                if "again_s" not in result and owner not in (0, owners[document]):
                    result |= {"again_s": time.monotonic() - times[document], "attempt": float(attempt)}
                if "gone_s" not in result and not is_alive(owners[document]):
                    result["gone_s"] = time.monotonic() - times[document]
            time.sleep(0.05)
        return list(results.values())
    finally:
        for document in documents:
            stack.ask_to_delete(document)


def _ready_workers(stack: Stack) -> int:
    """How many living processes have said that they take work, the one that embeds among them."""
    names: Any = stack.redis().zrange(f"{stack.env['LEXINTEL_REDIS_PREFIX']}:dramatiq:alive", 0, -1)
    return sum(is_alive(int(name.decode().rpartition("/")[2])) for name in names)


def _owners(stack: Stack, documents: list[str]) -> dict[str, tuple[int, int, int]]:
    rows = stack.sql(
        "SELECT j.document_id, j.lease_owner, j.attempt, d.pages_done FROM extraction_extractionjob j"
        " JOIN documents_document d ON d.id = j.document_id WHERE j.state = 'running' AND d.id = ANY(%s)",
        documents,
    )
    return {str(d): (int(owner.partition("/")[2].partition(":")[0]), a, p) for d, owner, a, p in rows}


def _poison(stack: Stack, paper: bytes) -> dict[str, Any]:
    quiet = _letters(stack, "without-poison")
    case = stack.make_case("poison")
    (poison,) = stack.upload(case, {"poison.pdf": paper + b"\n% poison\n"}).values()
    deaths: list[int] = []

    def kill_each_time() -> None:
        deadline = time.monotonic() + DEATHS * (LEASE_S + 30)
        while len(deaths) < DEATHS and time.monotonic() < deadline:
            owner = _owners(stack, [poison]).get(poison, (0, 0, 0))[0]
            if owner and owner not in deaths:
                deaths.append(owner)
                os.kill(owner, signal.SIGKILL)
            time.sleep(0.05)

    killer = threading.Thread(target=kill_each_time, daemon=True)
    killer.start()
    beside = _letters(stack, "beside-poison")
    killer.join()
    eventually(lambda: _status(stack, poison) == "failed", 2 * LEASE_S, "it is set aside")
    ((code,),) = stack.sql("SELECT error_code FROM documents_document WHERE id = %s", poison)
    later = [b - q for b, q in zip(beside, quiet, strict=True)]
    return {
        "poison_deaths": len(deaths),
        "poison_ends_as": code,
        "bystanders_ready": len(beside),
        "bystander_later_p50_s": percentile(later, 0.5),
        "bystander_later_max_s": percentile(later, 1),
    }


def _status(stack: Stack, document: str) -> str:
    return str(stack.sql("SELECT status FROM documents_document WHERE id = %s", document)[0][0])


def _letters(stack: Stack, reference: str) -> list[float]:
    """Seconds from arrival to ready of so many letters, sorted."""
    case = stack.make_case(reference)
    files = {f"{n}.txt": f"Letter {n} {reference}.".encode() for n in range(BYSTANDERS)}
    documents = list(stack.upload(case, files).values())
    query = (
        "SELECT extract(epoch FROM finished_at - created_at)::float FROM documents_document"
        " WHERE id = ANY(%s) AND status = 'ready' ORDER BY 1"
    )

    def all_ready() -> list[float]:
        try:
            rows = stack.sql(query, documents)
        except psycopg.OperationalError:
            return []
        return [seconds for (seconds,) in rows] if len(rows) == len(documents) else []

    ready: list[float] = eventually(all_ready, _PATIENCE_S * 2, "all letters are ready")
    return ready
