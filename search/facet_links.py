"""Facets as links: what to narrow the results down to, with how many documents; and what to take back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.urls import reverse

from cases.models import Case
from search.found import Facets, FacetValue
from search.language.fields import TYPES

KINDS = {
    "pdf": "PDF",
    "email": "E-mail",
    "word": "Word processing",
    "sheet": "Spreadsheet",
    "slides": "Slides",
    "image": "Picture",
    "text": "Text",
    "web": "Web page",
    "archive": "Archive",
}
# What tells files of one kind apart, by how their media types end.
FORMATS = {
    "message/rfc822": "EML",
    "vnd.ms-outlook": "Outlook",
    "mbox": "mailbox",
    "msword": "Word 97",
    "wordprocessingml.document": "Word",
    "opendocument.text": "OpenDocument",
    "application/rtf": "RTF",
    "vnd.wordperfect": "WordPerfect",
    "vnd.ms-excel": "Excel 97",
    "spreadsheetml.sheet": "Excel",
    "opendocument.spreadsheet": "OpenDocument",
    "text/csv": "CSV",
    "text/tab-separated-values": "TSV",
    "vnd.ms-powerpoint": "PowerPoint 97",
    "presentationml.presentation": "PowerPoint",
    "opendocument.presentation": "OpenDocument",
    "text/plain": "plain",
    "text/markdown": "Markdown",
}
LABELS = {"media_type": "Kind", "custodian": "Custodian", "case": "Case"}
# Of more values the most frequent; the others are found by fields in the question.
MOST_VALUES = 12


@dataclass(frozen=True)
class FacetLink:
    """`chosen`: the results are narrowed down to it, and the link takes that back."""

    label: str
    count: int | None
    url: str
    chosen: bool = False


@dataclass(frozen=True)
class FacetList:
    label: str
    links: tuple[FacetLink, ...]
    more: int


def facet_lists(facets: Facets, asked: Mapping[str, str], case: Case | None) -> list[FacetList]:
    """What can be chosen, and what was. `asked`: the parameters of the address, without a cursor."""
    lists = [_list(name, facets, asked, case) for name in LABELS]
    return [one for one in lists if one.links]


def address(asked: Mapping[str, str], case: object = None) -> str:
    """The results page for these parameters, in one case or in all."""
    path = reverse("case-search", args=[case]) if case else reverse("search")
    return f"{path}?{urlencode({name: value for name, value in asked.items() if value})}"


def kind_of(media_type: str) -> str:
    """What people call files of this media type; the media type itself if it has no such name."""
    for name, beginnings in TYPES.items():
        if media_type.startswith(beginnings):
            return KINDS[name]
    return media_type


def _list(name: str, facets: Facets, asked: Mapping[str, str], case: Case | None) -> FacetList:
    within = case.pk if case else None
    values = _named(facets[name]) if name == "media_type" else facets[name]
    counts = {value.value: value.count for value in values}
    chosen = ""
    if name == "case" and case is not None:
        chosen, taken_back = str(case.pk), address(asked)
        label = case.name
    elif name != "case" and asked.get(name):
        chosen, taken_back = asked[name], address({**asked, name: ""}, within)
        label = kind_of(chosen) if name == "media_type" else chosen
    if chosen:
        return FacetList(LABELS[name], (FacetLink(label, counts.get(chosen), taken_back, chosen=True),), 0)
    if len(values) < 2:
        # Nothing to choose between.
        return FacetList(LABELS[name], (), 0)
    links = tuple(
        FacetLink(
            value.label,
            value.count,
            address(asked, value.value) if name == "case" else address({**asked, name: value.value}, within),
        )
        for value in values[:MOST_VALUES]
    )
    return FacetList(LABELS[name], links, max(len(values) - MOST_VALUES, 0))


def _named(values: tuple[FacetValue, ...]) -> tuple[FacetValue, ...]:
    """Media types by the names of their kinds; where several are of a kind, by their formats as well."""
    kinds = [kind_of(value.value) for value in values]
    return tuple(
        replace(value, label=kind if kinds.count(kind) == 1 else f"{kind} ({_format_of(value.value)})")
        for value, kind in zip(values, kinds, strict=True)
    )


def _format_of(media_type: str) -> str:
    known = next((name for end, name in FORMATS.items() if media_type.endswith(end)), "")
    # image/png, application/x-tar
    return known or media_type.rpartition("/")[2].removeprefix("x-").upper()
