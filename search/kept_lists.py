"""A list of results, kept for whoever pages through it: what arrives or is read anew meanwhile moves nothing.

Ids and scores only, in Redis; where that is away or has forgotten the list, the question is answered anew.
"""

import json
import secrets
from collections.abc import Sequence
from uuid import UUID

from lexintel import bus
from search.fusion import Ranked

# Counted from the last look at it. A list of 200 takes 20 kB.
KEPT_S = 900


def keep(ranked: Sequence[Ranked]) -> str:
    """The name under which the list can be had again, empty if it could not be kept."""
    name = secrets.token_urlsafe(12)
    rows = [(hit.chunk_id, hit.document_id.hex, hit.ordinal, hit.score, hit.why) for hit in ranked]
    try:
        bus.client().set(_key(name), json.dumps(rows, separators=(",", ":")), ex=KEPT_S)
    except bus.AWAY:
        return ""
    return name


def recall(name: str) -> list[Ranked] | None:
    """The list of that name, None if it is gone. A name is as good as its cursor: signed, and of one scope only."""
    if not name:
        return None
    try:
        rows = bus.client().getex(_key(name), ex=KEPT_S)
    except bus.AWAY:
        return None
    if not isinstance(rows, str):
        return None
    return [
        Ranked(chunk, UUID(document), ordinal, score, why) for chunk, document, ordinal, score, why in json.loads(rows)
    ]


def _key(name: str) -> str:
    return bus.key("search-list", name)
