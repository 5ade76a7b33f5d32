"""How a cell's value is written as text: dates by their format, percentages, numbers without noise."""

import datetime as dt
import re

DATE, PERCENT, PLAIN = "date", "percent", "plain"
# Built-in formats of spreadsheets that show dates or times, and those that show percentages.
_DATE_IDS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_PERCENT_IDS = {9, 10}
_QUOTED = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|_.', re.I)
_DATE_LETTERS = re.compile(r"[ymdhs]", re.I)
_EPOCHS = {False: dt.datetime(1899, 12, 30), True: dt.datetime(1904, 1, 1)}
# Day 60 of the 1900 calendar is a 29 February that never was.
_LEAP_BUG = 60


def kind_of_format(number: int, code: str = "") -> str:
    """What a number format shows: DATE, PERCENT or PLAIN."""
    if number in _PERCENT_IDS or (code and "%" in _QUOTED.sub("", code)):
        return PERCENT
    if number in _DATE_IDS:
        return DATE
    # Only the first section, for positive values, counts; "General" has letters of a date.
    first = _QUOTED.sub("", code.split(";")[0])
    return DATE if _DATE_LETTERS.search(first) and "general" not in first.lower() else PLAIN


def number(value: float, kind: str = PLAIN, *, from_1904: bool = False) -> str:
    """A number as the cell shows it, nearly."""
    if kind == DATE and (text := _date(value, from_1904)):
        return text
    if kind == PERCENT:
        return f"{_decimal(round(value * 100, 10))}%"
    return _decimal(value)


def written(value: object) -> str:
    """A Python value as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _decimal(float(value)) if isinstance(value, float) else str(value)
    if isinstance(value, dt.datetime):
        return _moment(value)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)


def _decimal(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.15g}"
    return format(float(text), "f").rstrip("0") if "e-" in text and abs(value) > 1e-10 else text


def _date(value: float, from_1904: bool) -> str:
    if not 0 <= value < 2_958_466:
        return ""
    if value < 1:
        clock = (_EPOCHS[False] + dt.timedelta(seconds=round(value * 86_400))).time()
        return clock.isoformat()
    days = value + 1 if not from_1904 and value < _LEAP_BUG else value
    return _moment(_EPOCHS[from_1904] + dt.timedelta(seconds=round(days * 86_400)))


def _moment(value: dt.datetime) -> str:
    if (value.hour, value.minute, value.second) == (0, 0, 0):
        return value.date().isoformat()
    return value.isoformat(" ", timespec="seconds")
