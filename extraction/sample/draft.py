"""The draft of the minutes as a Word file: what was written first, with a tracked insertion and a comment."""

import re
from dataclasses import replace
from xml.sax.saxutils import escape

from extraction.sample import blocks
from extraction.sample.blocks import Block
from extraction.sample.office import package
from extraction.sample.pages import FICTIONAL
from extraction.sample.typography import typeset

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BY = 'w:author="Odette Lindqvist" w:date="2023-06-30T16:52:00Z"'
COMMENT = "Miles, can you do the list by the 7th, with everything else on your desk?"
INSERTED = " MT and OL see to it."
# What the draft says, and the minutes that were sent out do not.
CHANGES = {
    "Minutes, final version": "Minutes, draft",
    "Final, July 11, 2023": "Draft, June 30, 2023",
    "Halden (RA)": "Corvane (MT/OL)",
}
ACTION = "Re-verify call-out list after 4.2.1"
CALL_OUT = "The Call-Out List is to be re-verified after the update."


def draft_minutes() -> bytes:
    """The minutes of the operations meeting of June 29, 2023, before they were changed."""
    kept = [block for block in blocks.load("minutes.md") if not block.text.startswith("Circulated by")]
    body = "".join(_block(_changed(block)) for block in kept)
    body += _paragraph("For M. Trevanion and G. Pryce: tell me if I got anything wrong.") + _paragraph(FICTIONAL)
    comments = (
        f'<w:comments xmlns:w="{W}"><w:comment w:id="1" {BY} w:initials="OL">'
        f"{_paragraph(COMMENT)}</w:comment></w:comments>"
    )
    return package(
        "word/document.xml",
        "wordprocessingml.document.main",
        f'<w:document xmlns:w="{W}"><w:body>{body}<w:sectPr/></w:body></w:document>',
        [("comments.xml", "comments", "wordprocessingml.comments", comments)],
        title="WH3 Minutes 2023-06-29 draft",
    )


def _changed(block: Block) -> Block:
    rows = tuple(tuple(CHANGES.get(cell, cell) for cell in row) for row in block.rows)
    text = block.text
    for final, draft in CHANGES.items():
        text = text.replace(final, draft)
    return replace(block, text=text, rows=rows)


def _block(block: Block) -> str:
    if block.kind == "table":
        return _table(block.rows) + _paragraph("")
    said = f"{block.label} {block.text}".strip()
    lines = said.split("\n") if block.kind == "centered" else [said]
    return "".join(_paragraph(line) for line in lines)


def _table(rows: tuple[tuple[str, ...], ...]) -> str:
    made = "".join(f"<w:tr>{''.join(f'<w:tc>{_paragraph(cell)}</w:tc>' for cell in row)}</w:tr>" for row in rows)
    return f"<w:tbl><w:tblPr/>{made}</w:tbl>"


def _paragraph(text: str) -> str:
    runs = "".join(_run(part, bold=n % 2 == 1) for n, part in enumerate(re.split(r"\*\*", text)) if part)
    if ACTION in text:
        runs = f'<w:commentRangeStart w:id="1"/>{runs}<w:commentRangeEnd w:id="1"/>'
        runs += '<w:r><w:commentReference w:id="1"/></w:r>'
    if CALL_OUT in text:
        runs += f'<w:ins w:id="2" {BY}>{_run(INSERTED)}</w:ins>'
    return f"<w:p>{runs}</w:p>"


def _run(text: str, *, bold: bool = False) -> str:
    look = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f'<w:r>{look}<w:t xml:space="preserve">{escape(typeset(text))}</w:t></w:r>'
