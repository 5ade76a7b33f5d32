"""What can be entered about a case, its members and its parties."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model

from cases.models import Case, Membership, Party, Role

# Signing-in names as people type them in a list of colleagues: not to be corrected or filled in by the browser.
_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class CaseForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new case."""

    class Meta:
        model = Case
        fields = ["name", "reference", "court", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 4}), "reference": forms.TextInput(attrs=_PLAIN)}
        error_messages = {"reference": {"unique": "Another case has this reference. Choose a different one."}}
        help_texts = {
            "name": "The caption, for example “Acme Corp. v. Doe”.",
            "reference": "Docket or matter number. No other case can have the same.",
        }


class CaseEditForm(CaseForm):
    """A case that exists; it can also be closed."""

    class Meta(CaseForm.Meta):
        fields = [*CaseForm.Meta.fields, "status"]
        help_texts = CaseForm.Meta.help_texts | {"status": "A closed case stays readable and searchable."}


class CaseDeleteForm(forms.Form):
    """Deleting a case takes more than a click: its reference has to be typed."""

    reference = forms.CharField(max_length=100, widget=forms.TextInput(attrs=_PLAIN))

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case

    def clean_reference(self) -> str:
        if self.cleaned_data["reference"] != self.case.reference:
            raise forms.ValidationError("This is not the reference of this case.")
        return self.case.reference


class NewMemberForm(forms.Form):
    """Somebody who is to become a member; `cleaned_data["user"]` is the person."""

    user = forms.CharField(max_length=150, label="Name they sign in with", widget=forms.TextInput(attrs=_PLAIN))
    role = forms.ChoiceField(choices=Role.choices, initial=Role.VIEWER)

    def clean_user(self) -> Any:
        person = get_user_model().objects.filter(username=self.cleaned_data["user"], is_active=True).first()
        if person is None:
            raise forms.ValidationError("Nobody signs in with this name.", code="unknown_user")
        return person


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]
    """The role of a member."""

    class Meta:
        model = Membership
        fields = ["role"]


class PartyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A party and who speaks for it."""

    class Meta:
        model = Party
        fields = ["name", "role", "counsel"]
        help_texts = {"role": "For example Plaintiff or Third-Party Defendant."}
