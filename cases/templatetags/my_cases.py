"""What of my cases stands in the head of pages."""

from typing import Any

from django import template
from django.template import Context

from cases.access import at_least, role_in
from cases.models import Case, Role

register = template.Library()

# As many as fit on a screen; the list of cases has the rest.
SWITCHER_CASES = 15


@register.simple_tag
def my_cases(user: Any) -> list[Case]:
    """The newest cases of `user`: at most SWITCHER_CASES and one more, by which one sees that there are others."""
    return list(Case.objects.visible_to(user).order_by("-created_at", "-pk")[: SWITCHER_CASES + 1])


@register.inclusion_tag("cases/case_head.html", takes_context=True)
def case_head(context: Context, case: Case, here: str) -> dict[str, Any]:
    """The head of a page about a case, with the ways to the others; `here` names this one."""
    role = role_in(context["user"], case)
    return {"case": case, "here": here, "role": role, "may_manage": at_least(role, Role.MANAGER)}
