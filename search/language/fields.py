"""Fields: what a question may ask of documents themselves, and how their values are read."""

import calendar
import datetime as dt
import re

NAMES = ("name", "custodian", "type", "date", "status", "page", "case")
STATUSES = ("queued", "processing", "ready", "partial", "failed")

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
# What people call files, and how their media types begin.
TYPES: dict[str, tuple[str, ...]] = {
    "pdf": ("application/pdf",),
    "email": ("message/rfc822", "application/vnd.ms-outlook", "application/mbox"),
    "word": (
        "application/msword",
        f"{_OOXML}wordprocessingml",
        f"{_ODF}text",
        "application/rtf",
        "application/vnd.wordperfect",
    ),
    "sheet": (
        "application/vnd.ms-excel",
        f"{_OOXML}spreadsheetml",
        f"{_ODF}spreadsheet",
        "text/csv",
        "text/tab-separated-values",
    ),
    "slides": ("application/vnd.ms-powerpoint", f"{_OOXML}presentationml", f"{_ODF}presentation"),
    "image": ("image/",),
    "text": ("text/plain", "text/markdown"),
    "web": ("text/html",),
    "archive": tuple(f"application/{kind}" for kind in ("zip", "x-tar", "gzip", "x-bzip2", "x-xz", "x-7z-compressed")),
}
_SAME = {
    "mail": "email",
    "e-mail": "email",
    "message": "email",
    "excel": "sheet",
    "spreadsheet": "sheet",
    "slide": "slides",
    "powerpoint": "slides",
    "presentation": "slides",
    "picture": "image",
    "photo": "image",
    "html": "web",
    "txt": "text",
}

DateRange = tuple[str, str]
PageRange = tuple[int, int]
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_US = re.compile(r"(\d{1,2})/(?:(\d{1,2})/)?(\d{4})")
_MAX_PAGE = 10_000_000
FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"


def media_types(value: str) -> tuple[str, ...]:
    """How the media types begin that a value of type: means; empty if it is no kind of file that has a name here."""
    kind = value.lower().removesuffix("s")
    return TYPES.get(_SAME.get(kind, kind), ())


def dates(value: str) -> DateRange | None:
    """First and last day (ISO 8601, both included) of 2021-03-05, 2021-03, 2021, 3/5/2021 (month first), of
    2021-03..2021-05, ..2021, >2021-03-05, >=, <, <=; None if it is none of these."""
    said = value.strip()
    if match := re.fullmatch(r"([<>]=?)(.+)", said):
        days = _days(match[2])
        if days is None:
            return None
        first, last = days
        return {
            ">": (_shifted(last, 1), LAST_DAY),
            ">=": (first, LAST_DAY),
            "<": (FIRST_DAY, _shifted(first, -1)),
            "<=": (FIRST_DAY, last),
        }[match[1]]
    if ".." in said:
        before, _, after = said.partition("..")
        first_days, last_days = _days(before), _days(after)
        if (before and first_days is None) or (after and last_days is None) or not (before or after):
            return None
        return (first_days[0] if first_days else FIRST_DAY, last_days[1] if last_days else LAST_DAY)
    return _days(said)


def _days(said: str) -> DateRange | None:
    said = said.strip()
    year = month = day = 0
    if iso := _ISO.fullmatch(said):
        year, month, day = (int(part or 0) for part in iso.groups())
    elif us := _US.fullmatch(said):
        year, month, day = int(us[3]), int(us[1]), int(us[2] or 0)
    try:
        first = dt.date(year, month or 1, day or 1)
        last = dt.date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])
    except ValueError:
        return None
    return first.isoformat(), last.isoformat()


def _shifted(day: str, days: int) -> str:
    try:
        return (dt.date.fromisoformat(day) + dt.timedelta(days)).isoformat()
    except OverflowError:
        return day


def pages(value: str) -> PageRange | None:
    """First and last page of 3, 3-9, 3..9, 3.., >3, <=3; None if it is none of these, or no page can be so."""
    found = _pages(value)
    return found if found and 1 <= found[1] >= found[0] else None


def _pages(value: str) -> PageRange | None:
    if match := re.fullmatch(r"([<>]=?)?(\d{1,7})", value):
        number = int(match[2])
        return {
            None: (number, number),
            ">": (number + 1, _MAX_PAGE),
            ">=": (number, _MAX_PAGE),
            "<": (1, number - 1),
            "<=": (1, number),
        }[match[1]]
    if match := re.fullmatch(r"(\d{0,7})(?:-|–|\.\.)(\d{0,7})", value):
        return (int(match[1] or 1), int(match[2] or _MAX_PAGE)) if match[1] or match[2] else None
    return None


def problem(name: str, value: str) -> str:
    """Why a value cannot be one of this field, as the end of a sentence; empty if it can."""
    if name == "date" and dates(value) is None:
        return "is no date: write date:2021-03-05, date:2021-03..2021-05 or date:>2021-03-05"
    if name == "page" and pages(value) is None:
        return "is no page: write page:3 or page:3-9"
    if name == "status" and value.lower() not in STATUSES:
        return f"is no status: it is one of {', '.join(STATUSES)}"
    return ""
