"""Changing what a document is called, in the record and in search."""

from __future__ import annotations

from django.db import transaction
from django.http import Http404

from documents.models import Document


@transaction.atomic
def rename(document: Document, **fields: str) -> Document:
    """Set `name`, `custodian` or `source`. The words of a new name find the document from the same moment on.

    Raises Http404 if it was deleted meanwhile.
    """
    # The indexer writes the name into its chunks under the same lock.
    locked = Document.objects.select_for_update().filter(pk=document.pk).first()
    if locked is None:
        raise Http404
    for field, value in fields.items():
        setattr(locked, field, value)
    locked.save(update_fields=list(fields))
    if "name" in fields:
        locked.chunks.update(title=locked.name)
    return locked
