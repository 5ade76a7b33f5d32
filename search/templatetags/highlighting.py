"""Marked text in templates. The only place where text from documents meets markup."""

from collections.abc import Sequence

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from search.page_layers import Piece, because

register = template.Library()


@register.simple_tag
def marked(text: str, highlights: Sequence[tuple[int, int]] = ()) -> SafeString:
    """The text, every piece of it escaped, with <mark> around the spans (sorted, not overlapping)."""
    pieces, place = [], 0
    for start, end in highlights:
        pieces.append((text[place:start], text[start:end]))
        place = end
    return format_html_join("", "{}<mark>{}</mark>", pieces) + escape(text[place:])


@register.simple_tag
def layered(pieces: Sequence[Piece], current: int = 0) -> SafeString:
    """A page's text: hits marked and numbered, hidden text and numbered lines told apart, every piece escaped."""
    return mark_safe("".join(_layered(piece, current) for piece in pieces))  # noqa: S308 - of escaped parts only


@register.filter
def points(number: float) -> str:
    """A length for a drawing: 12.345 → 12.35, in every language with a point."""
    return f"{number:.2f}"


def _layered(piece: Piece, current: int) -> SafeString:
    shown = format_html("{}", piece.text)
    if piece.hit:
        name = format_html(' id="hit-{}"', piece.hit) if piece.opens else ""
        here = mark_safe(' class="is-current"') if piece.hit == current else ""
        shown = format_html('<mark{}{} data-hit="{}">{}</mark>', name, here, piece.hit, shown)
    if piece.hidden:
        why = f"Not visible on the printed page: {because(piece.hidden)}"
        shown = format_html('<span class="page-hidden" title="{}">{}</span>', why, shown)
    if piece.margin:
        return format_html('<span class="page-margin-number">{}</span>', shown)
    if piece.line:
        begins = " page-line-begins" if piece.begins_line else ""
        return format_html('<span class="page-line{}" data-line="{}">{}</span>', begins, piece.line, shown)
    return shown
