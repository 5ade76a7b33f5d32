"""What `manage.py doctor` says of OCR: who reads, in which languages, what is installed, what cannot be read."""

import pytest

from extraction import doctor
from extraction.ocr import tesseract_library


@pytest.fixture
def finding(settings):
    def finding(engine: str, languages: str) -> doctor.Finding:
        settings.LEXINTEL_OCR_ENGINE, settings.LEXINTEL_OCR_LANGUAGES = engine, languages
        return doctor.CHECKS["ocr"]()

    return finding


@pytest.fixture
def no_tesseract(monkeypatch):
    monkeypatch.setattr(tesseract_library, "load", lambda: None)


def test_it_names_the_engine_that_reads_and_the_languages(finding, no_tesseract):
    found = finding("auto", "eng+deu")
    assert found.ok and found.remedy == ""
    assert found.detail.startswith("rapidocr ") and " for eng+deu; installed: rapidocr " in found.detail
    assert "tesseract" not in found.detail


@pytest.mark.skipif(tesseract_library.load() is None, reason="tesseract is not installed")
def test_it_names_tesseract_with_its_languages_where_that_is_installed(finding):
    assert "tesseract" in finding("auto", "eng").detail.split("installed:")[1]
    found = finding("tesseract", "eng")
    assert found.ok and found.detail.startswith("tesseract ")


def test_a_language_that_nothing_here_reads_is_a_problem_with_a_remedy(finding, no_tesseract):
    found = finding("auto", "eng+rus")
    assert not found.ok
    assert "cannot read rus" in found.detail and "data for rus" in found.remedy


def test_an_engine_that_is_not_there_is_a_problem_and_not_a_crash(finding, no_tesseract):
    found = finding("tesseract", "eng")
    assert not found.ok
    assert found.remedy == "Tesseract is not installed." and "installed: rapidocr" in found.detail


def test_ocr_that_is_switched_off_is_no_problem(finding):
    assert finding("none", "eng") == doctor.Finding("ocr", True, "off (LEXINTEL_OCR_ENGINE=none)")
