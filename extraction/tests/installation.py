"""A whole installation for tests that break it: its leases and retry delays are short, and it has a case to add to."""

from pathlib import Path

import psycopg

from lexintel.chaos import soak
from lexintel.chaos.endpoint import Endpoint
from lexintel.chaos.stack import Stack
from lexintel.embedded.services import urls
from lexintel.tests.processes import eventually

SLOW_PAGES = 500
LEASE_S = 3


class Installation(Stack):
    """`endpoint`: where it has its vectors from."""

    def __init__(self, home: Path, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        super().__init__(home, **soak.environment(endpoint, LEASE_S), LEXINTEL_RETRY_DELAYS_S="1,2,4")

    def sign_in(self) -> None:
        super().sign_in()
        self.case = self.make_case("faults")

    def add(self, **files: bytes) -> dict[str, str]:
        """Upload files in one request; the documents' ids by name."""
        return self.upload(self.case, files)

    def change(self, *statements: str) -> None:
        """Run these, each in a transaction of its own, as migrations are."""
        with psycopg.connect(urls(self.data_dir).database_url, connect_timeout=5, autocommit=True) as connection:
            connection.execute("SET lock_timeout = '20s'")
            for statement in statements:
                connection.execute(statement)  # type: ignore[arg-type]  # our own text

    def job(self, document: str) -> tuple[str, int, int]:
        """State, attempt and interruptions of the latest job that reads a document."""
        query = "SELECT state, attempt, interruptions FROM extraction_extractionjob"
        order = "ORDER BY created_at DESC LIMIT 1"
        return self.sql(f"{query} WHERE document_id = %s AND stage = 'read' {order}", document)[0]

    def story(self, document: str) -> str:
        """What the log tells of a document, for whoever must find out what went wrong."""
        return "\n".join(line for line in self.up.output().splitlines() if document in line or "| ended" in line)

    def owner(self, document: str) -> int:
        """The process that works on a document; 0 if there is none."""
        query = "SELECT lease_owner FROM extraction_extractionjob WHERE state = 'running' AND document_id = %s"
        owners = self.sql(query, document)
        return int(owners[0][0].partition("/")[2].partition(":")[0]) if owners else 0

    def reading(self, document: str) -> int:
        """Wait until some pages of a document have been read, and not all; the process that does it."""

        def half_way() -> int:
            done, count = self.sql("SELECT pages_done, page_count FROM documents_document WHERE id = %s", document)[0]
            return self.owner(document) if done and done < (count or 0) else 0

        return int(eventually(half_way, 30, "the document is being read"))

    def all_end(self, documents: dict[str, str], within: float = 60) -> None:
        """Wait until every document is ready; then each is there once, and each of its pages once."""
        ids = list(documents.values())

        def ready() -> bool:
            try:
                rows = self.sql("SELECT status FROM documents_document WHERE id = ANY(%s)", ids)
            except psycopg.OperationalError:
                return False
            assert not [status for (status,) in rows if status in ("failed", "partial")]
            return [status for (status,) in rows] == ["ready"] * len(ids)

        eventually(ready, within, "all documents are ready")
        for name, document in documents.items():
            assert self.sql("SELECT count(*) FROM documents_document WHERE name = %s", name) == [(1,)]
            self.is_whole(document, SLOW_PAGES if name.endswith(".pdf") else 1)

    def is_whole(self, document: str, count: int) -> None:
        """Each of its pages is there once, and each of its chunks, all of one version."""
        pages = self.sql(
            "SELECT p.number FROM documents_page p JOIN documents_document d ON d.id = p.document_id"
            " WHERE d.id = %s AND p.version = d.version ORDER BY p.number",
            document,
        )
        assert [number for (number,) in pages] == list(range(1, count + 1))
        ((versions,),) = self.sql("SELECT count(DISTINCT version) FROM documents_page WHERE document_id = %s", document)
        ((chunks, places),) = self.sql(
            "SELECT count(*), count(DISTINCT ordinal) FROM documents_chunk WHERE document_id = %s", document
        )
        assert versions == 1
        assert chunks == places > 0


def slow(documents: dict[str, str]) -> str:
    """The one that takes seconds."""
    return next(document for name, document in documents.items() if name.endswith(".pdf"))
