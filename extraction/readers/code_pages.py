"""Windows' and Mac's numbers for encodings, as Python names them."""

import codecs

_NAMES = {
    65001: "utf-8", 1200: "utf-16-le", 1201: "utf-16-be", 10000: "mac_roman", 10007: "mac_cyrillic", 10006: "mac_greek",
    10029: "mac_latin2", 10081: "mac_turkish", 10001: "shift_jis", 20127: "cp1252", 28591: "cp1252", 20932: "euc_jp",
    28592: "iso8859_2", 28595: "iso8859_5", 28605: "iso8859_15", 51932: "euc_jp", 51949: "euc_kr", 50220: "iso2022_jp",
    54936: "gb18030", 20866: "koi8_r", 21866: "koi8_u", 936: "gbk", 10002: "big5", 10003: "euc_kr", 10008: "gb2312",
}  # fmt: skip
# Fonts name their character set by a number of their own; 0 and 1 leave it to the document.
_CHARSETS = {
    77: 10000, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256,
    186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437, 255: 850,
}  # fmt: skip


def python_name(number: int) -> str:
    """A code page's encoding; cp1252 for what nobody knows."""
    name = _NAMES.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def of_charset(number: int) -> str:
    """The encoding of a font's character set, empty if it is the document's."""
    return python_name(_CHARSETS[number]) if number in _CHARSETS else ""
