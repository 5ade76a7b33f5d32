"""XML from strangers: no entities, no DTD, no network, bounded depth; big parts are read as a stream."""

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from lxml import etree

from extraction.errors import PermanentError

Element = Any
MAX_DIGITS = 12
_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


def parse(data: bytes) -> Element:
    """The root element of a small part. Raises PermanentError(corrupt)."""
    try:
        return etree.fromstring(data, etree.XMLParser(**_SAFE, collect_ids=False))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise PermanentError("corrupt", type(error).__name__) from None


def elements(file: BinaryIO, tags: Iterable[str], *, inside: str = "") -> Iterator[Element]:
    """Each element whose local name is in `tags`, once it is whole; what came before it is forgotten.

    `inside`: only children of an element with this local name. An element within a wanted one is not yielded by
    itself if `inside` is given. Raises PermanentError(corrupt) where the XML is broken.
    """
    wanted = frozenset(tags)
    for _, element in iterate(file, ("end",)):
        if local(element) not in wanted:
            continue
        parent = element.getparent()
        if inside and (parent is None or local(parent) != inside):
            continue
        yield element
        forget(element)


def iterate(file: BinaryIO, events: Iterable[str]) -> Iterator[tuple[str, Element]]:
    """Events of a stream: "start", "end". The caller forgets what it has read. Raises PermanentError(corrupt)."""
    try:
        yield from etree.iterparse(file, events=tuple(events), **_SAFE)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise PermanentError("corrupt", type(error).__name__) from None


def forget(element: Element) -> None:
    """Free an element that has been read, and its elder siblings."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def local(element: Element) -> str:
    """An element's name without its namespace; empty for what is not an element (an entity)."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str, default: str = "") -> str:
    """An attribute by its local name, whichever namespace it is in."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return default


def whole_number(text: str | None, otherwise: int = 0) -> int:
    """A number as files write it; `otherwise` for what is none, or longer than any that is meant."""
    return int(text) if text and len(text) < MAX_DIGITS and text.isascii() and text.isdigit() else otherwise


def child(element: Element | None, name: str) -> Element | None:
    """The first child with this local name."""
    if element is None:
        return None
    return next((c for c in element if local(c) == name), None)


def children(element: Element | None, name: str) -> Iterator[Element]:
    """The children with this local name."""
    if element is not None:
        yield from (c for c in element if local(c) == name)


def text_of(element: Element) -> str:
    """All text below an element; of an entity, which is not expanded, nothing."""
    return "".join(element.itertext(etree.Element))
