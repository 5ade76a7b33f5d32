"""Looks through a binary workbook before calamine does, which ends the process where it runs out of memory.

It makes a full grid from the first cell to the last of every sheet, and follows chains of sectors until they end. So:
no chain may go in circles, no cell may lie beyond the sheet, and all grids together must fit.
"""

import io
import struct
from collections.abc import Iterator, Sequence

import olefile

from extraction.errors import PermanentError
from extraction.readers.ole_file import open_ole, stream
from extraction.readers.zip_container import MAX_PARTS, Container

# What calamine takes for a cell of a grid (it is held twice, for the workbook and for the sheet that is read), and for
# one that a sheet only claims to have. All of it within a child's gigabyte.
GRID_BYTES, CLAIM_BYTES, MAX_BYTES = 32, 40, 640 << 20
_XLS_COLUMNS = 256
# Records of BIFF that begin with a row and a column, for Excel 97 and before; a stream's beginning starts a new grid.
_CELLS = {0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00D6, 0x00BD, 0x00BE, 0x0406, 0x0206}
_MANY_CELLS = {0x00BD, 0x00BE}
_DIMENSIONS = 0x0200
_BEGIN = {0x0809, 0x0409, 0x0209, 0x0009}
# In XLSB a row's record holds its number, and those of cells, numbers 1 to 11, their column.
_ROW, _LAST_CELL = 0, 11
_LAST_SECTOR = 0xFFFFFFFA


def check_xls(data: bytes) -> None:
    """Raises PermanentError(corrupt | resource_memory) for an XLS that calamine must not see."""
    with open_ole(io.BytesIO(data)) as ole:
        _check_chains(ole)
        for name in ("Workbook", "Book"):
            if ole.exists(name):
                _check_cells(stream(ole, name))


def check_xlsb(data: bytes) -> None:
    """Raises PermanentError(corrupt | archive_limit | resource_memory) for such an XLSB."""
    package = Container(io.BytesIO(data), max_entries=MAX_PARTS)
    for name in package.names("xl/worksheets/"):
        if not name.endswith(".bin"):
            continue
        grid, row = _Grid(), 0
        for kind, content in _records(package.read(name, 256 << 20)):
            if kind == _ROW and len(content) >= 4:
                (row,) = struct.unpack_from("<I", content)
            elif 0 < kind <= _LAST_CELL and len(content) >= 4:
                grid.add(row, struct.unpack_from("<I", content)[0])
        for entry in package.names("xl/"):
            # calamine unpacks the other parts whole.
            if entry.endswith(("strings.bin", "styles.bin", "workbook.bin")):
                package.read(entry, 256 << 20)


class _Grid:
    """A sheet's cells. `others`: how many the grids before it have; `claimed`: how many it says it has."""

    def __init__(self, others: int = 0) -> None:
        self.others, self.claimed = others, 0
        self.rows: tuple[int, int] | None = None
        self.columns: tuple[int, int] | None = None

    def add(self, row: int, column: int) -> None:
        self.rows = (min(self.rows[0], row), max(self.rows[1], row)) if self.rows else (row, row)
        self.columns = (
            (min(self.columns[0], column), max(self.columns[1], column)) if self.columns else (column, column)
        )
        self._check()

    def claim(self, cells: int) -> None:
        self.claimed = max(self.claimed, cells)
        self._check()

    @property
    def cells(self) -> int:
        if not self.rows or not self.columns:
            return 0
        return (self.rows[1] - self.rows[0] + 1) * (self.columns[1] - self.columns[0] + 1)

    def _check(self) -> None:
        grids = (self.others + self.cells) * GRID_BYTES
        if grids + max(self.cells * GRID_BYTES, self.claimed * CLAIM_BYTES) > MAX_BYTES:
            raise PermanentError("resource_memory", "grid")


def _check_cells(book: bytes) -> None:
    at, grid = 0, _Grid()
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        if kind in _BEGIN:
            grid = _Grid(grid.others + grid.cells)
        elif kind in _CELLS and size >= 4 and at + 8 <= len(book):
            row, column = struct.unpack_from("<HH", book, at + 4)
            if column >= _XLS_COLUMNS:
                raise PermanentError("corrupt", "column")
            grid.add(row, column)
            if kind in _MANY_CELLS and size >= 6 and at + 4 + size <= len(book):
                grid.add(row, struct.unpack_from("<H", book, at + 2 + size)[0] % _XLS_COLUMNS)
        elif kind == _DIMENSIONS and size >= 12 and at + 16 <= len(book):
            # Room is made for what is claimed here, cells or none.
            first, last, left, right = struct.unpack_from("<IIHH", book, at + 4)
            if first > last or left > right:
                raise PermanentError("corrupt", "dimensions")
            grid.claim((last - first + 1) * (right - left + 1))
        at += 4 + size


def _check_chains(ole: olefile.OleFileIO) -> None:
    for table, starts in ((ole.fat, _starts(ole)), (_small_table(ole), _small_starts(ole))):
        for start in starts:
            sector, steps = start, 0
            while sector < _LAST_SECTOR:
                steps += 1
                if sector >= len(table) or steps > len(table):
                    raise PermanentError("corrupt", "chain")
                sector = table[sector]


def _small_table(ole: olefile.OleFileIO) -> Sequence[int]:
    ole.loadminifat()
    return ole.minifat or []  # type: ignore[no-any-return]


def _starts(ole: olefile.OleFileIO) -> Iterator[int]:
    yield from (ole.first_dir_sector, ole.first_mini_fat_sector)
    for entry in ole.direntries:
        if entry is not None and (entry.size >= ole.mini_stream_cutoff_size or entry.entry_type == olefile.STGTY_ROOT):
            yield entry.isectStart


def _small_starts(ole: olefile.OleFileIO) -> Iterator[int]:
    for entry in ole.direntries:
        if (
            entry is not None
            and entry.entry_type == olefile.STGTY_STREAM
            and 0 < entry.size < ole.mini_stream_cutoff_size
        ):
            yield entry.isectStart


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        kind, at = _number(data, at, 2)
        size, at = _number(data, at, 4)
        yield kind, data[at : at + size]
        at += size


def _number(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Seven bits to a byte, the lowest first; the eighth says that another follows."""
    value = 0
    for place in range(most):
        if at >= len(data):
            raise PermanentError("corrupt", "record")
        byte = data[at]
        value |= (byte & 0x7F) << 7 * place
        at += 1
        if byte < 0x80:
            break
    return value, at
