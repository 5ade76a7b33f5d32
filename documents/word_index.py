"""What the word index reads of a text: PostgreSQL's parser takes more for one word than people do.

    buyer/seller   of May.The   a.brandt@harlow.com   <sworn>   24-cv-01234
    one path       one host     one address           a tag     24, cv and minus 1234

Both sides, the text and the question, are taken apart at such places before PostgreSQL sees them, so that a word is
found wherever it stands. What is one word to lawyers too stays whole: U.S.C., 3.14, non-compete.
"""

from typing import Any

from django.db.models import Func, TextField, Value

# Characters that join or hide words, and a sign before a digit; a full stop without a space behind it, where at least
# one side is longer than an initial. Regular expressions of PostgreSQL, each linear: in one, with looking back, a page
# of 600,000 characters took 50 s instead of .1.
APART = (
    (r"[<>&@/\\_]|[+-](?=[[:digit:]])", " "),
    (r"([[:alpha:]][[:alpha:]])\.(?=[[:alnum:]])", r"\1 "),
    (r"([[:alnum:]])\.(?=[[:alpha:]][[:alpha:]])", r"\1 "),
)


def apart(sql: str) -> str:
    """SQL for a text, as SQL for the text that the index reads."""
    for pattern, replacement in APART:
        sql = f"regexp_replace({sql}, '{pattern}', '{replacement}', 'g')"
    return sql


def apart_of(text: Any) -> Any:
    """The same for a field or an expression of Django's."""
    for pattern, replacement in APART:
        parts = (text, Value(pattern), Value(replacement), Value("g"))
        text = Func(*parts, function="regexp_replace", output_field=TextField())
    return text
