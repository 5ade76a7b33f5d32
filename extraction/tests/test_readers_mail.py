"""E-mail as EML, MBOX and MSG: fields, text, attachments, and messages within messages."""

import datetime as dt
import email
import email.policy
import io
import struct
import time
from email.message import EmailMessage

import pytest
from PIL import Image

from extraction.errors import PermanentError
from extraction.readers import msg_properties as p
from extraction.readers.mail_headers import decode_words
from extraction.readers.rtf_compressed import unpack
from extraction.tests.made_files import ole, read, read_confined

EML, MBOX, MSG = "message/rfc822", "application/mbox", "application/vnd.ms-outlook"


def mail(**fields: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in {"from": "Nina Harlow <nina@harlow.example>", "to": "bob@vance.example", **fields}.items():
        made[name.replace("_", "-")] = value
    return made


def picture(side: int) -> bytes:
    made = io.BytesIO()
    Image.effect_noise((side, side), 80).save(made, "PNG")
    return made.getvalue()


def test_the_fields_are_the_first_lines_and_the_facts():
    made = mail(
        subject="Tank 4 – pressure", date="Thu, 04 Mar 2021 09:05:00 -0500", cc="Ann <ann@x.example>",
        message_id="<1@x>", in_reply_to="<0@x>", references="<a@x> <0@x>",
    )  # fmt: skip
    made.set_content("Please do not write this down.\n")
    found = read(EML, made.as_bytes())
    assert found.text.splitlines() == [
        "From: Nina Harlow <nina@harlow.example>", "To: bob@vance.example", "Cc: Ann <ann@x.example>",
        "Date: Thu, 04 Mar 2021 09:05:00 -0500", "Subject: Tank 4 – pressure", "", "Please do not write this down.",
    ]  # fmt: skip
    meta = found.info.meta
    assert meta["date"] == "2021-03-04T09:05:00-05:00"
    assert (meta["message_id"], meta["in_reply_to"], meta["references"]) == ("<1@x>", "<0@x>", "<a@x> <0@x>")
    assert (meta["from"], meta["subject"]) == ("Nina Harlow <nina@harlow.example>", "Tank 4 – pressure")


def test_the_plain_form_is_preferred_and_html_read_where_there_is_none():
    both = mail()
    both.set_content("the plain words")
    both.add_alternative("<p>the <b>rich</b> words</p>", subtype="html")
    assert "the plain words" in read(EML, both.as_bytes()).text
    assert "rich" not in read(EML, both.as_bytes()).text
    rich = mail()
    rich.set_content("<p>the <b>rich</b> words</p><img src='http://tracker.example/1.gif'>", subtype="html")
    assert read(EML, rich.as_bytes()).text.endswith("the rich words")
    empty = mail()
    empty.set_content("  \n")
    empty.add_alternative("<p>only here</p>", subtype="html")
    assert read(EML, empty.as_bytes()).text.endswith("only here")


def test_attachments_and_forwarded_messages_are_members():
    inner = mail(subject="Original complaint")
    inner.set_content("inner text")
    made = mail(subject="Fwd")
    made.set_content("see below")
    made.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="Übersicht.pdf")
    made.add_attachment("a,b\n1,2\n", subtype="csv", filename="../../etc/list.csv")
    made.add_attachment(inner)
    found = read(EML, made.as_bytes())
    assert found.members["Übersicht.pdf"] == b"%PDF-1.4 x"
    assert found.members[".._.._etc_list.csv"] == b"a,b\n1,2\n"
    assert email.message_from_bytes(found.members["Original complaint.eml"])["subject"] == "Original complaint"
    assert "Attachments: Übersicht.pdf; ../../etc/list.csv; Original complaint.eml" in found.text
    assert "inner text" not in found.text
    assert found.info.meta["attachments"] == "3"


def test_inline_pictures_are_members_only_if_there_may_be_something_to_read():
    made = mail()
    made.set_content("<img src=cid:a><img src=cid:b>", subtype="html")
    for name, side in (("logo.png", 40), ("scan.png", 400)):
        made.add_related(picture(side), "image", "png", cid=f"<{name}>", filename=name, disposition="inline")
    assert list(read(EML, made.as_bytes()).members) == ["scan.png"]


def test_signatures_are_no_attachments_and_encrypted_mail_says_so():
    signed = b"""From: a@x\nContent-Type: multipart/signed; boundary=b\n\n--b\nContent-Type: text/plain\n
signed words\n--b\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\nxx\n--b--\n"""
    found = read(EML, signed)
    assert found.members == {}
    assert found.text.endswith("signed words")
    sealed = b'From: a@x\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\n\nxx\n'
    found = read(EML, sealed)
    assert "mail_encrypted" in found.info.warnings
    assert list(found.members) == ["smime.p7m"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"), ("=?ISO-8859-1?B?R3L8?= =?ISO-8859-1?B?3GU=?=", "GrüÜe"),
        ("=?utf-8?b?4pyT?= plain", "✓ plain"), ("=?utf-8?q?=E2?= =?utf-8?q?=9C=93?=", "✓"),
        ("=?nonsense?q?caf=E9?=", "caf\ufffd"), ("=?utf-8?b?!?=", ""),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="), ("a =?utf-8?q?b?= c", "a b c"),
    ],
)  # fmt: skip
def test_encoded_words_are_decoded(raw, text):
    assert decode_words(raw) == text


def test_raw_bytes_in_fields_and_text_without_a_charset_are_read():
    found = read(EML, "From: Jürgen <j@x>\nSubject: Köln\n\nSchöne Grüße".encode("cp1252"))
    assert found.text == "From: Jürgen <j@x>\nSubject: Köln\n\nSchöne Grüße"
    assert read(EML, "Subject: Köln\nFrom: x\n\nGrüße".encode()).text.endswith("Grüße")


def test_flowed_text_is_joined_and_quotes_are_not():
    data = b"From: a@x\nContent-Type: text/plain; format=flowed\n\nThis line \ngoes on.\n> quoted \n> too\n-- \nsig\n"
    assert read(EML, data).text.splitlines()[2:] == ["This line goes on.", "> quoted ", "> too", "-- ", "sig"]


@pytest.mark.parametrize(
    "data",
    [
        b"From: a@x\nContent-Type: multipart/mixed\n\nno boundary at all\n",
        b"From: a@x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nnever closed",
        b"From: a@x\nContent-Type: text/plain; charset=\xff\xfe\nContent-Transfer-Encoding: base64\n\n!!!!",
        b"From: a@x\nDate: not a date at all 99\nTo: <<<>>>,,,;;\n\nbody",
        b"From: " + b"=?utf-8?q?" * 20_000 + b"\nSubject: x\n\nbody",
        b"From: a@x\nContent-Disposition: attachment; filename*=utf-8''%ff%fe%00\nContent-Type: application/x\n\nx",
        b"\n\nno fields\n",
    ],
)
def test_malformed_messages_are_read_as_far_as_they_go(data):
    found = read(EML, data)
    assert found.pages


def test_a_message_nested_a_thousand_times_ends(tmp_path):
    path = tmp_path / "deep.eml"
    parts = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
    path.write_bytes(b"From: a@x\n" + parts + b"\ndeep")
    assert read_confined(EML, path, timeout_s=30) in ("corrupt", "read")


def test_the_members_of_a_mailbox_are_its_messages_unquoted():
    data = b"From a@x Thu Mar  4 09:05:00 2021\nFrom: a@x\nSubject: one\n\nhello\n>From the start\n\n"
    data += b"From b@x Thu Mar  4 10:05:00 2021\nFrom: b@x\nSubject: two\nDate: Thu, 4 Mar 2021 10:05:00 +0000\n\n"
    data += b"bye\nFrom here on\n"
    found = read(MBOX, data)
    assert found.members["message-1.eml"] == b"From: a@x\nSubject: one\n\nhello\nFrom the start\n\n"
    assert found.members["message-2.eml"].endswith(b"bye\nFrom here on\n")
    assert found.rows()[1:] == [["1", "", "a@x", "one"], ["2", "2021-03-04", "b@x", "two"]]


def test_a_mailbox_without_a_message_is_corrupt():
    with pytest.raises(PermanentError) as raised:
        read(MBOX, b"nothing here")
    assert raised.value.code == "corrupt"


# Outlook


def properties(
    *texts: tuple[int, str], data: tuple[tuple[int, bytes], ...] = (), short: bytes = b"", head: int = 32
) -> dict[str, bytes]:
    """The streams of a message (head 32), one within another (24), a recipient or an attachment (8)."""
    made = {f"__substg1.0_{number:04X}001F": text.encode("utf-16-le") for number, text in texts}
    made |= {f"__substg1.0_{number:04X}0102": content for number, content in data}
    return made | {"__properties_version1.0": bytes(head) + short}


def short(number: int, kind: int, value: bytes) -> bytes:
    return struct.pack("<II", number << 16 | kind, 6) + value.ljust(8, b"\0")


def within(folder: str, parts: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": content for name, content in parts.items()}


SINCE = dt.datetime(2021, 3, 4, 14, 5, tzinfo=dt.UTC) - dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
SENT = int(SINCE.total_seconds()) * 10**7


def outlook() -> dict[str, bytes]:
    made = properties(
        (p.SUBJECT, "Tank 4"), (p.BODY, "Do not write this down."), (p.SENDER_NAME, "Nina Harlow"),
        (p.SENDER_ADDRESS, "/O=EXCHANGE/CN=NINA"), (p.SENDER_SMTP, "nina@harlow.example"), (p.MESSAGE_ID, "<1@x>"),
        short=short(p.SUBMITTED, 0x40, struct.pack("<Q", SENT)),
    )  # fmt: skip
    for number, (kind, name, address) in enumerate(
        [(1, "Bob", "bob@x.example"), (2, "ann@x.example", "ann@x.example")]
    ):
        kept = short(p.RECIPIENT_KIND, 3, struct.pack("<i", kind))
        person = properties((p.NAME, name), (p.SMTP, address), short=kept, head=8)
        made |= within(f"__recip_version1.0_#{number:08X}", person)
    return made


def test_an_outlook_message_has_the_same_fields_as_a_mail():
    found = read(MSG, ole(outlook()))
    assert found.text.splitlines() == [
        "From: Nina Harlow <nina@harlow.example>", "To: Bob <bob@x.example>", "Cc: ann@x.example",
        "Date: 2021-03-04T14:05:00+00:00", "Subject: Tank 4", "", "Do not write this down.",
    ]  # fmt: skip
    assert found.info.meta["date"] == "2021-03-04T14:05:00+00:00"
    assert found.info.meta["message_id"] == "<1@x>"


def test_attachments_of_an_outlook_message_are_members_and_a_message_within_becomes_a_mail():
    file = properties((p.ATTACH_LONG_NAME, "a/b.pdf"), data=((p.ATTACHED_DATA, b"%PDF"),), head=8)
    message = properties((p.SUBJECT, "Inner"), (p.BODY, "inner body"), (p.SENDER_NAME, "Zoë"), head=24)
    attached = properties((p.NAME, "Inner"), short=short(p.ATTACH_METHOD, 3, struct.pack("<i", 5)), head=8)
    attached |= within(f"__substg1.0_{p.ATTACHED_DATA:04X}000D", message)
    parts = (
        outlook() | within("__attach_version1.0_#00000000", file) | within("__attach_version1.0_#00000001", attached)
    )
    found = read(MSG, ole(parts))
    assert found.members["a_b.pdf"] == b"%PDF"
    inner = email.message_from_bytes(found.members["Inner.eml"], policy=email.policy.default)
    assert (inner["subject"], inner.get_content().strip()) == ("Inner", "inner body")
    assert read(EML, found.members["Inner.eml"]).text.splitlines()[:2] == ["From: Zoë", "Subject: Inner"]


@pytest.mark.parametrize(
    "body",
    [
        {"data": ((p.HTML, b"<p>Only <b>rich</b></p>"),)},
        {"data": ((p.RTF, struct.pack("<II4sI", 34, 22, b"MELA", 0) + rb"{\rtf1 Only {\b rich}}"),)},
    ],
)
def test_the_text_of_an_outlook_message_may_be_html_or_rtf(body):
    assert read(MSG, ole(properties((p.SUBJECT, "s"), **body))).text.splitlines()[-1] == "Only rich"


def test_compressed_rtf_unpacks():
    """The bytes are the example of MS-OXRTFCP 4.1.1."""
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpack(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert unpack(struct.pack("<II4sI", 17, 5, b"MELA", 0) + b"plain") == b"plain"


def test_compressed_rtf_that_refers_to_itself_without_end_is_bounded():
    packed = struct.pack("<II4sI", 0, 0xFFFFFFFF, b"LZFu", 0) + b"\x00abcdefgh" + b"\xff" + b"\x0c\xff" * 8
    assert len(unpack(packed)) < 1000


def test_what_is_no_outlook_message_is_corrupt():
    with pytest.raises(PermanentError) as raised:
        read(MSG, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    assert raised.value.code == "corrupt"


def test_a_part_described_at_endless_length_is_read_all_the_same():
    mail = b"From: a@x\nContent-Type: text/plain; charset=utf-8" + b";a=b" * 500_000 + b"\n\nwords"
    started = time.monotonic()
    assert read(EML, mail).text.endswith("words")
    assert time.monotonic() - started < 10
