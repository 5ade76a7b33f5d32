"""A few killers taken into a case: each document ends with its status and its code, and what follows them is ready."""

import unicodedata

import pytest

from documents.models import Document
from extraction.errors import ERRORS
from extraction.tests.killers.catalogue import KILLERS

# How the document ends: its status, and its error code or what its warnings say.
ENDINGS = {
    "zip_overlapping": ("failed", "archive_limit"),
    "png_flood": ("failed", "resource_memory"),
    "laughs_docx": ("failed", "corrupt"),
    "xls_sparse": ("failed", "resource_memory"),
    "zip_flat": ("ready", "members_over_limit"),
    "docx_pages": ("partial", "too_many_pages"),
    "mail_parts": ("ready", "members_left_out"),
}


@pytest.fixture(autouse=True)
def short(settings, fake_embedder):
    settings.LEXINTEL_OCR_ENGINE = "none"


def content(name: str) -> bytes:
    killer = KILLERS[name]
    return b"".join(killer.make(**killer.small))


@pytest.mark.parametrize("name", ENDINGS)
def test_a_killer_in_a_case_ends_with_its_status_and_the_next_document_is_ready(case, put_in, work_off, name):
    bad, good = put_in(case, content(name), "a"), put_in(case, b"The record speaks.")
    work_off()
    bad.refresh_from_db()
    good.refresh_from_db()
    status, said = ENDINGS[name]
    assert bad.status == status
    assert said in (bad.error_code, *bad.warnings)
    assert not bad.error_code or ERRORS[bad.error_code].advice
    assert (good.status, good.pages.get().text) == ("ready", "The record speaks.")


def test_members_of_a_bomb_are_documents_that_say_why_they_could_not_be_kept(case, put_in, work_off):
    bomb = put_in(case, content("zip_flat"), "bomb.zip")
    work_off()
    assert [(d.status, d.error_code, d.size) for d in bomb.children.all()] == [("failed", "archive_limit", 0)] * 3


def test_names_that_would_lead_out_of_a_folder_lead_nowhere(case, put_in, work_off):
    put_in(case, content("zip_names"), "names.zip")
    work_off()
    members = Document.objects.filter(depth=1)
    assert members.count() > 10
    for member in members:
        assert not {"..", "", "."} & set(member.path.split("/")[1:])
        assert "/" not in member.name
        assert len(member.name.encode()) <= 255
        assert member.path.startswith("names.zip/")
        assert not {unicodedata.category(c) for c in member.name + member.path} & {"Cc", "Cf", "Cs", "Co"}
