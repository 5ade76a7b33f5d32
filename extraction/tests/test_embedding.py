"""One embedder per process and options, whoever asks and however many at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from extraction.embedding import EmbeddingOptions, EmbeddingUnavailable, local, make_embedder
from extraction.tests.tiny_bert import write_model


@pytest.fixture
def options(tmp_path: Path) -> EmbeddingOptions:
    folder = write_model(tmp_path / "tiny")
    return EmbeddingOptions("local", str(folder), base_url="", api_key="", data_dir=tmp_path / "data")


def test_the_same_options_give_the_same_embedder_and_others_another(options):
    first = make_embedder(options)
    assert make_embedder(replace(options)) is first
    assert make_embedder(replace(options, threads=2)) is not first


def test_threads_that_ask_at_once_load_the_model_once(options, monkeypatch):
    loads, real = [], local.load
    monkeypatch.setattr(local, "load", lambda options: loads.append(options) or real(options))
    together = threading.Barrier(8)

    def ask(_: int) -> object:
        together.wait()
        return make_embedder(options)

    with ThreadPoolExecutor(8) as pool:
        made = set(map(id, pool.map(ask, range(8))))
    assert (len(made), len(loads)) == (1, 1)


def test_a_failure_is_not_remembered(options, tmp_path):
    tokenizer = tmp_path / "tiny" / "tokenizer.json"
    content = tokenizer.read_bytes()
    tokenizer.unlink()
    with pytest.raises(EmbeddingUnavailable, match="no readable tokenizer"):
        make_embedder(options)
    tokenizer.write_bytes(content)
    assert make_embedder(options).embed(["a lease"]).shape == (1, 384)


def test_an_unknown_backend_is_named_with_its_remedy(options):
    with pytest.raises(EmbeddingUnavailable, match="local or openai"):
        make_embedder(replace(options, backend="magic"))


def test_options_do_not_show_the_key(options):
    assert "s3cret" not in repr(replace(options, api_key="s3cret"))


def test_an_endpoint_is_not_asked_before_there_is_something_to_embed(options):
    endpoint = replace(options, backend="openai", model="m", base_url="http://127.0.0.1:9/v1")
    embedder = make_embedder(endpoint)
    assert (embedder.model, embedder.dimensions) == ("m@openai", 0)
    assert embedder.embed([]).shape == (0, 0)
