"""`python -m extraction.worker_alive`: exit 0 if a worker process of this machine has said lately that it lives.

A health check for containers; without Django, because it is asked several times a minute. Needs REDIS_URL.
"""

import os
import socket
import sys
from pathlib import Path
from typing import Any

import redis

# As extraction/worker_life.py counts.
ALIVE_S = 15


def names_alive(client: redis.Redis, prefix: str) -> list[str]:
    """Workers (host/process, as extraction.jobs.worker_name makes them) that have said so lately."""
    answers: Any = client  # what the types say of both kinds of client is true of neither
    seconds, _ = answers.time()
    return [
        (name if isinstance(name, str) else name.decode())
        for name in answers.zrangebyscore(f"{prefix}:dramatiq:alive", seconds - ALIVE_S, "+inf")
    ]


def main() -> int:
    """The exit code."""
    named = os.environ.get("REDIS_URL_FILE")
    url = Path(named).read_text().strip() if named else os.environ["REDIS_URL"]
    client = redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3)
    here = f"{socket.gethostname()[:24]}/"
    prefix = os.environ.get("LEXINTEL_REDIS_PREFIX", "lexintel")
    try:
        return 0 if any(name.startswith(here) for name in names_alive(client, prefix)) else 1
    except redis.RedisError:
        # Restarting this container would not bring Redis back.
        return 0


if __name__ == "__main__":
    sys.exit(main())
