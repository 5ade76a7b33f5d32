"""What several forms ask for."""

from django import forms

from search.query import clean


class NameForm(forms.Form):
    """What somebody calls a search or a report."""

    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def clean_name(self) -> str:
        name = clean(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Give it a name.")
        return name
