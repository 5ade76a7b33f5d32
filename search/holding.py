"""Which documents of a scope can be found at all: those with text."""

from uuid import UUID

from django.db import connection

from search.scope import Scope

SQL = "SELECT DISTINCT c.document_id FROM documents_chunk c WHERE {scope}"


def holding(scope: Scope) -> frozenset[UUID]:
    """Their ids; one SQL query."""
    where, params = scope.where("c")
    with connection.cursor() as cursor:
        cursor.execute(SQL.format(scope=where), params)
        return frozenset(pk for (pk,) in cursor.fetchall())
