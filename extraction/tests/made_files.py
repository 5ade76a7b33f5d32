"""Files of many formats, made in the test that needs them, and how they are read there."""

import io
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from extraction.errors import ExtractionError
from extraction.readers import load
from extraction.readers.base import DocumentInfo, Member, PageRead, ReadOptions

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
OOXML = "application/vnd.openxmlformats-officedocument"
DOCX, XLSX, PPTX = (
    f"{OOXML}.{kind}" for kind in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)
ODT, ODS, ODP = (f"application/vnd.oasis.opendocument.{kind}" for kind in ("text", "spreadsheet", "presentation"))
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Read:
    """What a reader gave: the last info, the pages, members' bytes (or the code of what went wrong) by path."""

    info: DocumentInfo = field(default_factory=lambda: DocumentInfo(0))
    pages: list[PageRead] = field(default_factory=list)
    members: dict[str, bytes | str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "\n".join(page.text for page in self.pages)

    def marked(self, kind: str) -> list[str]:
        return [p.text[m.start : m.end] for p in self.pages for m in p.marks if m.kind == kind]

    def rows(self, page: int = 1, table: int = 0) -> list[list[str]]:
        found = self.pages[page - 1].tables[table]
        return [[cell["text"] for cell in row] for row in found["rows"]]


def read(media_type: str, data: bytes, **options: object) -> Read:
    """Everything that a reader says of a file. Checks what every reader promises."""
    found = Read()
    for item in load(media_type)(io.BytesIO(data), ReadOptions(**options)):  # type: ignore[arg-type]
        if isinstance(item, DocumentInfo):
            found.info = item
        elif isinstance(item, PageRead):
            assert item.number > (found.pages[-1].number if found.pages else 0)
            assert all(0 <= m.start < m.end <= len(item.text) for m in item.marks)
            item.text.encode()
            found.pages.append(item)
        else:
            assert isinstance(item, Member)
            item.path.encode()
            try:
                found.members[item.path] = b"".join(item.pieces)
            except ExtractionError as error:
                found.members[item.path] = error.code
    return found


def read_confined(media_type: str, path: Path, *, memory_mb: int = 1024, timeout_s: float = 60) -> str:
    """How reading ends in a process with as little memory as a reader has, and no right to write: a code, or "read".

    Raises subprocess.TimeoutExpired after `timeout_s`.
    """
    script = (
        "import resource, sys\n"
        "media_type, path, limit = sys.argv[1], sys.argv[2], int(sys.argv[3]) << 20\n"
        "resource.setrlimit(resource.RLIMIT_AS, (limit, limit))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "from extraction.errors import ExtractionError\n"
        "from extraction.readers import load\n"
        "from extraction.readers.base import Member, ReadOptions\n"
        "end = 'read'\n"
        "try:\n"
        "    with open(path, 'rb') as file:\n"
        "        for item in load(media_type)(file, ReadOptions()):\n"
        "            try:\n"
        "                for piece in item.pieces if isinstance(item, Member) else ():\n"
        "                    pass\n"
        "            except ExtractionError as error:\n"
        "                end = 'member ' + error.code\n"
        "except ExtractionError as error:\n"
        "    end = error.code\n"
        "sys.stdout = sys.stderr\n"
        "print(end)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, media_type, str(path), str(memory_mb)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        timeout=timeout_s,
        check=False,
        env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended.stderr.strip().splitlines()[-1]


def zipped(parts: Mapping[str, bytes | str], *, compressed: bool = True) -> bytes:
    """A ZIP with these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def relations(*kinds_and_targets: tuple[str, str]) -> str:
    """A part that relates to others; their ids are r1, r2, …"""
    one = '<Relationship Id="r{}" Type="{}/{}" Target="{}"{}/>'
    lines = (
        one.format(n, R, kind, target, ' TargetMode="External"' if "://" in target else "")
        for n, (kind, target) in enumerate(kinds_and_targets, 1)
    )
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(lines)
        + "</Relationships>"
    )


def office(main: str, content: str, parts: Mapping[str, bytes | str], related: Iterable[tuple[str, str]]) -> bytes:
    """An OOXML file whose main part relates to others."""
    folder, _, name = main.rpartition("/")
    return zipped(
        {
            "[Content_Types].xml": f"""<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
            <Override PartName="/{main}" ContentType="{OOXML}.wordprocessingml.document.main+xml"/></Types>""",
            "_rels/.rels": relations(("officeDocument", main)),
            main: content,
            f"{folder}/_rels/{name}.rels": relations(*related),
            **parts,
        }
    )


def docx(body: str, parts: Mapping[str, bytes | str] | None = None, related: Iterable[tuple[str, str]] = ()) -> bytes:
    """A Word document with this body."""
    content = f'<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{body}</w:body></w:document>'
    return office("word/document.xml", content, parts or {}, related)


def paragraph(text: str, properties: str = "") -> str:
    about = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f'<w:p>{about}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def xlsx(
    sheets: Mapping[str, str], *, strings: str = "", styles: str = "", attributes: str = "", properties: str = ""
) -> bytes:
    """A workbook; `sheets` are the insides of sheetData by name, `attributes` those of the last sheet."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}" {attributes if n == len(names) else ""}/>'
        for n, name in enumerate(names, 1)
    )
    parts = {
        f"xl/worksheets/s{n}.xml": f'<worksheet xmlns="{S}"><sheetData>{rows}</sheetData></worksheet>'
        for n, rows in enumerate(sheets.values(), 1)
    }
    parts |= {
        "xl/strings.xml": f'<sst xmlns="{S}">{strings}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{S}">{styles}</styleSheet>',
    }
    related = [("worksheet", f"worksheets/s{n}.xml") for n in range(1, len(names) + 1)]
    related += [("sharedStrings", "strings.xml"), ("styles", "styles.xml")]
    content = f'<workbook xmlns="{S}" xmlns:r="{R}"><workbookPr {properties}/><sheets>{listed}</sheets></workbook>'
    return office("xl/workbook.xml", content, parts, related)


SECTOR, SMALL, CUTOFF = 512, 64, 4096
END, FREE, FAT_SECTOR = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


class _Sectors:
    """Content in sectors of one size, and the chains that hold it together."""

    def __init__(self, size: int) -> None:
        self.size, self.data, self.chains = size, b"", []

    def place(self, content: bytes) -> int:
        """Where the content starts."""
        if not content:
            return END
        start, count = len(self.chains), -(-len(content) // self.size)
        self.data += content.ljust(count * self.size, b"\0")
        self.chains += [*range(start + 1, start + count), END]
        return start


def ole(streams: Mapping[str, bytes]) -> bytes:
    """An OLE file with these streams; a name may lie in storages, parted by "/"."""
    tree: dict = {}
    for path, content in streams.items():
        *folders, name = path.split("/")
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = content
    large, small = _Sectors(SECTOR), _Sectors(SMALL)
    entries: list[list] = [["Root Entry", 5, FREE, FREE, END, 0]]

    def add(folder: dict) -> int:
        first = FREE
        for name, content in reversed(list(folder.items())):
            if isinstance(content, dict):
                child = add(content)
                entries.append([name, 1, first, child, 0, 0])
            else:
                where = (small if len(content) < CUTOFF else large).place(content)
                entries.append([name, 2, first, FREE, where, len(content)])
            first = len(entries) - 1
        return first

    entries[0][3] = add(tree)
    entries[0][4:] = [large.place(small.data), len(small.data)]
    small_table = large.place(struct.pack(f"<{len(small.chains)}I", *small.chains).ljust(SECTOR, b"\xff"))
    directory = large.place(b"".join(_entry(*entry) for entry in entries))
    tables = 1
    while tables * 128 < len(large.chains) + tables:
        tables += 1
    first_table = len(large.chains)
    chains = large.chains + [FAT_SECTOR] * tables
    chains += [FREE] * (tables * 128 - len(chains))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, tables, directory, 0, CUTOFF, small_table, -(-len(small.chains) * 4 // SECTOR), END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", *range(first_table, first_table + tables), *[FREE] * (109 - tables))
    return header + large.data + struct.pack(f"<{len(chains)}I", *chains)


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le")
    return struct.pack("<64sHBBIII16xI16xIQ", encoded, len(encoded) + 2, kind, 1, FREE, right, child, 0, start, size)
