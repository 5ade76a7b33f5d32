"""A worker that reads the queued documents of a case and says how long it took and how much memory it holds.

    python -m lexintel.benchmarks.read_worker CORE first|last      < one line for each turn: number, case

Two of them take a case's jobs from both ends and stop where they meet. It is a worker without its broker: the same
claim, child, checks and writes.
"""

import json
import os
import sys
import time
import uuid

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lexintel.settings")
# So often memory is looked at.
SAMPLE_EVERY = 50


def main(core: str, end: str) -> None:
    """Until standard input closes."""
    from lexintel.benchmarks import cores

    cores.pin(int(core) if core != "-" else None)
    django.setup()
    print(json.dumps({"worker": "waits"}), flush=True)
    for line in sys.stdin:
        turn, case_id = line.split()
        print(json.dumps({"turn": int(turn), **_drain(uuid.UUID(case_id), end)}), flush=True)


def _drain(case_id: uuid.UUID, end: str) -> dict[str, object]:
    from extraction import jobs, reading
    from extraction.models import ExtractionJob
    from lexintel.benchmarks.resident import resident_kb

    queued = ExtractionJob.objects.filter(document__case=case_id, stage="read", state="queued")
    ids = list(queued.order_by("pk" if end == "first" else "-pk").values_list("pk", flat=True))
    done, samples, started = 0, [], time.perf_counter()
    for job_id in ids:
        if not ExtractionJob.objects.filter(pk=job_id, state="queued").exists():
            break
        jobs.run(str(job_id))
        done += 1
        if done % SAMPLE_EVERY == 0:
            zygote = reading.reader().zygote().process.pid
            samples.append([done, resident_kb(os.getpid()), resident_kb(zygote)])
    return {"documents": done, "seconds": time.perf_counter() - started, "samples": samples}


if __name__ == "__main__":
    main(*sys.argv[1:])
