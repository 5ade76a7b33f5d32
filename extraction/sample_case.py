"""The sample case: a fictional matter, written and taken in like any other folder."""

import tempfile
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction

from cases.models import Case, Membership, Party, Role
from extraction.batches import open_batch
from extraction.folder_import import import_file
from extraction.sample import CASE, write_sample_case


def make_sample_case(user: User) -> tuple[Case, int]:
    """The sample case with `user` as its manager, and how many files were taken in.

    Running it again adds nothing twice: the case is found by its reference, files by their content.
    """
    with transaction.atomic():
        case, made = Case.objects.get_or_create(
            reference=CASE.reference,
            defaults={"name": CASE.name, "court": CASE.court, "description": CASE.description},
        )
        if made:
            for name, role, counsel in CASE.parties:
                Party.objects.create(case=case, name=name, role=role, counsel=counsel)
        Membership.objects.get_or_create(case=case, user=user, defaults={"role": Role.MANAGER})
    count = 0
    with tempfile.TemporaryDirectory(prefix="lexintel-sample-") as folder:
        root = Path(folder)
        batch = open_batch(case, user, "Sample files")
        held = set(case.documents.values_list("path", flat=True))
        for file in write_sample_case(root):
            if file.path not in held:
                import_file(case, root / file.path, root, file.custodian, batch)
                count += 1
    return case, count
