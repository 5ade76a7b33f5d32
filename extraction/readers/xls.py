"""Older and binary Excel workbooks (XLS, XLSB): calamine reads the cells, we lay them out."""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import msoffcrypto
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from extraction.errors import PermanentError
from extraction.readers import cell_values, ole_file, ole_object, ole_properties, sheet_guard, sheet_rows
from extraction.readers.base import Item, Member, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Block, Flow, deliver
from extraction.readers.office_encrypted import decrypted

MAX_BYTES = 256 << 20
MAX_SHEETS = 1000
_OLE = b"\xd0\xcf\x11\xe0"


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """Pages of a workbook, then its embedded files. Raises PermanentError(encrypted | corrupt | too_large)."""
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise PermanentError("too_large")
    book, data = _open(data, options.password)
    flow = Flow((), _meta(data))
    flow.blocks = _sheets(book, flow)
    yield from deliver(flow, options)
    yield from _members(data)


def _open(data: bytes, password: str | None) -> tuple[CalamineWorkbook, bytes]:
    locked = data.startswith(_OLE) and _is_encrypted(data)
    if locked:
        data = decrypted(io.BytesIO(data), password).read()
    sheet_guard.check_xls(data) if data.startswith(_OLE) else sheet_guard.check_xlsb(data)
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data)), data
    except CalamineError as error:
        # A wrong password may pass the check at the start of the file, and give noise.
        raise PermanentError("encrypted" if locked else "corrupt", type(error).__name__) from None


def _is_encrypted(data: bytes) -> bool:
    try:
        return bool(msoffcrypto.OfficeFile(io.BytesIO(data)).is_encrypted())
    except MemoryError:
        raise
    except Exception:
        # It knows fewer kinds of workbook than calamine does, such as Excel 95's.
        return False


def _sheets(book: CalamineWorkbook, flow: Flow) -> Iterator[Block]:
    sheets = book.sheets_metadata[:MAX_SHEETS]
    flow.meta["sheets"] = str(len(book.sheets_metadata))
    for number, sheet in enumerate(sheets, 1):
        label = sheet.name
        if sheet.visible != SheetVisibleEnum.Visible:
            flow.warn("hidden_sheets")
            label += " (hidden)"
        try:
            cells = book.get_sheet_by_index(number - 1)
        except CalamineError:
            flow.warn("parts_damaged")
            continue
        left = cells.start[1] if cells.start else 0
        yield from sheet_rows.blocks(label, number, _rows(cells.iter_rows(), left))


def _rows(rows: Iterator[list[Any]], left: int) -> Iterator[dict[int, str]]:
    for values in rows:
        yield {left + i: cell_values.written(v) for i, v in enumerate(values) if v not in ("", None)}


def _meta(data: bytes) -> dict[str, str]:
    if not data.startswith(_OLE):
        return {}
    with ole_file.open_ole(io.BytesIO(data)) as ole:
        return ole_properties.meta(ole)


def _members(data: bytes) -> Iterator[Member]:
    if data.startswith(_OLE):
        with ole_file.open_ole(io.BytesIO(data)) as ole:
            yield from ole_object.members(ole)
