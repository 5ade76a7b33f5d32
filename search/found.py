"""The documents that hold the hits: their names, and the facets counted over them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from documents.models import Document


@dataclass(frozen=True)
class Found:
    """A document with hits, and the original of its duplicates; these add their custodians."""

    name: str
    case_id: UUID
    case_name: str
    media_types: frozenset[str]
    custodians: frozenset[str]


@dataclass(frozen=True)
class FacetValue:
    """How many of the documents found have this value; `label` is what to show."""

    value: str
    label: str
    count: int


Facets = dict[str, tuple[FacetValue, ...]]


def documents_found(ids: Iterable[UUID]) -> dict[UUID, Found]:
    """The documents with these ids; one SQL query."""
    ids = list(ids)
    rows = (
        Document.objects.filter(Q(pk__in=ids) | Q(duplicate_of__in=ids))
        .order_by("pk")
        .values_list("pk", "duplicate_of_id", "name", "case_id", "case__name", "media_type", "custodian")
    )
    originals: dict[UUID, tuple[str, UUID, str]] = {}
    media_types: dict[UUID, set[str]] = defaultdict(set)
    custodians: dict[UUID, set[str]] = defaultdict(set)
    for pk, original, name, case_id, case_name, media_type, custodian in rows:
        if original is None:
            originals[pk] = (name, case_id, case_name)
        media_types[original or pk].add(media_type)
        custodians[original or pk].add(custodian)
    return {
        pk: Found(name, case_id, case_name, frozenset(media_types[pk]), frozenset(custodians[pk] - {""}))
        for pk, (name, case_id, case_name) in originals.items()
    }


def facets(found: Iterable[Found]) -> Facets:
    """Counts of documents by media type, custodian and case, the most frequent value first."""
    counts: dict[str, dict[tuple[str, str], int]] = {
        name: defaultdict(int) for name in ("media_type", "custodian", "case")
    }
    for document in found:
        for media_type in document.media_types:
            counts["media_type"][media_type, media_type] += 1
        for custodian in document.custodians:
            counts["custodian"][custodian, custodian] += 1
        counts["case"][str(document.case_id), document.case_name] += 1
    return {
        name: tuple(
            FacetValue(value, label, count)
            for (value, label), count in sorted(values.items(), key=lambda item: (-item[1], item[0][1], item[0][0]))
        )
        for name, values in counts.items()
    }
