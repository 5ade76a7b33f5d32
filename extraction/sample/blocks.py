"""The texts in texts/: a small part of Markdown, read into blocks that the layouts set."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

HEADINGS = {"# ": "title", "## ": "heading", "### ": "subheading"}
_NUMBERED = re.compile(r"(\d+(?:\.\d+)*\.?|\([a-z]{1,3}\)|-)\s+(.*)", re.S)
NOTE = "[^]: "


@dataclass(frozen=True)
class Block:
    """`kind`: title, heading, subheading, prose, numbered, item, quotation, signature, centered, address, table, break
    or section. `label`: a numbered paragraph's number, an item's letter, a section's name. `note`: its footnote.
    """

    kind: str
    text: str = ""
    label: str = ""
    note: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def load(name: str) -> list[Block]:
    """The blocks of a text of this package."""
    return parse(source(name))


def source(name: str) -> str:
    """A text of this package as it was written."""
    return resources.files(__package__).joinpath("texts", name).read_text(encoding="utf-8")


def parse(text: str) -> list[Block]:
    """Blocks, parted by blank lines.

    `#` to `###` headings, `12.` numbered paragraph, `(a)` or `-` item, `>` quotation, `:` signature lines, `^` centred
    and `<` left lines, `|` table rows, `---` new page, `@name` a section that the layout knows. A last line that
    begins with `[^]:` is the footnote to the `[^]` in the paragraph above it.
    """
    return [block for part in re.split(r"\n\s*\n", text.strip()) for block in _blocks(part.strip())]


def _blocks(part: str) -> Iterator[Block]:
    mark = part[:2]
    for start, kind in HEADINGS.items():
        if part.startswith(start):
            yield Block(kind, part[len(start) :])
            return
    if part == "---":
        yield Block("break")
    elif part.startswith("@"):
        yield Block("section", label=part[1:])
    elif mark == "> ":
        yield Block("quotation", _joined(_without_mark(part)))
    elif mark == ": " or part == ":":
        yield Block("signature", _without_mark(part))
    elif mark == "^ ":
        yield Block("centered", _without_mark(part))
    elif mark == "< ":
        yield Block("address", _without_mark(part))
    elif mark == "| ":
        rows = [line.strip()[1:-1].split("|") for line in part.splitlines()]
        yield Block("table", rows=tuple(tuple(cell.strip() for cell in row) for row in rows))
    else:
        yield _paragraph(part)


def _paragraph(part: str) -> Block:
    body, _, note = part.partition("\n" + NOTE)
    if found := _NUMBERED.fullmatch(body):
        label = found[1]
        return Block("numbered" if label[0].isdigit() else "item", _joined(found[2]), label, _joined(note))
    return Block("prose", _joined(body), note=_joined(note))


def _joined(text: str) -> str:
    return " ".join(text.split())


def _without_mark(part: str) -> str:
    return "\n".join(line[2:].rstrip() for line in part.splitlines())
