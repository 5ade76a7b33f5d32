"""Every address there is, and what it is about: the rows of the matrix in test_walls.py.

A new route belongs into one of these lists; until it does, a test fails.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import URLPattern, get_resolver

# Anybody may come here, signed in or not.
OPEN = ["healthz", "readyz", "metrics", "login/", "admin/login/", "api/v1/schema/", "api/v1/docs/"]

# Whoever is signed in finds here what is theirs, or what is nobody's.
OWN = [
    "",
    "logout/",
    "search/",
    "cases/new/",
    "api/v1/tokens/",
    "api/v1/cases/",
    "api/v1/documents/",
    "api/v1/search/",
    "api/v1/uploads/",
    "saved-searches/",
    "api/v1/saved-searches/",
]

# The address names something of a case: for whoever is no member there is nothing.
WALLED = [
    "api/v1/tokens/<uuid:token>/",
    "api/v1/cases/<uuid:case>/",
    "api/v1/cases/<uuid:case>/members/",
    "api/v1/cases/<uuid:case>/members/<str:user>/",
    "api/v1/cases/<uuid:case>/parties/",
    "api/v1/cases/<uuid:case>/parties/<uuid:party>/",
    "api/v1/cases/<uuid:case>/documents/",
    "api/v1/cases/<uuid:case>/reprocess/",
    "api/v1/cases/<uuid:case>/batches/",
    "api/v1/cases/<uuid:case>/batches/<uuid:batch>/",
    "api/v1/cases/<uuid:case>/readability/",
    "api/v1/cases/<uuid:case>/readability/documents/",
    "api/v1/uploads/<uuid:upload>/",
    "api/v1/documents/<uuid:document>/",
    "api/v1/documents/<uuid:document>/file/",
    "api/v1/documents/<uuid:document>/hits/",
    "api/v1/documents/<uuid:document>/pages/",
    "api/v1/documents/<uuid:document>/pages/<int:number>/",
    "api/v1/documents/<uuid:document>/pages/<int:number>/image/",
    "api/v1/documents/<uuid:document>/pages/<int:number>/highlights/",
    "api/v1/documents/<uuid:document>/reprocess/",
    "api/v1/documents/<uuid:document>/similar/",
    "cases/<uuid:case>/",
    "cases/<uuid:case>/live/",
    "cases/<uuid:case>/upload/",
    "cases/<uuid:case>/edit/",
    "cases/<uuid:case>/delete/",
    "cases/<uuid:case>/readability/",
    "cases/<uuid:case>/readability/again/",
    "cases/<uuid:case>/readability.csv",
    "cases/<uuid:case>/people/",
    "cases/<uuid:case>/members/<int:member>/",
    "cases/<uuid:case>/members/<int:member>/remove/",
    "cases/<uuid:case>/parties/add/",
    "cases/<uuid:case>/parties/<uuid:party>/",
    "cases/<uuid:case>/parties/<uuid:party>/remove/",
    "cases/<uuid:case>/search/",
    "cases/<uuid:case>/term-reports/",
    "cases/<uuid:case>/term-reports/<uuid:report>/",
    "cases/<uuid:case>/term-reports/<uuid:report>/delete/",
    "cases/<uuid:case>/term-reports/<uuid:report>.csv",
    "cases/<uuid:case>/term-reports/<uuid:report>.xlsx",
    "api/v1/cases/<uuid:case>/term-reports/",
    "api/v1/cases/<uuid:case>/term-reports/<uuid:report>/",
    "documents/<uuid:document>/",
    "documents/<uuid:document>/edit/",
    "documents/<uuid:document>/reprocess/",
    "documents/<uuid:document>/delete/",
    "documents/<uuid:document>/pages/<int:number>/",
    "documents/<uuid:document>/search/",
    "documents/<uuid:document>/similar/",
    "saved-searches/<uuid:saved>/",
    "saved-searches/<uuid:saved>/open/",
    "saved-searches/<uuid:saved>/delete/",
    "api/v1/saved-searches/<uuid:saved>/",
    "api/v1/saved-searches/<uuid:saved>/seen/",
]

# Where something can be asked for behind a question mark.
SEARCHED = [
    "search/",
    "api/v1/search/",
    "cases/<uuid:case>/search/",
    "documents/<uuid:document>/pages/<int:number>/",
    "documents/<uuid:document>/search/",
    "api/v1/documents/<uuid:document>/hits/",
    "api/v1/documents/<uuid:document>/pages/<int:number>/highlights/",
]
LISTED = [
    "",
    "saved-searches/",
    "api/v1/saved-searches/",
    "api/v1/cases/",
    "api/v1/documents/",
    "cases/<uuid:case>/",
    "cases/<uuid:case>/live/",
]

# The admin's own pages; the app's name stands in the address of `app_list`.
ADMIN_SITE = [
    "admin/",
    "admin/search/",
    "admin/logout/",
    "admin/password_change/",
    "admin/password_change/done/",
    "admin/autocomplete/",
    "admin/jsi18n/",
    "admin/r/<path:content_type_id>/<path:object_id>/",
    "admin/^(?P<app_label>auth|cases|documents|extraction|search)/$",
    "admin/(?P<url>.*)$",
]
# Which models have pages there: of cases, and of people.
ADMIN_WALLED = [
    "cases/case",
    "cases/membership",
    "cases/party",
    "documents/document",
    "extraction/extractionjob",
    "search/termreport",
]
ADMIN_PEOPLE = ["auth/user", "auth/group", "cases/apitoken"]
ADMIN_OF_A_ROW = [
    "<path:object_id>/change/",
    "<path:object_id>/delete/",
    "<path:object_id>/history/",
    "<path:object_id>/",
]


def admin_routes() -> Iterator[str]:
    """Every address under /admin/."""
    yield from ADMIN_SITE
    yield "admin/auth/user/<id>/password/"
    for model in ADMIN_WALLED + ADMIN_PEOPLE:
        for view in ["", "add/", *ADMIN_OF_A_ROW]:
            yield f"admin/{model}/{view}"


def known() -> set[str]:
    """Every address that has a row."""
    return {*OPEN, *OWN, *WALLED, *admin_routes()}


def existing(patterns: Any = None, prefix: str = "") -> Iterator[str]:
    """Every address that the resolver knows."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from existing(pattern.url_patterns, route)


def address(route: str, values: Mapping[str, Any]) -> str:
    """The route with its parameters filled in."""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(values[m[1]]), route)
