"""The lane of questions that only have fields: how each document that fits begins."""

from django.db import connection

from search.lanes import Hit
from search.scope import Scope

SQL = """
SELECT DISTINCT ON (c.document_id) c.id, c.document_id, c.ordinal FROM documents_chunk c
WHERE {scope} ORDER BY c.document_id, c.ordinal
"""
ORDERED = """
SELECT o.id, 0.0, o.document_id, o.ordinal FROM ({openings}) o JOIN documents_document d ON d.id = o.document_id
ORDER BY d.name, o.document_id LIMIT %s
"""


def openings(scope: Scope, limit: int) -> list[Hit]:
    """The first chunk of each document of the scope, or on the pages asked for; by the documents' names."""
    where, params = scope.where("c")
    with connection.cursor() as cursor:
        cursor.execute(ORDERED.format(openings=SQL.format(scope=where)), [*params, limit])
        return [Hit(*row) for row in cursor.fetchall()]
