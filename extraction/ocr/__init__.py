"""Reading pages that are pictures. Plain Python: the settings come as arguments.

evidence ─▶ decision: does this page need OCR? ─▶ page: look ─▶ engine ─▶ layout ─▶ decision: which text is better?
                                                         rapidocr: detection ─▶ line pictures ─▶ recognition ─▶ words
                                                         tesseract: its library, where installed
"""

from extraction.ocr.alphabet import languages as language_codes
from extraction.ocr.base import Engine, EngineUnavailable, OcrWord

__all__ = ["Engine", "EngineUnavailable", "OcrWord", "available", "make_engine"]

CHOICES = ("auto", "rapidocr", "tesseract")


def make_engine(choice: str, languages: str, threads: int = 1) -> Engine:
    """The engine that is chosen, loaded, for languages such as `eng+deu`. Raises EngineUnavailable.

    `auto` is rapidocr, which is more exact, unless a language needs letters that it lacks and Tesseract is installed
    with that language; where neither reads all the languages, rapidocr reads those it can.
    """
    # Imported here: a process that reads no pictures does not pay for the models' runtime.
    from extraction.ocr import rapidocr_engine, tesseract_engine

    codes = language_codes(languages) or ("eng",)
    unreadable = rapidocr_engine.unreadable(codes)
    if choice == "tesseract":
        return tesseract_engine.TesseractEngine(codes)
    if choice == "auto" and unreadable:
        try:
            return tesseract_engine.TesseractEngine(codes)
        except EngineUnavailable:
            if len(unreadable) < len(codes):
                return rapidocr_engine.RapidOcrEngine(codes, threads)
            raise
    if choice not in CHOICES:
        raise EngineUnavailable(f"The OCR engine is one of {', '.join(CHOICES)}.")
    if unreadable:
        raise EngineUnavailable(f"rapidocr has no letters for: {', '.join(unreadable)}. Tesseract may have.")
    return rapidocr_engine.RapidOcrEngine(codes, threads)


def available() -> list[str]:
    """The engines that are installed, with version and languages, for an operator to read. Loads no model."""
    from extraction.ocr import rapidocr_engine, tesseract_library

    found = []
    if rapidocr_engine.models():
        found.append(f"{rapidocr_engine.name()} (Latin, Chinese and Japanese letters)")
    library = tesseract_library.load()
    if library:
        codes = tesseract_library.languages(library)
        found.append(f"tesseract {tesseract_library.version(library)} ({', '.join(codes) or 'no language data'})")
    return found
