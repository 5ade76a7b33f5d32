"""My saved searches, to be put on any page."""

from typing import Any

from django import template
from django.template import Context

from cases.models import Case
from search.saved_views import rows_of

register = template.Library()

# As many as do not push the rest of a page away; their own page has all.
SHOWN = 8


@register.inclusion_tag("search/saved_box.html", takes_context=True)
def saved_searches(context: Context, case: Case | None = None) -> dict[str, Any]:
    """Those in the case, or all, the ones with something new first."""
    rows = rows_of(context["user"], case.pk if case else None)
    rows.sort(key=lambda row: row[1] == 0)
    return {"rows": rows[:SHOWN], "more": len(rows) > SHOWN, "case": case}
