"""What a reader warns of: a stable code, and a sentence for a paralegal.

A warning never holds anything of the document. Codes of errors (extraction/errors.py) appear among the warnings of a
document of which a part could be read; `sentence` knows them too.
"""

from extraction.errors import ERRORS

WARNINGS = {
    # The whole file, or not all of it
    "read_by_other_engine": "Another than the usual reader had to open this file; it keeps less of its layout.",
    "too_many_pages": "The file has more pages than are read; those up to the limit are searchable.",
    "text_truncated": "The file holds more text than is read; what comes after the limit is missing.",
    "ocr_incomplete": "Not every page that is a picture could be read by OCR; the rest is marked unreadable.",
    "damaged_end": "The file is damaged; what comes before the damage was read, the rest is missing.",
    "parts_damaged": "Some parts of the file, such as a sheet, a slide or its notes, are damaged and are missing.",
    "name_disagrees_with_content": "The name promises another kind of file than this is; it was read as what it is.",
    # What is in it that its printed form may not show
    "tracked_changes": (
        "The file holds tracked changes. Its text is shown as if all were accepted; "
        "deletions are at the end of their page."
    ),
    "hidden_text": "The file holds text that is not shown when it is opened or printed; it is marked as hidden.",
    "hidden_sheets": "The workbook has hidden sheets; they were read and are labelled as hidden.",
    "hidden_rows": "The workbook has hidden rows; they were read like the others.",
    "hidden_slides": "The presentation has hidden slides; they were read and are labelled as hidden.",
    "comments": "The file holds comments; they are at the end of the page they belong to.",
    "macros": "The file holds macros. They were not run and are not searched.",
    "bad_redaction": "Text lies under a cover and can be copied out: a redaction that does not redact.",
    "has_javascript": "The PDF holds programs (JavaScript). They were not run.",
    "has_launch_action": "The PDF would start a program, or open another file, when opened or clicked. It was not run.",
    "has_signature": "The PDF is digitally signed. Whether the signature is valid was not checked.",
    "has_xfa_form": "The PDF is a form that fills itself when opened; its fields may show more than was read.",
    "outside_links": "The file refers to others outside it, such as a template or a picture. None was fetched.",
    # What is attached to it, or packed in it
    "members_damaged": "Some of the files inside are damaged; the others were added.",
    "members_encrypted": "Some of the files inside are protected by a password; the others were added.",
    "members_over_limit": "Some of the files inside unpack to more than is allowed and were left out.",
    "members_skipped": "Links and files made by the operating system for itself were left out.",
    "members_left_out": "More files are inside than are added; those beyond the limit were left out.",
    "nested_too_deep": "The files inside are nested too deeply and were left out.",
    # E-mail
    "mail_malformed": "The message breaks the rules for e-mail, as damaged mail does; it was read as far as possible.",
    "mail_encrypted": "The message is encrypted; only its fields can be read.",
}

_OF_MEMBERS = {
    "encrypted": "members_encrypted",
    "archive_limit": "members_over_limit",
    "too_large": "members_over_limit",
}

_UNPACK = "Unpack it yourself and add the files that matter."
# Those that mean that something in the file was not read, and what to do about it.
LOSSES = {
    "too_many_pages": "Split the file and add the parts that are missing.",
    "text_truncated": "Split the file and add the parts that are missing.",
    "damaged_end": "Ask whoever sent the file for another copy.",
    "parts_damaged": "Open and save it in the program that made it, and add that copy.",
    "members_damaged": "Ask whoever sent the file for another copy, or unpack it and add what can be opened.",
    "members_encrypted": "Unpack them with their password and add them, or read it again with the password.",
    "members_over_limit": _UNPACK,
    "members_left_out": _UNPACK,
    "nested_too_deep": _UNPACK,
    "mail_encrypted": "Ask its addressee for a decrypted copy.",
}


def of_member(code: str) -> str:
    """What to warn of a container one of whose members ended with this error."""
    return _OF_MEMBERS.get(code, "members_damaged")


def sentence(code: str) -> str:
    """What a warning means; the code, readable, if nobody has said."""
    if code in WARNINGS:
        return WARNINGS[code]
    return ERRORS[code].message if code in ERRORS else code.replace("_", " ").capitalize() + "."
