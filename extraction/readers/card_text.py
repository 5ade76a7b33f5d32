"""Calendars and address cards (ICS, VCF): their lines, unfolded and decoded, a page break before each entry's run."""

import quopri
import re
from collections.abc import Iterator
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers.base import MAX_TEXT_BYTES, Item, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Block, Flow, deliver
from extraction.readers.mail_headers import to_text
from extraction.readers.text import decode

_LINE = re.compile(r"(?P<name>[A-Za-z0-9.-]{1,60})(?P<parameters>(?:;[^:\n]{0,500})?):(?P<value>.*)", re.S)
# What is for programs, or is bytes written as text.
_LEFT_OUT = {"VERSION", "PRODID", "CALSCALE", "PHOTO", "LOGO", "SOUND", "KEY", "ATTACH", "TZID", "TZOFFSETFROM"}
_LEFT_OUT |= {"TZOFFSETTO", "SEQUENCE", "TRANSP", "REV"}
_LEFT_OUT |= {"UID", "DTSTAMP", "CLASS", "GEO", "N", "LAST-MODIFIED", "CREATED"}
_SKIPPED_PARTS = {"VTIMEZONE"}
_NAMES = {"DTSTART": "Start", "DTEND": "End", "FN": "Name", "TEL": "Telephone", "ORG": "Organisation", "ADR": "Address"}
_NAMES |= {"RRULE": "Repeats", "BDAY": "Birthday", "DUE": "Due", "URL": "Address on the web", "EMAIL": "E-mail"}
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_ESCAPES = {"n": "\n", "N": "\n", ",": ",", ";": ";", "\\": "\\"}


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """Pages of entries. Raises PermanentError(empty)."""
    data = file.read(MAX_TEXT_BYTES + 1)
    if not data:
        raise PermanentError("empty")
    text, encoding = decode(data[:MAX_TEXT_BYTES])
    flow = Flow(_blocks(text), {"encoding": encoding})
    if len(data) > MAX_TEXT_BYTES:
        flow.warn("text_truncated")
    yield from deliver(flow, options)


def _blocks(text: str) -> Iterator[Block]:
    skipping = 0
    for line in _unfolded(text):
        found = _LINE.match(line)
        if not found:
            if line.strip() and not skipping:
                yield Block(line)
            continue
        name, value = found["name"].upper(), found["value"].strip()
        if name == "BEGIN":
            skipping += value.upper() in _SKIPPED_PARTS
            if value.upper() in ("VEVENT", "VTODO", "VCARD", "VJOURNAL"):
                yield Block(value.upper().removeprefix("V").capitalize(), heading=True)
        elif name == "END":
            skipping -= value.upper() in _SKIPPED_PARTS and skipping > 0
            if not skipping:
                yield Block("")
        elif not skipping and value:
            name = name.rpartition(".")[2]
            if name not in _LEFT_OUT and not name.startswith("X-"):
                called = _NAMES.get(name, name.replace("-", " ").capitalize())
                yield Block(f"{called}: {_value(found['parameters'], value)}")


def _unfolded(text: str) -> Iterator[str]:
    """Lines whose continuations, by a leading space or by quoted-printable's sign, are joined."""
    whole: list[str] = []
    for line in text.split("\n"):
        soft = bool(whole) and whole[-1].endswith("=") and "QUOTED-PRINTABLE" in whole[0][:500].upper()
        if whole and (line.startswith((" ", "\t")) or soft):
            whole.append(line.strip() if soft else line[1:])
            continue
        if whole:
            yield _joined(whole)
        whole = [line]
    if whole:
        yield _joined(whole)


def _joined(parts: list[str]) -> str:
    return "".join(p.removesuffix("=") for p in parts[:-1]) + parts[-1] if len(parts) > 1 else parts[0]


def _value(parameters: str, value: str) -> str:
    named = dict(p.partition("=")[::2] for p in parameters.upper().split(";") if "=" in p)
    if named.get("ENCODING") == "QUOTED-PRINTABLE" or ";QUOTED-PRINTABLE" in parameters.upper():
        return to_text(quopri.decodestring(value.encode("utf-8", "replace")), named.get("CHARSET", "utf-8")).strip()
    if moment := _MOMENT.fullmatch(value):
        day, clock = "-".join(moment.groups()[:3]), ":".join(filter(None, moment.groups()[3:6]))
        return f"{day} {clock}{' UTC' if moment[7] else ''}".strip()
    text = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), value)
    who = re.search(r"CN=\"?([^\";:]{1,200})", parameters, re.I)
    return f"{who[1]} <{text.removeprefix('mailto:').removeprefix('MAILTO:')}>" if who else text
