"""What the word index reads of a text: PostgreSQL's parser takes more for one word than people do.

    buyer/seller   of May.The   a.brandt@harlow.com   <sworn>   24-cv-01234
    one path       one host     one address           a tag     24, cv and minus 1234

Both sides, the text and the question, are taken apart at such places before PostgreSQL sees them, so that a word is
found wherever it stands. What is one word to lawyers too stays whole: U.S.C., 3.14, non-compete.
"""

from typing import Any

from django.db.models import Func, TextField, Value

# Characters that join or hide words; a minus before a digit; a full stop without a space behind it, where at least
# one side is longer than an initial. A regular expression of PostgreSQL.
APART = (
    r"[<>&@/\\_]|[+-](?=[[:digit:]])"
    r"|(?<=[[:alpha:]][[:alpha:]])\.(?=[[:alnum:]])|(?<=[[:alnum:]])\.(?=[[:alpha:]][[:alpha:]])"
)


def apart(sql: str) -> str:
    """SQL for a text, as SQL for the text that the index reads."""
    return f"regexp_replace({sql}, '{APART}', ' ', 'g')"


def apart_of(text: Any) -> Func:
    """The same for a field or an expression of Django's."""
    return Func(text, Value(APART), Value(" "), Value("g"), function="regexp_replace", output_field=TextField())
