"""Setting a text's blocks on pages, in the look of the paper it belongs to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reportlab.platypus import Paragraph

from extraction.sample.blocks import Block
from extraction.sample.pages import Composer
from extraction.sample.tables import fitted
from extraction.sample.typography import INCH, SERIF, markup, style

SHORT_TABLE = 8
Section = Callable[[Composer], None]


@dataclass(frozen=True)
class Look:
    """`leading`: points from line to line of running text; `gap`: points between paragraphs; `first`: the first line's
    indent. `hanging`: numbers stand in a margin of so many points (0: run in with the text). `item`: items' margin.
    """

    face: str = SERIF
    size: float = 12
    leading: float = 24
    gap: float = 0
    first: float = 36
    align: str = "left"
    hanging: float = 0
    item: float = 66
    heading_align: str = "center"
    table_size: float = 9.5

    @property
    def single(self) -> float:
        return self.size * 1.17


def fill(composer: Composer, parts: Sequence[Block], look: Look, sections: Mapping[str, Section]) -> None:
    """Set all blocks. `sections`: what the text's `@name` lines stand for."""
    for block in parts:
        if block.kind == "section":
            sections[block.label](composer)
        elif block.kind == "break":
            composer.start_page()
        elif block.kind == "table":
            total = block.rows[-1][0].startswith(("Total", "Contract Price"))
            table = fitted(block.rows, composer.width, face=look.face, size=look.table_size, total=total)
            # With something to keep below it a short table is not cut.
            composer.add(table, keep=1 if len(block.rows) <= SHORT_TABLE else 0)
        else:
            SETTERS[block.kind](composer, block, look)


def _lines(text: str) -> str:
    return "<br/>".join(markup(line) for line in text.split("\n"))


def _title(composer: Composer, block: Block, look: Look) -> None:
    align = look.heading_align
    shape = style(look.face, look.size + 1, look.size * 1.3, align=align, bold=True, before=12, after=12)
    composer.add(Paragraph(_lines(block.text), shape), keep=look.leading * 3)


def _heading(composer: Composer, block: Block, look: Look) -> None:
    shape = style(look.face, look.size, look.single, align=look.heading_align, bold=True, before=10, after=8)
    composer.add(Paragraph(_lines(block.text), shape), keep=look.leading * 2 + 6)


def _subheading(composer: Composer, block: Block, look: Look) -> None:
    label, dot, rest = block.text.partition(". ")
    if dot and len(label) == 1:
        shape = style(look.face, look.size, look.single, bold=True, left=36, first=36, before=8, after=8)
        composer.add(Paragraph(markup(rest), shape, bulletText=f"{label}."), keep=look.leading * 2 + 6)
        return
    shape = style(look.face, look.size, look.single, bold=True, before=8, after=7)
    composer.add(Paragraph(markup(block.text), shape), keep=look.leading * 2 + 6)


def _prose(composer: Composer, block: Block, look: Look) -> None:
    said = markup(block.text, composer.next_note)
    shape = style(look.face, look.size, look.leading, align=look.align, first=look.first, after=look.gap)
    composer.add(Paragraph(said, shape), note=block.note)


def _numbered(composer: Composer, block: Block, look: Look) -> None:
    said = markup(block.text, composer.next_note)
    if look.hanging:
        left = look.hanging
        shape = style(look.face, look.size, look.leading, align=look.align, left=left, first=left, after=look.gap)
        composer.add(Paragraph(said, shape, bulletText=block.label), note=block.note)
        return
    shape = style(look.face, look.size, look.leading, align=look.align, first=36, after=look.gap)
    composer.add(Paragraph(f"{block.label}{'&nbsp;' * 5}{said}", shape), note=block.note)


def _item(composer: Composer, block: Block, look: Look) -> None:
    leading = min(look.leading, look.size * 1.33)
    shape = style(
        look.face,
        look.size,
        leading,
        align=look.align,
        left=look.item,
        first=look.item,
        bullet=max(look.item - 24, 0),
        after=max(look.gap, 6),
    )
    label = "•" if block.label == "-" else block.label
    composer.add(Paragraph(markup(block.text, composer.next_note), shape, bulletText=label), note=block.note)


def _quotation(composer: Composer, block: Block, look: Look) -> None:
    shape = style(look.face, look.size, look.single, align="justify", left=54, right=54, first=54, before=2, after=11)
    composer.add(Paragraph(markup(block.text), shape))


def _signature(composer: Composer, block: Block, look: Look) -> None:
    shape = style(look.face, look.size, look.single, left=234, first=234, before=10, after=10)
    composer.add(Paragraph(_lines(block.text), shape))


def _centered(composer: Composer, block: Block, look: Look) -> None:
    shape = style(look.face, look.size, look.size * 1.3, align="center", before=4, after=10)
    composer.add(Paragraph(_lines(block.text), shape))


def _address(composer: Composer, block: Block, look: Look) -> None:
    shape = style(look.face, look.size, look.single, after=max(look.gap, 0.12 * INCH))
    composer.add(Paragraph(_lines(block.text), shape))


SETTERS = {
    "title": _title,
    "heading": _heading,
    "subheading": _subheading,
    "prose": _prose,
    "numbered": _numbered,
    "item": _item,
    "quotation": _quotation,
    "signature": _signature,
    "centered": _centered,
    "address": _address,
}
