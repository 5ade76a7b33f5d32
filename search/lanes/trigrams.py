"""Whether the database can compare texts by their three-letter pieces."""

import functools

from django.db import connection


@functools.cache
def available() -> bool:
    """Whether it has pg_trgm."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        return cursor.fetchone() is not None
