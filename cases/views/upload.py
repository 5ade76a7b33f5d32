"""Adding files without JavaScript; with it the page sends them to the API, and shows how far each is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cases.models import Case, Role
from cases.permission import require_case
from documents.models import Batch
from extraction.batches import open_batch
from extraction.errors import ERRORS, PermanentError, RetryableError
from extraction.intake import Incoming, take_in
from extraction.names import clean_name

# More would not be read; the list of documents shows all of them.
MAX_COMPLAINTS = 20


@require_POST
def upload(request: HttpRequest, case: UUID) -> HttpResponse:
    """Take the files of a plain form in and go back to the case; for reviewers."""
    found = require_case(request.user, case, Role.REVIEWER)
    files = request.FILES.getlist("files")
    custodian = request.POST.get("custodian", "").replace("\0", "")
    batch = open_batch(found, request.user) if len(files) > 1 else None
    complaints = [c for file in files if (c := _take_in(found, file, custodian, request.user, batch))]
    added = len(files) - len(complaints)
    if not files:
        messages.error(request, "Choose at least one file.")
    if added:
        what = "1 file is added. It is" if added == 1 else f"{added:,} files are added. They are"
        messages.success(request, f"{what} being read; search finds each as soon as it is done.")
    for complaint in complaints[:MAX_COMPLAINTS]:
        messages.error(request, complaint)
    if len(complaints) > MAX_COMPLAINTS:
        messages.error(request, f"{len(complaints) - MAX_COMPLAINTS:,} more files could not be added.")
    return redirect("case", found.pk)


def _take_in(case: Case, file: UploadedFile, custodian: str, user: Any, batch: Batch | None) -> str:
    """Why the file could not be added; empty if it was."""
    incoming = Incoming(name=file.name or "", custodian=custodian, size=file.size, batch=batch)
    try:
        take_in(case, file.chunks(), incoming, user)
    except (PermanentError, RetryableError) as error:
        kind = ERRORS[error.code]
        return f"{clean_name(incoming.name)}: {kind.message} {kind.advice}"
    except IntegrityError:
        # The case was deleted while its files came in.
        if not Case.objects.filter(pk=case.pk).exists():
            raise Http404 from None
        raise
    return ""
