"""The Content-Security-Policy of each answer: CONTENT_SECURITY_POLICY, loosened where the admin's own pages need it.

The admin's interface evaluates expressions in its markup and styles elements inline; its pages show ids, names and
states, never the text of a document.
"""

from __future__ import annotations

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase

ADMIN_PREFIX = "/admin/"
ADMIN_DIRECTIVES = {
    "script-src": ["'self'", "'unsafe-inline'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}


class ContentPolicyMiddleware(CSPMiddleware):  # type: ignore[misc]
    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts: PolicyParts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(ADMIN_PREFIX):
            parts.replace = ADMIN_DIRECTIVES | (parts.replace or {})
        return parts
