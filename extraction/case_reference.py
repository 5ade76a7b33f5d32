"""Finding the case that a command names."""

from uuid import UUID

from django.core.management.base import CommandError

from cases.models import Case


def find_case(reference: str) -> Case:
    """The case with this reference or id. Raises CommandError (exit code 2) naming the known references."""
    case = Case.objects.filter(reference=reference).first()
    if case is None:
        try:
            case = Case.objects.filter(pk=UUID(reference)).first()
        except ValueError:
            pass
    if case is None:
        known = ", ".join(Case.objects.order_by("reference").values_list("reference", flat=True)[:20]) or "none yet"
        raise CommandError(f"There is no case “{reference}”. Known references: {known}.", returncode=2)
    return case
