"""Taking a document away and telling everybody who watches its case."""

from django.db import transaction

from documents.models import Document
from documents.removal import Removal, remove_document
from extraction.progress import announce, announce_gone


@transaction.atomic
def remove_and_announce(document: Document) -> Removal:
    """See `documents.removal.remove_document`."""
    removal = remove_document(document)
    for heir in removal.heirs:
        announce(heir)
    for gone in removal.gone:
        announce_gone(gone)
    return removal
