"""How a document becomes searchable, once, readably:

    open_verified(sha256) | Reader.read ─▶ pages of the next version, beside the shown one      (read)
    pages | chunk_pages ─▶ chunks; the new version becomes the shown one, the old one goes      (index)
    chunks | embedder.embed ─▶ vectors; ready                                                   (embed)

Every stage writes under its claim's fence, and ends by queueing the next one in the same transaction.
"""

from collections.abc import Callable

from extraction import embed_stage, index_stage, read_stage
from extraction.ledger import Claim
from extraction.models import JobStage

STAGES = {
    JobStage.READ: read_stage.run,
    JobStage.INDEX: index_stage.run,
    JobStage.EMBED: embed_stage.run,
}


def run(held: Claim, *, tick: Callable[[], None]) -> None:
    """Do the claimed stage. `tick` is called often and may raise to stop the work.

    Raises ExtractionError (the attempt failed, with a code), ledger.LostLease, or whatever `tick` raises.
    """
    STAGES[JobStage(held.stage)](held, tick)
