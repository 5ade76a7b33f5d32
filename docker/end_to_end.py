"""The compose file, really run: 300 documents through the API while workers come, go and are killed.

    python docker/end_to_end.py [--override FILE] [--documents 300] [--keep]

Builds the image, starts a project of its own, and ends it with its volumes (unless --keep). Prints one JSON object;
exit code 1 if anything is lost, stuck, twice, or runs with more rights than it should. Takes about ten minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lexintel.chaos import files  # noqa: E402

PROJECT = "lexintel-end-to-end"
UNREADABLE = ("damaged", "empty")
FINISHED = ("ready", "partial", "failed")
PATIENCE_S = 900
UPLOAD = 20
THROUGHPUT = 200


class Compose:
    """docker-compose of this project."""

    def __init__(self, override: str) -> None:
        named = [ROOT / "docker" / "compose.yaml", *([Path(override)] if override else [])]
        self.environment: dict[str, str] = {}
        self._command = ["docker-compose", "-p", PROJECT, *(part for file in named for part in ("-f", str(file)))]

    def __call__(self, *arguments: str) -> str:
        command, environment = [*self._command, *arguments], os.environ | self.environment
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if run.returncode:
            raise SystemExit(f"docker-compose {' '.join(arguments)}: {run.stderr.strip()[-2000:]}")
        return run.stdout

    def scale(self, **services: int) -> None:
        wanted = [part for name, number in services.items() for part in ("--scale", f"{name}={number}")]
        self("up", "--detach", "--no-build", *wanted)

    def containers(self, service: str) -> list[str]:
        return self("ps", "-q", service).split()


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout.strip()


class Api:
    """Any of the web containers, as a client of the API sees it."""

    def __init__(self, compose: Compose) -> None:
        self.compose, self.token, self._port = compose, "", ""

    def __call__(self, method: str, path: str, data: bytes | None = None, kind: str = "application/json") -> Any:
        """The answer's JSON; a web container that is just being replaced is asked again. Raises OSError."""
        deadline = time.monotonic() + 120
        while True:
            try:
                return self._ask(method, path, data, kind)
            except urllib.error.HTTPError as error:
                if error.code != 503 or time.monotonic() > deadline:
                    raise
            except OSError:
                self._port = ""
                if time.monotonic() > deadline:
                    raise
            time.sleep(1)

    def _ask(self, method: str, path: str, data: bytes | None, kind: str) -> Any:
        headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        # Asking docker-compose costs half a second of a core, which workers are to have.
        self._port = self._port or docker("port", self.compose.containers("web")[0], "8000").rpartition(":")[2]
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own address
            return json.load(answer)

    def upload(self, case: str, contents: dict[str, bytes]) -> None:
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode() + data
            for name, data in contents.items()
        ]
        body = b"\r\n".join([*parts, f"--{boundary}--\r\n".encode()])
        answer = self("POST", f"/api/v1/cases/{case}/documents/", body, f"multipart/form-data; boundary={boundary}")
        if answer["rejected"]:
            raise SystemExit(f"rejected: {answer['rejected']}")

    def documents(self, case: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        path = f"/api/v1/documents/?case={case}&limit=200&ordering=created_at"
        while path:
            page = self("GET", path)
            found += page["results"]
            path = page["next"].partition("/api/")[2] if page["next"] else ""
            path = f"/api/{path}" if path else ""
        return found

    def counts(self, case: str) -> dict[str, int]:
        counts: dict[str, int] = self("GET", f"/api/v1/cases/{case}/")["counts"]
        return counts


def eventually(look: Callable[[], Any], what: str, within: float = PATIENCE_S, every: float = 2) -> Any:
    deadline = time.monotonic() + within
    while not (found := look()):
        if time.monotonic() > deadline:
            raise SystemExit(f"not within {within:.0f} s: {what}")
        time.sleep(every)
    return found


def sign_in(compose: Compose) -> Api:
    api = Api(compose)
    eventually(
        lambda: api("GET", "/readyz")["dependencies"]["worker"]["status"] == "ok", "web and worker are ready", 180
    )
    made = "exec", "-T", "web", "python", "manage.py"
    compose(*made, "shell", "-c", "from django.contrib.auth.models import User; User.objects.create_user('operator')")
    api.token = compose(*made, "create_token", "operator").split()[-1]
    return api


def new_case(api: Api, name: str) -> str:
    body = json.dumps({"name": name, "reference": f"{name}-{uuid.uuid4().hex[:6]}"}).encode()
    return str(api("POST", "/api/v1/cases/", body)["id"])


def add(api: Api, case: str, contents: dict[str, bytes]) -> None:
    names = list(contents)
    for start in range(0, len(names), UPLOAD):
        api.upload(case, {name: contents[name] for name in names[start : start + UPLOAD]})


def done(api: Api, case: str) -> int:
    counts = api.counts(case)
    return sum(counts[status] for status in FINISHED)


def through_everything(compose: Compose, api: Api, number: int) -> dict[str, Any]:
    """Workers 1 → 3 → 2, one killed, web and workers replaced one after the other, all while documents are read."""
    case, contents = new_case(api, "fleet"), files.documents(number, seed=7)
    started = time.monotonic()
    add(api, case, contents)
    compose.scale(worker=3)
    eventually(lambda: done(api, case) > number * 0.2, "a fifth is done")
    docker("kill", compose.containers("worker")[0])
    eventually(lambda: done(api, case) > number * 0.4, "two fifths are done")
    compose.scale(worker=2)
    eventually(lambda: done(api, case) > number * 0.6, "three fifths are done")
    for service in ("worker", "web"):
        for container in compose.containers(service):
            docker("restart", container)
    eventually(lambda: not api.counts(case)["queued"] + api.counts(case)["processing"], "nothing is left")
    found = api.documents(case)
    top = [d for d in found if d["parent"] is None]
    wrong = [d["name"] for d in top if (d["status"] == "ready") == any(kind in d["name"] for kind in UNREADABLE)]
    return {
        "documents": len(found),
        "lost": sorted(set(contents) - {d["name"] for d in top}),
        "twice": [name for name, times in Counter(d["name"] for d in top).items() if times > 1],
        "other_than_expected": wrong,
        "pages_unreadable": api.counts(case)["pages_unreadable"],
        "seconds": round(time.monotonic() - started, 1),
    }


def throughput(compose: Compose, api: Api, workers: int, number: int) -> dict[str, float]:
    """Documents a second from the first upload until all are found by word, and until all are by meaning too.

    Each worker has one core, for reading and embedding: what the machine has beside them is for web and database.
    """
    compose.environment["LEXINTEL_WORKER_CPUS"] = "1"
    compose.scale(worker=workers)
    health = "{{.State.Health.Status}}"
    eventually(
        lambda: all(docker("inspect", "-f", health, c) == "healthy" for c in compose.containers("worker")),
        "all workers are healthy",
        120,
    )
    case = new_case(api, f"pace-{workers}")

    def contents(name: str, count: int) -> dict[str, bytes]:
        return {f"{name}-{n:04}.pdf": files.slow_pdf(20) + f"\n% {workers} {name} {n}\n".encode() for n in range(count)}

    # What a process loads with its first document is not what is measured.
    add(api, case, contents("warm", 4 * workers))
    eventually(lambda: done(api, case) == 4 * workers, "workers are warm")
    began, found = time.monotonic(), {}
    add(api, case, contents("document", number))

    def read() -> bool:
        waiting = api("GET", f"/api/v1/documents/?case={case}&status=queued&limit=1")["results"]
        processing = api("GET", f"/api/v1/documents/?case={case}&status=processing&limit=200")["results"]
        return not waiting and all(d["stage"] == "embed" for d in processing)

    for what, reached in (("read", read), ("done", lambda: done(api, case) == number + 4 * workers)):
        eventually(reached, f"all are {what}", every=0.5)
        found[what] = number / (time.monotonic() - began)
    return found


def rights(compose: Compose) -> dict[str, Any]:
    """What must not be: root, a writable root file system, secrets that `docker inspect` shows."""
    found: dict[str, Any] = {"root": [], "writable": [], "secrets_shown": []}
    password = compose("exec", "-T", "web", "cat", "/secrets/postgres_password").strip()
    key = compose("exec", "-T", "web", "cat", "/secrets/secret_key").strip()
    for service in ("web", "worker"):
        for container in compose.containers(service):
            owners = {line.split()[0] for line in docker("top", container).splitlines()[1:]}
            if owners & {"root", "0"}:
                found["root"].append(service)
            tried = subprocess.run(["docker", "exec", container, "touch", "/app/x"], capture_output=True, check=False)
            if tried.returncode == 0:
                found["writable"].append(service)
    for service in ("web", "worker", "postgres", "redis"):
        for container in compose.containers(service):
            shown = docker("inspect", container)
            if password in shown or key in shown:
                found["secrets_shown"].append(service)
    return found


def comes_back(compose: Compose) -> bool:
    """A worker whose first process is killed is started again."""
    (container, *_) = compose.containers("worker")
    before = docker("inspect", "-f", "{{.State.StartedAt}}", container)
    subprocess.run(["kill", "-9", docker("inspect", "-f", "{{.State.Pid}}", container)], check=True)
    look = "{{.State.Running}} {{.State.StartedAt}}"
    return bool(
        eventually(
            lambda: (now := docker("inspect", "-f", look, container).split())[0] == "true" and now[1] != before,
            "it is started again",
            60,
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--override", default="", help="a further compose file")
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--keep", action="store_true", help="leave it running")
    options = parser.parse_args()
    compose = Compose(options.override)
    compose("down", "--volumes", "--remove-orphans")
    try:
        started = time.monotonic()
        compose("up", "--build", "--detach")
        api = sign_in(compose)
        result: dict[str, Any] = {"up_s": round(time.monotonic() - started, 1)}
        result["image_mb"] = round(int(docker("image", "inspect", "-f", "{{.Size}}", "lexintel:latest")) / 1e6)
        result["fleet"] = through_everything(compose, api, options.documents)
        result["rights"] = rights(compose)
        result["comes_back"] = comes_back(compose)
        paces = {workers: throughput(compose, api, workers, THROUGHPUT) for workers in (1, 2)}
        result["documents_per_s"] = {n: {what: round(p, 2) for what, p in pace.items()} for n, pace in paces.items()}
        result["two_workers_to_one"] = {what: round(paces[2][what] / paces[1][what], 2) for what in paces[1]}
        compose.environment.clear()
        compose.scale(worker=1, web=2)
        eventually(lambda: len(compose.containers("web")) == 2 and api("GET", "/healthz"), "two web containers", 60)
        result["doctor"] = compose("exec", "-T", "worker", "python", "manage.py", "doctor").splitlines()
    finally:
        if not options.keep:
            compose("down", "--volumes")
    sys.stdout.write(f"{json.dumps(result, indent=2)}\n")
    bad = [result["fleet"][name] for name in ("lost", "twice", "other_than_expected")] + list(result["rights"].values())
    return 1 if any(bad) or not result["comes_back"] else 0


if __name__ == "__main__":
    sys.exit(main())
