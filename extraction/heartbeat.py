"""What the supervising thread does while a child parses: keep the lease, save progress, say so."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TypeVar

from django.conf import settings
from django.db import connection

from documents.models import Document
from extraction import ledger, progress
from extraction.ledger import Claim
from extraction.patience import while_database_is_away

# Four updates a second are as many as a person can see; each costs a commit.
PROGRESS_EVERY_S = 0.25
# How often whoever works without the database looks up.
BEAT_S = 0.5

T = TypeVar("T")


@dataclass
class Heartbeat:
    """Call `beat` often; it renews and saves only when it is time to."""

    held: Claim
    check: Callable[[], None]
    renewed: float = field(default_factory=time.monotonic)
    saved: float = field(default_factory=time.monotonic)
    pages_saved: int = 0

    def beat(self, pages_done: int = 0, page_count: int | None = None) -> None:
        """Raises ledger.LostLease, or what `check` raises."""
        self.check()
        now = time.monotonic()
        if pages_done > self.pages_saved and now - self.saved >= PROGRESS_EVERY_S:
            self.saved, self.renewed, self.pages_saved = now, now, pages_done
            while_database_is_away(lambda: self._save(pages_done, page_count))
        elif now - self.renewed >= settings.LEXINTEL_LEASE_S / 3:
            self.renewed = now
            while_database_is_away(lambda: ledger.renew(self.held))

    def while_doing(self, work: Callable[[], T]) -> T:
        """The result of work without the database that may take longer than a lease; raises what `beat` raises.

        The work then goes on in its thread to its end, and nobody waits for it.
        """
        self.beat()
        executor = ThreadPoolExecutor(max_workers=1)
        try:
            future = executor.submit(work)
            while not wait([future], timeout=BEAT_S).done:
                self.beat()
            return future.result()
        finally:
            executor.shutdown(wait=False)

    def _save(self, pages_done: int, page_count: int | None) -> None:
        with ledger.writing(self.held) as document, connection.cursor() as cursor:
            # Nobody waits for the disk: what is lost with the machine is told again by the next save.
            cursor.execute("SET LOCAL synchronous_commit TO off")
            ledger.renew(self.held)
            Document.objects.filter(pk=document.pk).update(pages_done=pages_done, page_count=page_count)
            document.pages_done, document.page_count = pages_done, page_count
            progress.announce(document, page=pages_done)
