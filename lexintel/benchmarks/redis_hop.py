"""The other end of the shortest way between two processes: XADD here, a blocking XREAD there.

    python -m lexintel.benchmarks.redis_hop REDIS_URL STREAM EVENTS FOLDER

Writes `FOLDER/arrivals` as `event_clients` does, for one client.
"""

import sys
import time
from array import array
from pathlib import Path
from typing import Any

import redis


def main(url: str, stream: str, events: int, folder: Path) -> None:
    client = redis.Redis.from_url(url, decode_responses=True)
    arrivals, last, left = array("q", bytes(8 * events)), "0", events
    client.ping()
    print("open", flush=True)
    while left:
        answer: Any = client.xread({stream: last}, block=5000)
        now = time.monotonic_ns()
        if not answer:
            break
        for id, fields in answer[0][1]:
            last = id
            arrivals[int(fields["number"])] = now
            left -= 1
    with open(folder / "arrivals", "wb") as file:
        arrivals.tofile(file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
