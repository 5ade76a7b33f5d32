"""Every way a document can fail: a stable code, whether trying again helps, what happened, what to do.

The sentences are for a paralegal; docs/WORKERS.md shows the table.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ErrorKind:
    """`message` says what happened, `advice` what to do about it."""

    code: str
    permanent: bool
    message: str
    advice: str


def _kinds() -> list[ErrorKind]:
    def permanent(code: str, message: str, advice: str) -> ErrorKind:
        return ErrorKind(code, True, message, advice)

    def retryable(code: str, message: str, advice: str) -> ErrorKind:
        return ErrorKind(code, False, message, advice)

    return [
        permanent(
            "unsupported_type",
            "This kind of file cannot be read.",
            "The original is kept and can be downloaded. Convert it to PDF or text and add that.",
        ),
        permanent(
            "encrypted",
            "The file is protected by a password.",
            "Enter its password and read it again, or add a copy without one.",
        ),
        permanent(
            "corrupt",
            "The file is damaged and cannot be opened.",
            "Ask whoever sent it for another copy, or open and save it in the program that made it.",
        ),
        permanent(
            "empty", "The file is empty: it has no bytes.", "Check the source; if it should not be, add it again."
        ),
        permanent(
            "too_large", "The file is larger than allowed.", "Split it, or ask the administrator to raise the limit."
        ),
        permanent(
            "too_many_pages",
            "The file has more pages than are read.",
            "The pages up to the limit are searchable. Split the file to read the rest.",
        ),
        permanent(
            "archive_limit",
            "The archive holds more than is unpacked safely.",
            "Unpack it yourself and add the files that matter.",
        ),
        permanent(
            "resource_memory",
            "Reading the file took more memory than is allowed.",
            "Print it to PDF and add that copy, or ask the administrator.",
        ),
        permanent(
            "resource_time",
            "Reading the file took longer than is allowed.",
            "What was read is kept. Split the file, or print it to PDF and add that copy.",
        ),
        permanent(
            "parser_crash",
            "The file made its reader crash.",
            "It is likely damaged. Open and save it in the program that made it, and add that copy.",
        ),
        permanent(
            "quarantined",
            "Reading the file ended its worker three times; it is set aside.",
            "Ask the administrator to look at it; it can be released and tried again.",
        ),
        permanent(
            "storage_corrupt",
            "The stored original is missing or is no longer what was added.",
            "Restore it from the backup, or add the file again.",
        ),
        permanent(
            "internal_error",
            "LexIntel made a mistake with this file.",
            "Try again; if it happens again, send the administrator the document's id.",
        ),
        retryable("storage_unavailable", "The file storage does not answer.", "Nothing to do: it is tried again."),
        retryable(
            "storage_full", "The file storage is full.", "Ask the administrator to free space; it is tried again."
        ),
        retryable("database_unavailable", "The database does not answer.", "Nothing to do: it is tried again."),
        retryable("broker_unavailable", "The message service does not answer.", "Nothing to do: it is tried again."),
        retryable(
            "embedding_unavailable",
            "Search by meaning is not available for this document yet.",
            "Nothing to do: it is found by word meanwhile, and tried again.",
        ),
        retryable("interrupted", "The work was interrupted.", "Nothing to do: it is tried again."),
    ]


ERRORS = {kind.code: kind for kind in _kinds()}


class ExtractionError(Exception):
    """An attempt failed in a way the table knows. `detail` is for the log and never holds document text."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail

    @property
    def kind(self) -> ErrorKind:
        return ERRORS[self.code]


class PermanentError(ExtractionError):
    """Trying again would give the same result."""


class RetryableError(ExtractionError):
    """Something passing: tried again later."""
