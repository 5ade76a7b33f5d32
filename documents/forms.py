"""What can be changed on a document's page."""

from __future__ import annotations

from typing import Any

from django import forms

from documents.models import Document
from extraction.models import JobStage
from extraction.names import clean_name
from extraction.passwords import MAX_CHARS, MOST
from extraction.reprocess import parse_pages


class EditForm(forms.ModelForm):
    """What a document is called and where it comes from."""

    class Meta:
        model = Document
        fields = ["name", "custodian", "source"]
        help_texts = {
            "name": "Search finds the document by the words of its name, too.",
            "custodian": "Whose files it is from.",
            "source": "How it came in, for example a production or an e-mail.",
        }

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])


class ReprocessForm(forms.Form):
    """Doing a document again."""

    from_stage = forms.ChoiceField(choices=JobStage.choices, initial=JobStage.READ, label="Start at", required=False)
    pages = forms.CharField(
        required=False, max_length=1000, help_text="For example 3, 7-9. Empty: all pages.", label="Only these pages"
    )
    force_ocr = forms.TypedChoiceField(
        choices=[("", "Only pages without text of their own"), ("yes", "All of them")],
        coerce=bool,
        empty_value=False,  # type: ignore[arg-type]
        required=False,
        label="Read as pictures (OCR)",
    )

    def clean_from_stage(self) -> str:
        return self.cleaned_data["from_stage"] or JobStage.READ

    def clean_pages(self) -> tuple[int, ...]:
        try:
            return parse_pages(self.cleaned_data["pages"])
        except ValueError:
            raise forms.ValidationError("Give page numbers, for example 3, 7-9.") from None

    def options(self) -> dict[str, Any]:
        """What `extraction.reprocess.reprocess` takes."""
        return {name: self.cleaned_data[name] for name in ("from_stage", "pages", "force_ocr")}


class _NotShownAgain(forms.Textarea):
    """As with a field for one password: what was typed never comes back in an answer."""

    def format_value(self, value: Any) -> str:
        return ""


class PasswordsForm(forms.Form):
    """Passwords for files that are protected, one on a line."""

    passwords = forms.CharField(
        required=False,
        strip=False,
        max_length=MOST * (MAX_CHARS + 2),
        label="Passwords to try",
        help_text=f"One on each line, at most {MOST}. They are used once and not kept.",
        widget=_NotShownAgain(
            attrs={"rows": 3, "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean_passwords(self) -> tuple[str, ...]:
        given = tuple(dict.fromkeys(line for line in self.cleaned_data["passwords"].splitlines() if line))
        if len(given) > MOST:
            raise forms.ValidationError(f"Give at most {MOST} passwords at a time.")
        if any(len(password) > MAX_CHARS for password in given):
            raise forms.ValidationError(f"A password has at most {MAX_CHARS:,} characters.")
        return given
