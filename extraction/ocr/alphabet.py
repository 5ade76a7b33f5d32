"""Which of the recogniser's 18,708 characters a line is read with, and which languages it can read at all.

Most of its characters are Chinese and Japanese. Reading English with the Latin ones alone is a quarter faster and never
takes a semicolon for a full-width one; what that alphabet cannot make sense of is read again with all of them.
"""

from collections.abc import Collection

LATIN = frozenset(
    "afr aze bos cat ceb ces cym dan deu eng epo est eus fao fil fin fra fry gla gle glg hat hrv hun ind isl ita jav "
    "lat lav lit ltz mlt mri msa nld nor oci pol por que ron slk slv spa sqi srp_latn sun swa swe tgl ton tur uzb vie "
    "yor".split()
)
IDEOGRAPHIC = frozenset("chi_sim chi_tra jpn chi_sim_vert chi_tra_vert jpn_vert".split())
# Greek is in the alphabet, but without its accents.
READABLE = LATIN | IDEOGRAPHIC

# Letters of European languages, punctuation, currencies, and the marks of forms and footnotes.
_RANGES = ((0x20, 0x7E), (0xA1, 0x17F), (0x218, 0x21B), (0x2010, 0x2027), (0x2030, 0x203A), (0x20A0, 0x20BF))
_SINGLE = frozenset("№℠™ẞ−≤≥≠≈☐☑☒✓✔✗✘□■●")
_DROPPED = frozenset("‖※′″ŀĿŉĸſ")

# The letters beyond a to z of languages where that matters most.
_OWN_LETTERS = {
    "ces": "áčďéěíňóřšťúůýž",
    "dan": "æøåé",
    "deu": "äöüß",
    "eng": "",
    "fin": "äöå",
    "fra": "àâæçéèêëîïôœùûüÿ",
    "hrv": "čćđšž",
    "hun": "áéíóöőúüű",
    "ita": "àèéìíòóùú",
    "nld": "éèëïóöü",
    "nor": "æøåéòô",
    "pol": "ąćęłńóśźż",
    "por": "áâãàçéêíóôõúü",
    "ron": "ăâîșțşţ",
    "slk": "áäčďéíĺľňóôŕšťúýž",
    "slv": "čšž",
    "spa": "áéíñóúü",
    "swe": "åäöé",
    "tur": "çğıİöşüâîû",
}


def is_foreign(char: str, languages: Collection[str]) -> bool:
    """Whether a Latin letter belongs to none of the languages; never, if the letters of one of them are not known."""
    if len(char) != 1 or char.isascii() or not char.isalpha() or ord(char) > 0x24F:
        return False
    return all(code in _OWN_LETTERS and char.lower() not in _OWN_LETTERS[code] for code in languages)


def is_western(char: str) -> bool:
    """Whether a character belongs to the alphabet that Western lines are read with."""
    if len(char) != 1 or char in _DROPPED:
        return False
    return char in _SINGLE or any(low <= ord(char) <= high for low, high in _RANGES)


def languages(configured: str) -> tuple[str, ...]:
    """`eng+deu` (or with commas or blanks) as codes of ISO 639-2, as tesseract has them."""
    return tuple(dict.fromkeys(configured.replace("+", " ").replace(",", " ").lower().split()))
