"""A case that is watched: its documents, and people who may watch it."""

import math

from django.contrib.auth.models import User

from cases.models import Case, Membership, Role
from cases.tokens import issue
from documents.models import Document, Stage, Status

# Below what one person may have open.
_STREAMS_PER_PERSON = 10


def watched_case(documents: int, pages: int, reference: str = "bench") -> tuple[Case, list[Document]]:
    """A case with so many documents that are being read, of so many pages each."""
    case = Case.objects.create(name="Benchmark", reference=reference)
    made = (
        Document(
            case=case,
            name=f"{n}.pdf",
            sha256=f"{n:064x}",
            size=1,
            media_type="application/pdf",
            status=Status.PROCESSING,
            stage=Stage.READ,
            page_count=pages,
        )
        for n in range(documents)
    )
    return case, Document.objects.bulk_create(made, batch_size=1000)


def watchers(case: Case, clients: int, name: str = "watcher") -> list[str]:
    """The header of each client; a person may have only so many streams."""
    people = [User(username=f"{name}-{n}") for n in range(math.ceil(clients / _STREAMS_PER_PERSON))]
    User.objects.bulk_create(people)
    Membership.objects.bulk_create(Membership(case=case, user=person, role=Role.VIEWER) for person in people)
    tokens = [issue(person, "bench")[1] for person in people]
    return [f"Authorization: Bearer {tokens[n // _STREAMS_PER_PERSON]}" for n in range(clients)]
