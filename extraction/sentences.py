"""Where sentences end in legal English, where paragraphs do, and what looks like a heading."""

import re

# Before these a period does not end a sentence. Lower case, without the final period.
ABBREVIATIONS = frozenset(
    """
    atl bd comm commn ins intl natl ry rr auth mfg ctr cnty univ mr mrs ms dr prof hon esq jr sr st rev gen col
    sgt capt lt no nos v vs inc corp co ltd llc llp lp assn bros dept div dist fed supp cir app ct cal ill mass
    conn tex fla wash ariz colo ind mich minn miss mo mont neb nev okla ore pa tenn va vt wis wyo del ga kan ky
    la md me cf e.g i.e id ibid al et seq etc op cit viz ex exh exs dep decl aff tr mem mot opp resp rep rptr
    art sec secs para paras ch cl cls fig figs p pp vol ed eds n nn r civ crim evid u.s u.s.c c.f.r f f.2d f.3d
    s.ct l.ed jan feb mar apr jun jul aug sep sept oct nov dec a.m p.m approx est min max
    """.split()
)
_END = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s)|\n[ \t]*\n|\n(?=[ \t]*(?:\d{1,2}[ \t]+)?[QA][.:]?[ \t]{1,8}\S)")
_LAST_WORD = re.compile(r"([\w.'§¶]+)$")
_NUMBERED = re.compile(
    r"^(?:(?:ARTICLE|SECTION|EXHIBIT|SCHEDULE|APPENDIX|PART|COUNT)\s+[\dIVXLCA-Z]+\b"
    r"|[IVXLC]+\.|[A-Z]\.|\d+(?:\.\d+)*\.?)\s+\S",
    re.I,
)
# “ARTICLE 14.” before its title.
_ARTICLE = re.compile(r"[ \t]*(?:article|section|exhibit|schedule|part|count)\s+(?:\d{1,3}|[ivxlc]{1,6}|[a-z])", re.I)
# Lines of a transcript, and the numbers stamped on produced pages.
_NO_HEADING = re.compile(r"(?:\d{1,2}\s+)?[QA][.:]?\s|\d{1,2}\s+[A-Z]|[A-Z]{2,8}[-_ ]?\d{4,}$")
MAX_HEADING = 120
# A look back this far finds any abbreviation; further would make long texts without periods slow.
_LOOK_BACK = 24


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of the text's sentences, in order, without the white space around them.

    Every character that is not white space is in exactly one span. Line breaks are spaces, blank lines end a
    paragraph, and Q. and A. at a line's start begin a sentence (transcripts).
    """
    spans, start = [], 0
    for match in _END.finditer(text):
        end = match.end()
        if text[match.start()] in ".!?" and not _ends_here(text, match.start(), end):
            continue
        spans.append((start, end))
        start = end
    spans.append((start, len(text)))
    return [s for s in (_trim(text, a, b) for a, b in spans) if s[0] < s[1]]


def _ends_here(text: str, mark: int, end: int) -> bool:
    if text[mark] != ".":
        return True
    following = text[end : end + 40].lstrip()[:1]
    # A sentence begins with a capital, a number, a quote, a bracket or a section sign.
    if following and not (following.isupper() or following.isdigit() or following in "\"'“‘([§¶•-–—"):
        return False
    word = _LAST_WORD.search(text, max(0, mark - _LOOK_BACK), mark)
    if word is None:
        return True
    last = word.group(1).lower()
    if last in ABBREVIATIONS or last.rstrip(".") in ABBREVIATIONS:
        return False
    line_start = text.rfind("\n", 0, mark) + 1
    if _ARTICLE.fullmatch(text, line_start, mark):
        return False
    # Initials (“J. Smith”) and section numbers at a line's start (“7.2. Term”).
    if len(last) == 1 and last.isalpha():
        return False
    return not (last.replace(".", "").isdigit() and text[line_start:mark].strip() == word.group(1))


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def heading(line: str) -> str:
    """The line as a heading, or empty if it does not look like one."""
    said = " ".join(line.split())
    if not 3 <= len(said) <= MAX_HEADING or said.endswith((",", ";")) or not any(c.isalpha() for c in said):
        return ""
    if _NO_HEADING.match(said):
        return ""
    words = [w for w in said.split() if any(c.isalpha() for c in w)]
    if len(words) > 14:
        return ""
    if said.isupper() and len(said) >= 5 and not said.endswith("."):
        return said
    title = sum(w[0].isupper() for w in words) >= 0.6 * len(words)
    if _NUMBERED.match(said) and title and not said.endswith((".", "?", "!")):
        return said
    return ""
