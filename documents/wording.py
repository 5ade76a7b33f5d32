"""How far a document is, in a sentence."""

from __future__ import annotations

from documents.models import Document, Stage, Status


def status_sentence(
    document: Document, *, pages: int, unreadable: int, position: int | None = None, left: str = ""
) -> str:
    """What its status means for whoever looks for it.

    `pages` are shown, `unreadable` of them could not be read; `position` jobs before it; `left`: how long it takes yet,
    as “about 4 min”.
    """
    if document.status == Status.READY:
        return "Everything in it that is text can be searched."
    if document.status == Status.PARTIAL:
        if unreadable:
            number = "1 page" if unreadable == 1 else f"{unreadable:,} pages"
            return f"{number} could not be read, and search finds nothing on them. The rest can be searched."
        return "Not all of it was read. What was read can be searched."
    if document.status == Status.FAILED:
        return "What was read of it before can be searched." if pages else "Search finds nothing in it."
    return " ".join(
        filter(
            None,
            [
                _doing(document, position),
                f"{left[0].upper()}{left[1:]} left." if left else "",
                _meanwhile(document, pages),
            ],
        )
    )


def _doing(document: Document, position: int | None) -> str:
    if document.stage == Stage.EMBED:
        return "Its meaning is being indexed."
    if document.status == Status.QUEUED:
        if position is None:
            return "It waits for its turn."
        return "It is next." if position == 0 else f"It waits for its turn: {position:,} before it in this case."
    if document.stage == Stage.INDEX:
        return "Its words are being indexed."
    if document.page_count:
        return f"It is being read: {document.pages_done:,} of {document.page_count:,} pages."
    return "It is being read."


def _meanwhile(document: Document, pages: int) -> str:
    if document.stage == Stage.EMBED:
        return "Its words are found already."
    return "Meanwhile its former text can be searched." if pages else ""
