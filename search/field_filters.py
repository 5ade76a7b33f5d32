"""Fields: which documents are of a kind, a date, a custodian. One SQL query each, inside the scope's cases."""

import re
from uuid import UUID

from django.db import connection

from search.language import fields
from search.language.tree import Field
from search.scope import Scope, Sql

# A duplicate has its own name, path and custodian: it brings in its original, which holds the pages.
SQL = """
SELECT DISTINCT coalesce(d.duplicate_of_id, d.id) FROM documents_document d
JOIN cases_case k ON k.id = d.case_id
WHERE d.case_id = ANY(%s) AND {condition}
"""
# When a document was written or sent: a message's Date, or what the file says of itself.
OWN_DATE = "left(coalesce(nullif(d.meta ->> 'date', ''), d.meta ->> 'created'), 10)"
DATED = OWN_DATE + r" ~ '^\d{4}-\d{2}-\d{2}$'"
_COLUMNS = {"name": "name", "custodian": "custodian"}
UNDATED = """
SELECT count(*) FROM documents_document d
WHERE d.duplicate_of_id IS NULL AND d.id IN ({documents}) AND ({dated}) IS NOT TRUE
"""


def documents_with(field: Field, scope: Scope) -> list[UUID]:
    """Documents with pages of their own that have this field; only of the scope's cases."""
    condition, params = _condition(field)
    with connection.cursor() as cursor:
        cursor.execute(SQL.format(condition=condition), [list(scope.case_ids), *params])
        return [pk for (pk,) in cursor.fetchall()]


def undated(scope: Scope) -> int:
    """How many documents of the scope say nothing about when they were written."""
    documents, params = scope.documents()
    with connection.cursor() as cursor:
        cursor.execute(UNDATED.format(documents=documents, dated=DATED), params)
        count: int = cursor.fetchone()[0]
        return count


def _condition(field: Field) -> Sql:
    value = field.value
    if field.name == "date":
        read = fields.dates(value)
        assert read is not None
        return f"{DATED} AND {OWN_DATE} BETWEEN %s AND %s", list(read)
    if field.name == "status":
        return "d.status = %s", [value.lower()]
    if field.name == "type":
        return _of_type(value)
    if field.name == "case":
        return "(k.reference ILIKE %s OR k.name ILIKE %s)", [_like(value)] * 2
    return f"d.{_COLUMNS[field.name]} ILIKE %s", [_like(value)]


def _of_type(value: str) -> Sql:
    known = fields.media_types(value)
    if known:
        return "d.media_type LIKE ANY(%s)", [[f"{_escaped(kind)}%" for kind in known]]
    if "/" in value:
        return "d.media_type LIKE %s", [_escaped(value.lower()).replace("*", "%")]
    return "d.name ILIKE %s", [f"%.{_escaped(value.lstrip('.'))}"]


def _like(value: str) -> str:
    """Anywhere in it; with an asterisk, from where to where the asterisks allow."""
    pattern = re.sub(r"\*+", "%", _escaped(value))
    return pattern if "%" in pattern.replace(r"\%", "") else f"%{pattern}%"


def _escaped(value: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", value)
