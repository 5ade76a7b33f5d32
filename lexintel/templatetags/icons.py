"""Pictures from the one file that holds them all; words beside them say the same."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """The icon `name` of lexintel/icons.svg, hidden from screen readers."""
    link = f"{static('lexintel/icons.svg')}#{name}"
    picture = '<svg class="icon icon-{}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>'
    return format_html(picture, name, link)
