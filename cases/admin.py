"""Cases, who may see them, and the tokens that sign programs in.

Superusers see the name of every case and who its members are, since somebody must be able to hand out access;
everything else of a case they see as its members, if they are.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import PaginationInlineFormSet

from cases import members, people_admin
from cases.models import ApiToken, Case, Membership, Party, Role
from cases.walled_admin import CaseFilter, WalledAdmin, role_of
from documents.models import Document
from documents.removal import remove_case

__all__ = ["people_admin"]

NO_MANAGER = "A case needs a manager. Make somebody manager before you take the last one away."


class MembershipFormSet(PaginationInlineFormSet):  # type: ignore[misc]
    """The members of a case, one of whom manages it."""

    def clean(self) -> None:
        super().clean()
        case = self.instance
        if case._state.adding:
            # A new case without a manager gets whoever makes it, see `save_related`.
            return
        before = members.managers_of(case)
        managers = set(before)
        for form in self.forms:
            user, role = form.cleaned_data.get("user"), form.cleaned_data.get("role")
            if form in self.deleted_forms or (form.has_changed() and role != Role.MANAGER):
                managers.discard(form.instance.user_id)
            elif form.has_changed() and user is not None and user.is_active:
                managers.add(user.pk)
        if before and not managers:
            raise ValidationError(NO_MANAGER, code="last_manager")


class MembershipInline(TabularInline):  # type: ignore[misc]
    model = Membership
    formset = MembershipFormSet
    fields = ["user", "role"]
    autocomplete_fields = ["user"]
    extra = 0
    verbose_name_plural = "members"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("user")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and _hands_out_access(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _hands_out_access(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _hands_out_access(request, obj)


class PartyInline(TabularInline):  # type: ignore[misc]
    model = Party
    fields = ["name", "role", "counsel"]
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and _manages(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _manages(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _manages(request, obj)


def _asking(request: HttpRequest) -> User:
    # The admin lets nobody in who is not signed in.
    return cast(User, request.user)


def _manages(request: HttpRequest, case: Case | None) -> bool:
    return case is None or role_of(request, case.pk) == Role.MANAGER


def _hands_out_access(request: HttpRequest, case: Case | None) -> bool:
    return request.user.is_superuser or _manages(request, case)


@admin.register(Case)
class CaseAdmin(WalledAdmin):
    list_display = ["name", "reference", "status", "my_role", "member_count", "document_count", "created_at"]
    list_filter = ["status"]
    search_fields = ["name", "reference"]
    ordering = ["name", "pk"]
    fields = ["name", "reference", "court", "status", "description"]
    inlines = [MembershipInline, PartyInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Past WalledAdmin's own: superusers get every case.
        rows: QuerySet[Any] = ModelAdmin.get_queryset(self, request)
        mine = Case.objects.visible_to(request.user)
        if not request.user.is_superuser:
            rows = rows.filter(pk__in=mine)
        documents = Document.objects.filter(case=OuterRef("pk"), case__in=mine).order_by().values("case")
        members_ = Membership.objects.filter(case=OuterRef("pk")).order_by().values("case")
        own = Membership.objects.filter(case=OuterRef("pk"), user=_asking(request))
        return rows.annotate(
            role_=Subquery(own.values("role")),
            documents_=Subquery(documents.annotate(n=Count("pk")).values("n"), output_field=IntegerField()),
            members_=Subquery(members_.annotate(n=Count("pk")).values("n"), output_field=IntegerField()),
        )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        # What offers cases to choose from offers those that a row may be put into.
        if request.path.endswith("/autocomplete/") and not request.user.is_superuser:
            queryset = queryset.filter(pk__in=Case.objects.visible_to(request.user, Role.MANAGER))
        return super().get_search_results(request, queryset, search_term)  # type: ignore[no-any-return]

    def case_id_of(self, row: Case) -> Any:
        return row.pk

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # So that the form can be sent; which of its fields are open `get_readonly_fields` says.
        return request.user.is_superuser or super().has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is not None and role_of(request, obj.pk) is None:
            return ["name", "reference"]
        return self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if _manages(request, obj) else self.fields

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        found: list[Any] = super().get_inline_instances(request, obj)
        if obj is not None and role_of(request, obj.pk) is None:
            return [inline for inline in found if not isinstance(inline, PartyInline)]
        return found

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change and not form.instance.memberships.filter(role=Role.MANAGER).exists():
            Membership.objects.update_or_create(
                case=form.instance, user=_asking(request), defaults={"role": Role.MANAGER}
            )

    def delete_model(self, request: HttpRequest, obj: Case) -> None:
        remove_case(obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for case in queryset:
            remove_case(case)

    @admin.display(description="my role")
    def my_role(self, case: Case) -> str:
        return case.role_ or "–"  # type: ignore[attr-defined]

    @admin.display(description="members", ordering="members_")
    def member_count(self, case: Case) -> int:
        return case.members_ or 0  # type: ignore[attr-defined]

    @admin.display(description="documents", ordering="documents_", empty_value="–")
    def document_count(self, case: Case) -> int | None:
        return case.documents_  # type: ignore[attr-defined,no-any-return]


@admin.register(Membership)
class MembershipAdmin(WalledAdmin):
    list_display = ["user", "case", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user", "case"]
    search_fields = ["user__username", "case__name", "case__reference"]
    ordering = ["case__name", "user__username"]
    fields = ["case", "user", "role"]
    autocomplete_fields = ["case", "user"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        if request.user.is_superuser:
            return ModelAdmin.get_queryset(self, request)  # type: ignore[no-any-return]
        return super().get_queryset(request)

    def may(self, request: HttpRequest, row: Any, role: str) -> bool:
        return request.user.is_superuser or super().may(request, row, role)

    def cases_to_choose(self, request: HttpRequest) -> QuerySet[Case]:
        return Case.objects.all() if request.user.is_superuser else super().cases_to_choose(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # Another person or another case is another membership.
        return ["case", "user"] if obj else []

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # One at a time: several at once could take the last manager away.
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)

        class KeepsAManager(form):  # type: ignore[misc,valid-type]
            def clean(self) -> dict[str, Any]:
                cleaned: dict[str, Any] = super().clean() or self.cleaned_data
                if obj is not None and cleaned.get("role", obj.role) != Role.MANAGER:
                    try:
                        members.keep_a_manager(obj)
                    except members.LastManager:
                        raise ValidationError(NO_MANAGER, code="last_manager") from None
                return cleaned

        return KeepsAManager

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or not members.is_last_manager(obj))

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        try:
            members.remove(obj)
        except members.LastManager:
            self.message_user(request, NO_MANAGER, messages.ERROR)


@admin.register(Party)
class PartyAdmin(WalledAdmin):
    list_display = ["name", "role", "counsel", "case"]
    list_filter = [CaseFilter]
    list_select_related = ["case"]
    search_fields = ["name", "counsel"]
    ordering = ["name", "pk"]
    fields = ["case", "name", "role", "counsel"]
    autocomplete_fields = ["case"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["case"] if obj else []


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):  # type: ignore[misc]
    """Who has tokens and when they were used. They are made with the password, and deleted to revoke them."""

    list_display = ["name", "user", "created_at", "last_used_at", "expires_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    show_full_result_count = False
    fields = readonly_fields = ["name", "user", "created_at", "last_used_at", "expires_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).defer("digest")
        return rows if request.user.is_superuser else rows.filter(user=request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
