"""libtesseract through its C interface, in this process: the confined child may start no program and write no file.

Only what the engine needs of tesseract/capi.h, which has kept these functions since version 4.
"""

import ctypes
import ctypes.util
import functools
import os

FILES = ("libtesseract.so.5", "libtesseract.so.4", "libtesseract.5.dylib", "libtesseract.dylib")
# Where Homebrew and MacPorts put libraries that the loader does not look for by itself.
FOLDERS = ("/opt/homebrew/lib", "/usr/local/lib", "/opt/local/lib")

_HANDLE, _TEXT, _INT, _YES = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int
_INT_POINTER = ctypes.POINTER(ctypes.c_int)
# Answers that the library expects back are void pointers: as strings, ctypes would copy them and lose the address.
_FUNCTIONS: dict[str, tuple[object, list[object]]] = {
    "TessVersion": (_TEXT, []),
    "TessDeleteText": (None, [_HANDLE]),
    "TessDeleteTextArray": (None, [_HANDLE]),
    "TessBaseAPICreate": (_HANDLE, []),
    "TessBaseAPIDelete": (None, [_HANDLE]),
    "TessBaseAPIInit3": (_INT, [_HANDLE, _TEXT, _TEXT]),
    "TessBaseAPIGetAvailableLanguagesAsVector": (ctypes.POINTER(_TEXT), [_HANDLE]),
    "TessBaseAPISetVariable": (_YES, [_HANDLE, _TEXT, _TEXT]),
    "TessBaseAPISetPageSegMode": (None, [_HANDLE, _INT]),
    "TessBaseAPISetImage": (None, [_HANDLE, _TEXT, _INT, _INT, _INT, _INT]),
    "TessBaseAPISetSourceResolution": (None, [_HANDLE, _INT]),
    "TessBaseAPIRecognize": (_INT, [_HANDLE, _HANDLE]),
    "TessBaseAPIGetIterator": (_HANDLE, [_HANDLE]),
    "TessBaseAPIClear": (None, [_HANDLE]),
    "TessResultIteratorDelete": (None, [_HANDLE]),
    "TessResultIteratorNext": (_YES, [_HANDLE, _INT]),
    "TessResultIteratorGetUTF8Text": (_HANDLE, [_HANDLE, _INT]),
    "TessResultIteratorConfidence": (ctypes.c_float, [_HANDLE, _INT]),
    "TessResultIteratorGetPageIterator": (_HANDLE, [_HANDLE]),
    "TessPageIteratorIsAtBeginningOf": (_YES, [_HANDLE, _INT]),
    "TessPageIteratorBoundingBox": (_YES, [_HANDLE, _INT, _INT_POINTER, _INT_POINTER, _INT_POINTER, _INT_POINTER]),
}


@functools.cache
def load() -> ctypes.CDLL | None:
    """The library with its functions declared; None where it is not installed or lacks one of them."""
    # Its OpenMP threads make a page slower on one core and would not survive a fork; read when the library loads.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    names = [*FILES, *(os.path.join(folder, name) for folder in FOLDERS for name in FILES)]
    found = ctypes.util.find_library("tesseract")
    for name in ([found] if found else []) + names:
        try:
            library = ctypes.CDLL(name)
            for function, (answer, arguments) in _FUNCTIONS.items():
                declared = getattr(library, function)
                declared.restype, declared.argtypes = answer, arguments
            return library
        except (OSError, AttributeError):
            continue
    return None


def version(library: ctypes.CDLL) -> str:
    """Such as 5.3.0."""
    return str(library.TessVersion().decode(errors="replace").split()[0])


def languages(library: ctypes.CDLL) -> list[str]:
    """Codes of the languages whose data is installed; empty where none is found."""
    handle = library.TessBaseAPICreate()
    try:
        # Any language opens the folder; which are there is then told, whether or not that one was.
        library.TessBaseAPIInit3(handle, None, b"osd")
        listed = library.TessBaseAPIGetAvailableLanguagesAsVector(handle)
        codes, index = [], 0
        while listed and listed[index]:
            codes.append(listed[index].decode(errors="replace"))
            index += 1
        library.TessDeleteTextArray(listed)
        return sorted(codes)
    finally:
        library.TessBaseAPIDelete(handle)
