"""Whether a lease that has run out means a dead worker: while the database is away nobody can renew, and all live."""

import time
from datetime import datetime

from django.conf import settings


class LeaseWatch:
    """One per process that reconciles. Until `begin` it trusts the ledger, as a command does that looks once."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._server: datetime | None = None

    def begin(self) -> None:
        """Start watching. Also after the database was away: all who live get time for a heartbeat."""
        self._since = time.monotonic()

    def saw(self, server_started: datetime) -> None:
        """The database answered; a server that started since the last time was away in between."""
        if self._since is not None and self._server not in (None, server_started):
            self.begin()
        self._server = server_started

    def can_tell(self) -> bool:
        """Whether the database has been there for a lease's time, so that who lives has renewed."""
        return self._since is None or time.monotonic() - self._since >= settings.LEXINTEL_LEASE_S
