"""Workers of one release on the schema of another.

A release's migrations only add, so that the workers of the release before can finish what they are at. What it no
longer needs is taken away one release later, by a migration with `contracts(n)` beside it: from that commit on, code
that is older than `n` claims nothing (the claim itself looks), hands back what it holds, and ends.
"""

from functools import cache

from django.db import connection, migrations
from django.db.migrations.executor import MigrationExecutor

from extraction.versions import CODE

# Part of the claim: `%(code)s` is the code of whoever claims.
SERVED = "NOT EXISTS (SELECT 1 FROM extraction_oldestcode WHERE code > %(code)s)"


def contracts(code: int) -> migrations.RunSQL:
    """For migrations: from here on the schema serves `code` and newer."""
    code = int(code)
    raised = f"""INSERT INTO extraction_oldestcode (id, code) VALUES (1, {code})
        ON CONFLICT (id) DO UPDATE SET code = greatest(extraction_oldestcode.code, {code})"""  # noqa: S608 - a number
    return migrations.RunSQL(raised, migrations.RunSQL.noop)


def too_old() -> bool:
    """Whether the schema no longer serves this code. Raises DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT NOT {SERVED}", {"code": CODE})
        return bool(cursor.fetchone()[0])


def schema() -> str:
    """How the schema stands to this code: "ok", "behind" (`migrate` has to be run) or "ahead" (replace this code).

    Raises DatabaseError.
    """
    try:
        _migrated()
    except _Behind:
        return "behind"
    return "ahead" if too_old() else "ok"


class _Behind(Exception):
    """`migrate` has to be run."""


@cache
def _migrated() -> None:
    """Found out once: a schema only moves on. Raises _Behind, DatabaseError."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise _Behind
