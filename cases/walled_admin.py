"""The admin inside the walls: staff see and change there what their memberships let them, whatever their permissions.

A permission of Django's says which kinds of things somebody may administer, the membership says in which cases.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from unfold.admin import ModelAdmin

from cases.access import at_least
from cases.models import Case, Membership, Role


def role_of(request: HttpRequest, case_id: UUID | None) -> str | None:
    """The role of whoever asks in a case; looked up once per request."""
    if not hasattr(request, "roles_by_case"):
        memberships = Membership.objects.filter(user=request.user, user__is_active=True)  # type: ignore[misc]
        request.roles_by_case = dict(memberships.values_list("case_id", "role"))  # type: ignore[attr-defined]
    return request.roles_by_case.get(case_id)  # type: ignore[attr-defined,no-any-return]


class WalledAdmin(ModelAdmin):  # type: ignore[misc]
    """For models that belong to a case; `case_path` leads there."""

    case_path = "case"
    # What the row's case must grant, besides Django's permission.
    change_role = Role.MANAGER
    delete_role = Role.MANAGER
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(**{f"{self.case_path}__in": Case.objects.visible_to(request.user)})

    def case_id_of(self, row: Any) -> UUID | None:
        """The id of the row's case."""
        for name in self.case_path.split("__")[:-1]:
            row = getattr(row, name)
        return getattr(row, f"{self.case_path.split('__')[-1]}_id")  # type: ignore[no-any-return]

    def may(self, request: HttpRequest, row: Any, role: str) -> bool:
        """Whether whoever asks has at least this role in the row's case."""
        return at_least(role_of(request, self.case_id_of(row)), role)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or self.may(request, obj, self.change_role))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or self.may(request, obj, self.delete_role))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Case:
            kwargs["queryset"] = self.cases_to_choose(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def cases_to_choose(self, request: HttpRequest) -> QuerySet[Case]:
        """The cases a row may be put into."""
        return Case.objects.visible_to(request.user, self.change_role)

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What a deletion takes away, by name only: a case has too many pages and chunks to list."""
        objs = list(objs)
        meta = self.opts
        allowed = all(self.has_delete_permission(request, obj) for obj in objs)
        missing = set() if allowed else {f"{meta.verbose_name} (your role in the case does not allow it)"}
        return [str(obj) for obj in objs], {str(meta.verbose_name_plural): len(objs)}, missing, []

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponseBase:
        row = self.get_object(request, object_id)
        if row is None or role_of(request, self.case_id_of(row)) is None:
            raise Http404
        return super().history_view(request, object_id, extra_context)  # type: ignore[no-any-return]

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponseBase:
        # Django leads to the index with a message; here as everywhere it is 404.
        raise Http404

    # The list of somebody's own actions outlives their membership, so it must not tell names.

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        return _nameless([super().log_addition(request, obj, message)])[0]

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        return _nameless([super().log_change(request, obj, message)])[0]

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> list[LogEntry]:
        return _nameless(super().log_deletions(request, queryset))


def _nameless(entries: Iterable[LogEntry] | None) -> list[LogEntry]:
    entries = list(entries or ())
    for entry in entries:
        entry.object_repr = f"{entry.content_type.name} {entry.object_id}"[:200] if entry.content_type else ""
    LogEntry.objects.bulk_update(entries, ["object_repr"])
    return entries


class CaseFilter(admin.SimpleListFilter):
    """My cases. Django's own filter would offer every case by name."""

    title = "case"
    parameter_name = "case"
    case_path = "case"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(case.pk), case.name) for case in Case.objects.visible_to(request.user).order_by("name", "pk")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Only what is offered: an id that is not one of mine, or no id at all, finds nothing.
        if self.value() is None:
            return queryset
        offered = {key for key, _ in self.lookup_choices}
        return queryset.filter(**{f"{self.case_path}_id": self.value()}) if self.value() in offered else queryset.none()
