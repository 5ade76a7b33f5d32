"""What a file says of itself, on its page."""

from django.utils.html import escape

from documents.details import MAX_CHARS, details
from documents.models import Document

MAIL = {
    "subject": "Re: the <plan>",
    "title": "Re: the <plan>",
    "from": "A",
    "date": "2017-02-21T09:55:09+03:00",
    "x": "y",
}


def test_a_mail_shows_its_fields_in_the_order_of_mails_and_its_subject_once():
    assert details(MAIL) == [("From", "A"), ("Sent", "21 Feb 2017, 09:55 (UTC+03:00)"), ("Subject", "Re: the <plan>")]


def test_a_time_that_is_none_is_shown_as_it_is_and_a_long_value_is_cut():
    assert details({"created": "yesterday", "keywords": "k" * 5_000}) == [
        ("Created", "yesterday"),
        ("Keywords", "k" * MAX_CHARS + " …"),
    ]


def test_the_page_shows_it_to_members_as_text_and_to_nobody_else(case, put_in, api, bob, charlie):
    document = put_in(case, b"x", name="mail.eml")
    Document.objects.filter(pk=document.pk).update(meta=MAIL)
    page = api(bob).get(f"/documents/{document.pk}/").content.decode()
    assert "What it says of itself" in page and escape("Re: the <plan>") in page and "<plan>" not in page
    assert api(charlie).get(f"/documents/{document.pk}/").status_code == 404
