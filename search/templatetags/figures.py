"""Numbers as people read them."""

from django import template

register = template.Library()


@register.filter
def figure(number: int) -> str:
    """12345 → 12,345"""
    return f"{number:,}"
