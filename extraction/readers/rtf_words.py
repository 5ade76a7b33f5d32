"""The control words of RTF that matter for its text, by what they mean."""

CHARACTERS = {
    "tab": "\t", "line": "\n", "lbr": "\n", "page": "\f", "column": "\n", "emdash": "—", "endash": "–", "bullet": "•",
    "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ",
    "nestcell": "\t", "nestrow": "\n", "zwj": "", "zwnj": "", "softpage": "", "softline": "", "chpgn": "",
}  # fmt: skip
SYMBOLS = {"~": "\u00a0", "_": "-", "-": "", "\t": "\t", "\\": "\\", "{": "{", "}": "}"}
INFO = {"title", "subject", "author", "operator", "keywords", "doccomm", "company", "manager", "category"}
META = {"operator": "modified_by", "doccomm": "comments"}
TIMES = {"creatim": "created", "revtim": "modified", "printim": "printed"}
RUNNING = {"header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"}
# Destinations whose text is none of the document's.
SKIPPED = {
    "fonttbl", "colortbl", "stylesheet", "listtable", "listoverridetable", "rsidtbl", "generator", "filetbl",
    "revtbl", "xmlnstbl",
    "themedata", "colorschememapping", "datastore", "latentstyles", "mmathPr", "pgdsctbl", "fldinst", "bkmkstart",
    "bkmkend", "template", "objclass", "objname", "sn", "sv", "sp", "nonesttables", "nesttableprops", "atnid", "atnicn",
    "atrfstart", "atrfend", "atndate", "atnref", "atnparent", "ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc",
    "aftncn", "falt", "panose", "passwordhash", "userprops", "wgrffmtfilter", "oldcprops", "oldpprops", "oldtprops",
    "pnseclvl", "htmltag", "mhtmltag", "xe", "tc", "nonshppict", "shprslt", "background", "upr", "docvar",
}  # fmt: skip
# Ignorable ones whose text counts all the same.
KEPT = {"shpinst", "shptxt", "dptxbxtext", "annotation", "footnote", "ud", "shppict", "pntext", "listtext", "atnauthor"}
KEPT |= {"fldrslt", "result", "objdata", "objemb", "do", "shp", "shpgrp"}
TIME_PARTS = {"yr", "mo", "dy", "hr", "min"}
