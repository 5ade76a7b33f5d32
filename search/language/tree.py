"""A question as a tree.

    breach w/5 (contract* OR “side letter”) AND NOT draft

    And ─┬─ Near 5 ─┬─ Word breach
         │          └─ Or ─┬─ Wildcard contract*
         │                 └─ Phrase side letter
         └─ Not ─── Word draft

And, Or and Not speak of documents. What is below Near and Within, and every Phrase, stands on one page.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Word:
    """A word as typed; its other endings are found as well."""

    text: str


@dataclass(frozen=True)
class Wildcard:
    """A word with * (any letters, or none) or ? (exactly one) in it, in lower case. Compared letter by letter."""

    pattern: str


@dataclass(frozen=True)
class Phrase:
    """Words one after the other."""

    text: str


@dataclass(frozen=True)
class Near:
    """Both sides, the one at most `distance` words from the other; `ordered`: left before right.

    `apart`: the left side where the right one does not stand so near.
    """

    left: "Node"
    right: "Node"
    distance: int
    ordered: bool = False
    apart: bool = False


@dataclass(frozen=True)
class Within:
    """Both sides in one sentence or paragraph; `apart` as in Near."""

    left: "Node"
    right: "Node"
    unit: Literal["sentence", "paragraph"]
    apart: bool = False


@dataclass(frozen=True)
class Field:
    """What a document is, rather than what it says. `value` as typed."""

    name: str
    value: str


@dataclass(frozen=True)
class And:
    children: tuple["Node", ...]


@dataclass(frozen=True)
class Or:
    children: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    child: "Node"


Node = Word | Wildcard | Phrase | Near | Within | Field | And | Or | Not
# What stands in one place of a text; And, Or and Not put such units, and fields, together.
Unit = Word | Wildcard | Phrase | Near | Within


def units(node: Node | None, *, positive: bool | None = None) -> Iterator[Unit]:
    """The units in their order; only those that are looked for (`positive`) or only those that must not be there."""
    for unit, wanted in _units(node, True):
        if positive is None or wanted is positive:
            yield unit


def _units(node: Node | None, wanted: bool) -> Iterator[tuple[Unit, bool]]:
    if isinstance(node, Not):
        yield from _units(node.child, not wanted)
    elif isinstance(node, And | Or):
        for child in node.children:
            yield from _units(child, wanted)
    elif node is not None and not isinstance(node, Field):
        yield node, wanted


def leaves(node: Node | None) -> Iterator[Word | Wildcard | Phrase]:
    """The words, wildcards and phrases below a node, in their order; of what stands `apart`, only what is marked."""
    if isinstance(node, Near | Within):
        yield from leaves(node.left)
        if not node.apart:
            yield from leaves(node.right)
    elif isinstance(node, And | Or):
        for child in node.children:
            yield from leaves(child)
    elif isinstance(node, Not):
        yield from leaves(node.child)
    elif node is not None and not isinstance(node, Field):
        yield node


def fields(node: Node | None) -> Iterator[Field]:
    """The fields below a node, in their order."""
    if isinstance(node, And | Or):
        for child in node.children:
            yield from fields(child)
    elif isinstance(node, Not):
        yield from fields(node.child)
    elif isinstance(node, Field):
        yield node


def all_of(nodes: list[Node]) -> Node | None:
    """And over the nodes, flat; the node itself if there is one, None if there is none."""
    flat = [child for node in nodes for child in (node.children if isinstance(node, And) else (node,))]
    return And(tuple(dict.fromkeys(flat))) if len(set(flat)) > 1 else flat[0] if flat else None


def any_of(nodes: list[Node]) -> Node | None:
    """Or over the nodes, flat; the node itself if there is one, None if there is none."""
    flat = [child for node in nodes for child in (node.children if isinstance(node, Or) else (node,))]
    return Or(tuple(dict.fromkeys(flat))) if len(set(flat)) > 1 else flat[0] if flat else None


def written(node: Node, *, inside: bool = False) -> str:
    """The node in the language itself, with every parenthesis that shows how it was read."""
    if isinstance(node, Word):
        return node.text
    if isinstance(node, Wildcard):
        return node.pattern
    if isinstance(node, Phrase):
        return f"“{node.text}”"
    if isinstance(node, Field):
        return f"{node.name}:“{node.value}”" if " " in node.value else f"{node.name}:{node.value}"
    if isinstance(node, Not):
        return f"NOT {written(node.child, inside=True)}"
    if isinstance(node, And | Or):
        said = (" AND " if isinstance(node, And) else " OR ").join(written(c, inside=True) for c in node.children)
    elif isinstance(node, Near):
        operator = f"{'pre' if node.ordered else 'w'}/{node.distance}"
        said = _between(node, operator)
    else:
        said = _between(node, f"w/{node.unit[0]}")
    return f"({said})" if inside else said


def _between(node: Near | Within, operator: str) -> str:
    left, right = written(node.left, inside=True), written(node.right, inside=True)
    return f"{left} {'NOT ' if node.apart else ''}{operator} {right}"
