"""The soak: a quiet import, then the same import while one thing after the other is broken, and a comparison.

documents(seed) ─▶ case “quiet” ─▶ outcomes ─┐
                └▶ case “chaos” ─▶ outcomes ─┴▶ lost? stuck? twice? different?
                        ▲ a fault every few seconds, kinds in turn, places at random
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from lexintel.chaos import files, outcome
from lexintel.chaos.endpoint import Endpoint, embedding_endpoint
from lexintel.chaos.faults import FAULTS, Scene, strike
from lexintel.chaos.stack import AWAY, Stack, running_stack

BATCH = 5
PATIENCE_S = 300.0
# A stopped worker comes back when its lease is over and others have had time to take its job.
PAST_LEASE_S = 8.0
# How long a fault waits for something to hit: whoever was killed before is started again meanwhile.
TARGET_S = 5.0


@dataclass(frozen=True)
class Plan:
    """`every_s`: seconds between faults. `lease_s` is the installation's."""

    documents: int = 300
    faults: int = 40
    seed: int = 0
    every_s: float = 3.0
    kinds: tuple[str, ...] = tuple(FAULTS)
    lease_s: float = 30.0


def run(plan: Plan, say: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """On a new installation: what was done, how long it took, and what is wrong (nothing, if `ok`)."""
    with embedding_endpoint() as endpoint, running_stack(**environment(endpoint, plan.lease_s)) as stack:
        return soak(stack, endpoint, plan, say)


def environment(endpoint: Endpoint, lease_s: float) -> dict[str, str]:
    """What of the installation is not as shipped: an embedding endpoint that can be made ill."""
    return {
        "LEXINTEL_LEASE_S": str(lease_s),
        "LEXINTEL_OCR_ENGINE": "none",
        "EMBEDDING_BACKEND": "openai",
        "EMBEDDING_MODEL": "words",
        "EMBEDDING_BASE_URL": endpoint.url,
    }


def soak(stack: Stack, endpoint: Endpoint, plan: Plan, say: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """On a running installation, in two new cases."""
    made = files.documents(plan.documents, plan.seed)
    say(f"seed {plan.seed}: {plan.documents} documents in quiet")
    quiet, quiet_s = _quiet(stack, made, plan)
    chance = random.Random(plan.seed)  # noqa: S311 - repeatable, not secret
    scene = Scene(stack, endpoint, chance, stopped_s=plan.lease_s + PAST_LEASE_S)
    say(f"and again, with {plan.faults} faults")
    return _with_faults(scene, made, plan, quiet, say) | {"quiet_s": quiet_s}


def _quiet(stack: Stack, made: dict[str, bytes], plan: Plan) -> tuple[dict[str, list[outcome.Outcome]], float]:
    case, started = stack.make_case(f"quiet-{plan.seed}"), time.monotonic()
    _upload(stack, case, made, 0.0, threading.Event())
    _wait(lambda: outcome.unfinished(stack, case) + outcome.live_jobs(stack, case))
    return outcome.outcomes(stack, case), round(time.monotonic() - started, 1)


def _with_faults(
    scene: Scene,
    made: dict[str, bytes],
    plan: Plan,
    quiet: dict[str, list[outcome.Outcome]],
    say: Callable[[str], None],
) -> dict[str, Any]:
    stack, case, gave_up = scene.stack, scene.stack.make_case(f"chaos-{plan.seed}"), threading.Event()
    # Uploads take half as long as the faults: work piles up, and faults find it going on.
    pause = plan.faults * plan.every_s * BATCH / max(1, len(made)) / 2
    uploads = threading.Thread(target=_upload, args=(stack, case, made, pause, gave_up), name="uploads")
    uploads.start()
    try:
        struck = _strike_all(scene, plan, say)
        last = time.monotonic()
        scene.settle()
        uploads.join(PATIENCE_S)
        uploaded_s = time.monotonic() - last
    finally:
        gave_up.set()
        scene.settle(wait=False)
        uploads.join()
    finished = _wait(lambda: outcome.unfinished(stack, case))
    finished_s = time.monotonic() - last
    ended = _wait(lambda: outcome.live_jobs(stack, case))
    ended_s = time.monotonic() - last
    result = {
        "seed": plan.seed,
        "documents": len(made),
        "faults": sum(struck.values()),
        "kinds": len(struck),
        "by_kind": dict(struck),
        "uploaded_after_last_fault_s": round(uploaded_s, 1),
        "terminal_after_last_fault_s": round(finished_s, 1) if finished else None,
        "all_jobs_after_last_fault_s": round(ended_s, 1) if ended else None,
        **_ledger(stack, case),
        **compare(quiet, outcome.outcomes(stack, case)),
        "stuck": outcome.unfinished(stack, case),
        "sent_again": outcome.repeated(stack, case),
    }
    wrong = [result[name] for name in ("lost", "duplicated", "different", "stuck", "quarantined")]
    return result | {"ok": finished and ended and not any(wrong)}


def compare(quiet: dict[str, list[outcome.Outcome]], chaos: dict[str, list[outcome.Outcome]]) -> dict[str, Any]:
    """What is lost, there twice or different, by place."""
    return {
        "compared": len(quiet),
        "lost": sorted(place for place in quiet if place not in chaos),
        "duplicated": sorted(place for place, found in chaos.items() if len(found) > len(quiet.get(place, []))),
        "different": sorted(place for place, found in chaos.items() if place in quiet and found != quiet[place]),
    }


def _strike_all(scene: Scene, plan: Plan, say: Callable[[str], None]) -> "Counter[str]":
    """Every kind in turn, in a new order each time."""
    struck: Counter[str] = Counter()
    waiting: list[str] = []
    began = time.monotonic()
    for _ in range(plan.faults):
        waiting = waiting or scene.chance.sample(plan.kinds, len(plan.kinds))
        if kind := _strike_one(scene, waiting):
            say(f"{time.monotonic() - began:6.1f} s  {kind}")
            struck[kind] += 1
        time.sleep(plan.every_s * scene.chance.uniform(0.6, 1.4))
    return struck


def _strike_one(scene: Scene, waiting: list[str]) -> str:
    """The first kind that finds something to hit, taken from `waiting`; the others stay in it for the next time.

    Who was killed before is back soon; what is still not there after TARGET_S is given up, and "" is returned.
    """
    deadline = time.monotonic() + TARGET_S
    while time.monotonic() < deadline:
        for kind in waiting:
            if strike(scene, kind):
                waiting.remove(kind)
                return kind
        time.sleep(0.2)
    waiting.clear()
    return ""


def _upload(stack: Stack, case: str, made: dict[str, bytes], pause: float, gave_up: threading.Event) -> None:
    """All of them, a few at a time; who gets no answer looks what has arrived and sends the rest again."""
    waiting = dict(made)
    while waiting and not gave_up.is_set():
        batch = dict(list(waiting.items())[:BATCH])
        try:
            stack.upload(case, batch)
            arrived = set(batch)
        except AWAY:
            time.sleep(0.5)
            arrived = _arrived(stack, case)
        for name in arrived & set(batch):
            del waiting[name]
        if pause:
            time.sleep(pause)


def _arrived(stack: Stack, case: str) -> set[str]:
    while True:
        try:
            return outcome.names(stack, case)
        except psycopg.Error:
            time.sleep(0.5)


def _wait(left: Callable[[], int], patience_s: float = PATIENCE_S) -> bool:
    """Until nothing is left; False if that takes too long."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        try:
            if not left():
                return True
        except psycopg.Error:
            pass
        time.sleep(0.25)
    return False


def _ledger(stack: Stack, case: str) -> dict[str, Any]:
    query = (
        "SELECT coalesce(max(j.attempt), 0), coalesce(sum(j.interruptions), 0),"
        " count(*) FILTER (WHERE j.state = 'quarantined') FROM extraction_extractionjob j"
        " JOIN documents_document d ON d.id = j.document_id WHERE d.case_id = %s"
    )
    attempts, interruptions, quarantined = stack.sql(query, case)[0]
    return {"most_attempts": attempts, "interruptions": int(interruptions), "quarantined": quarantined}
