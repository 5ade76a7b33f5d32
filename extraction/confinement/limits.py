"""How much a document may cost."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Seconds for a document (soft: start no more pages; hard: kill) and for one page; memory in MiB."""

    soft_s: float
    hard_s: float
    page_s: float
    memory_mb: int = 1024
    # Refuse to read where a wall that was promised does not stand.
    required: bool = False
