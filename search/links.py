"""Where a hit leads: its page, with the question, so that the page marks the words again; and what is like it."""

from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from search.models import SavedSearch


def page_link(document_id: UUID, page: int, question: str = "") -> str:
    """The path of a document's page."""
    path = reverse("document-page", args=[document_id, page])
    return f"{path}?{urlencode({'q': question})}" if question else path


def document_search_link(document_id: UUID, question: str) -> str:
    """The path of a document's hits, page by page."""
    return f"{reverse('document-search', args=[document_id])}?{urlencode({'q': question})}"


def similar_link(document_id: UUID, page: int | None = None, char: int = 0) -> str:
    """The path of what is similar to a document or, with a page, to the passage at that place."""
    path = reverse("document-similar", args=[document_id])
    return f"{path}?{urlencode({'page': page, 'char': char})}" if page is not None else path


def saved_link(saved: SavedSearch) -> str:
    """The path of the results of a saved search."""
    path = reverse("case-search", args=[saved.case_id]) if saved.case_id else reverse("search")
    asked = {"q": saved.question, "mode": saved.mode, "media_type": saved.media_type, "custodian": saved.custodian}
    return f"{path}?{urlencode({name: value for name, value in asked.items() if value} | {'saved': saved.pk})}"
