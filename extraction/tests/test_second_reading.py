"""A document that is read again: its former text is shown and found until the new one is whole, or for good."""

import threading

import pytest
from django.db import connections

from documents import storage
from documents.models import Chunk, ChunkEmbedding, Document, Page
from extraction import jobs, ledger, read_stage
from extraction.errors import PermanentError
from extraction.models import ExtractionJob
from extraction.reprocess import reprocess

FORMER = b"The former text is about a winch."


@pytest.fixture
def letter(case, put_in, work_off, fake_embedder):
    """Read for good once."""
    document = put_in(case, FORMER)
    work_off()
    document.refresh_from_db()
    assert (document.status, document.version) == ("ready", 1)
    return document


@pytest.fixture
def found(case, api, alice, charlie):
    """The pages that a word finds, lexically and in every way; nothing for who is no member."""

    def find(word):
        hits = []
        for mode in ("lexical", "hybrid"):
            asked = {"q": word, "case": str(case.pk), "mode": mode}
            results = api(alice).get("/api/v1/search/", asked).json()["results"]
            hits.append([(hit["document"], hit["page"]) for hit in results if word in hit["snippet"]["text"]])
            assert not api(charlie).get("/api/v1/search/", asked).json().get("results")
        assert hits[0] == hits[1]
        return hits[0]

    return find


def shown(api, person, document):
    return api(person).get(f"/api/v1/documents/{document.pk}/pages/1/").json()["text"]


def again(document):
    assert reprocess(Document.objects.filter(pk=document.pk)) == 1


def damage_the_original(document, monkeypatch):
    storage.place().path_of(document.sha256).write_bytes(b"rot")


def break_down_while_reading(document, monkeypatch):
    real = read_stage.read

    def read(*args):
        real(*args)
        raise PermanentError("parser_crash")

    monkeypatch.setattr(read_stage, "read", read)


def break_down_while_writing_pages(document, monkeypatch):
    real = ledger.done

    def done(held, **how):
        real(held, **how)
        if held.stage == "read":
            raise PermanentError("parser_crash")

    monkeypatch.setattr(ledger, "done", done)


def break_down_while_indexing(document, monkeypatch):
    real = ledger.next_stage

    def next_stage(document, stage, version, **how):
        # The new passages are written, the former are deleted, and nothing of that is committed.
        if stage == "embed":
            raise PermanentError("parser_crash")
        real(document, stage, version, **how)

    monkeypatch.setattr(ledger, "next_stage", next_stage)


@pytest.mark.parametrize(
    "trouble",
    [damage_the_original, break_down_while_reading, break_down_while_writing_pages, break_down_while_indexing],
)
def test_if_it_cannot_be_read_again_its_former_text_is_shown_and_found(
    letter, found, api, alice, work_off, monkeypatch, trouble
):
    assert found("winch") == [(str(letter.pk), 1)]
    trouble(letter, monkeypatch)
    again(letter)
    work_off()
    letter.refresh_from_db()
    assert (letter.status, letter.version) == ("failed", 1)
    assert letter.error_code in ("storage_corrupt", "parser_crash")
    assert shown(api, alice, letter) == FORMER.decode()
    assert found("winch") == [(str(letter.pk), 1)]


def test_once_the_trouble_is_over_it_is_read_again_as_any_other(letter, found, work_off, monkeypatch, fake_embedder):
    with monkeypatch.context() as troubled:
        break_down_while_indexing(letter, troubled)
        again(letter)
        work_off()
    again(letter)
    work_off()
    letter.refresh_from_db()
    assert (letter.status, letter.version, letter.error_code) == ("ready", 2, "")
    assert found("winch") == [(str(letter.pk), 1)]
    assert set(Page.objects.filter(document=letter).values_list("version", flat=True)) == {2}
    assert set(Chunk.objects.filter(document=letter).values_list("version", flat=True)) == {2}


def test_until_it_is_indexed_only_the_former_text_is_shown_and_found(letter, found, api, alice, work_off, monkeypatch):
    read_anew(monkeypatch)
    again(letter)
    run_the(letter, "read")
    assert Page.objects.filter(document=letter).count() == 2
    assert shown(api, alice, letter) == FORMER.decode()
    assert (found("winch"), found("anchor")) == ([(str(letter.pk), 1)], [])
    work_off()
    assert "anchor" in shown(api, alice, letter)
    assert (found("winch"), found("anchor")) == ([], [(str(letter.pk), 1)])


@pytest.mark.django_db(transaction=True)
def test_nobody_sees_it_without_a_text_or_with_two(letter, work_off, monkeypatch):
    read_anew(monkeypatch)
    again(letter)
    run_the(letter, "read")
    seen, real = [], ledger.next_stage

    def look():
        try:
            seen.append(Document.objects.get(pk=letter.pk).version)
            seen.extend(Chunk.objects.filter(document=letter).values_list("body", flat=True))
        finally:
            connections.close_all()

    def next_stage(*args, **how):
        # All is written and nothing committed: what does somebody else see?
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(30)
        real(*args, **how)

    monkeypatch.setattr(ledger, "next_stage", next_stage)
    run_the(letter, "index")
    assert seen == [1, FORMER.decode()]
    assert list(Chunk.objects.filter(document=letter).values_list("version", "body")) == [(2, "The anchor, not it.")]


def test_a_passage_that_reads_as_before_stays_found_by_meaning_and_is_not_embedded_again(
    case, put_in, api, alice, work_off, fake_embedder, monkeypatch
):
    document = put_in(case, b"The winch broke.\fThe anchor held.")
    work_off()
    before = vectors(document)
    assert before
    embedded, embed = [], fake_embedder.embed
    monkeypatch.setattr(fake_embedder, "embed", lambda texts: embedded.extend(texts) or embed(texts))
    again(document)
    run_the(document, "read")
    run_the(document, "index")
    document.refresh_from_db()
    assert (document.version, document.stage) == (2, "embed")
    assert vectors(document) == before
    asked = {"q": "what held", "case": str(case.pk), "mode": "semantic"}
    assert api(alice).get("/api/v1/search/", asked).json()["total"] > 0
    embedded.clear()
    work_off()
    assert not embedded
    assert vectors(document) == before


def test_a_passage_that_reads_anew_loses_the_former_vector(letter, work_off, monkeypatch):
    before = vectors(letter)
    read_anew(monkeypatch)
    again(letter)
    run_the(letter, "read")
    run_the(letter, "index")
    assert vectors(letter) == []
    work_off()
    after = vectors(letter)
    assert after
    assert [vector for _, _, vector in after] != [vector for _, _, vector in before]


def vectors(document):
    found = ChunkEmbedding.objects.filter(document=document).order_by("chunk__ordinal", "model")
    return [(row.chunk.body, row.model, list(row.embedding)) for row in found.select_related("chunk")]


def read_anew(monkeypatch):
    """Another release reads another text out of it."""
    real = read_stage._write

    def write(held, reading, timings):
        page = reading.pages[0]
        reading.pages[:] = [type(page)(page.number, page.state, "The anchor, not it.")]
        real(held, reading, timings)

    monkeypatch.setattr(read_stage, "_write", write)


def run_the(document, stage):
    jobs.run(str(ExtractionJob.objects.get(document=document, stage=stage, state="queued").pk))
