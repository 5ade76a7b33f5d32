"""Only the published model passes under its name; a folder may hold another of the same kind, and nothing else."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from extraction.embedding import EmbeddingUnavailable, model_files
from extraction.embedding.bert_graph import bert_graph
from extraction.embedding.model_files import BertConfig, find
from extraction.embedding.weights import read_weights
from extraction.tests.tiny_bert import random_weights, write_model, write_safetensors


@pytest.fixture(scope="module")
def published() -> Path:
    return find("all-MiniLM-L6-v2").weights.parent


def test_the_installed_model_is_the_published_one(published):
    files = find("all-MiniLM-L6-v2")
    assert (files.name, files.config) == ("all-MiniLM-L6-v2", BertConfig())


def test_the_package_is_found_without_being_imported(published):
    import sys

    assert published.name == "model"
    assert model_files.PACKAGE not in sys.modules


def test_the_published_model_in_a_folder_keeps_its_name(published, tmp_path):
    for name in ("model.safetensors", "tokenizer.json"):
        (tmp_path / name).symlink_to(published / name)
    assert find(str(tmp_path)).name == "all-MiniLM-L6-v2"


def test_an_installed_model_that_was_changed_is_refused(published, tmp_path, monkeypatch):
    shutil.copy(published / "tokenizer.json", tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    monkeypatch.setattr(model_files, "_package_folder", lambda: tmp_path)
    with pytest.raises(EmbeddingUnavailable, match="not the published one"):
        find("all-MiniLM-L6-v2")


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(model_files, "PACKAGE", "no_such_package_here")
    with pytest.raises(EmbeddingUnavailable, match="Install requirements"):
        find("all-MiniLM-L6-v2")


@pytest.mark.parametrize("name", ["all-MiniLM-L12-v2", "", "/no/such/folder", "/etc/hostname"])
def test_a_model_that_is_no_folder_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EmbeddingUnavailable, match=r"neither|no readable"):
        find(name)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"model_type": "roberta"}, "model_type"),
        ({"hidden_act": "relu"}, "hidden_act"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type"),
        ({"hidden_size": 4_800}, "4800 dimensions"),
        ({"hidden_size": 385}, "385 dimensions"),
        ({"num_attention_heads": 7}, "7 heads"),
        ({"num_hidden_layers": "six"}, "num_hidden_layers"),
        ({"num_hidden_layers": True}, "num_hidden_layers"),
        ({"num_hidden_layers": 2.5}, "num_hidden_layers"),
        ({"layer_norm_eps": -1}, "layer_norm_eps"),
        ({"max_position_embeddings": 10**9}, "max_position_embeddings"),
        ({"max_position_embeddings": 128}, "max_position_embeddings"),
    ],
)
def test_another_architecture_is_refused_by_name(tmp_path, config, says):
    with pytest.raises(EmbeddingUnavailable, match=says):
        find(str(write_model(tmp_path / "m", **config)))


def test_a_model_that_pools_otherwise_is_refused(tmp_path):
    folder = write_model(tmp_path / "m")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_mean_tokens": False}))
    with pytest.raises(EmbeddingUnavailable, match="mean"):
        find(str(folder))


@pytest.mark.parametrize("content", [b"[]", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_config_that_is_no_object_is_refused(tmp_path, content):
    folder = write_model(tmp_path / "m")
    (folder / "config.json").write_bytes(content)
    with pytest.raises(EmbeddingUnavailable, match="cannot be read"):
        find(str(folder))


def test_a_folder_name_of_any_characters_gives_a_plain_name(tmp_path):
    name = find(str(write_model(tmp_path / ("[*] ünï @fp32 " + "x" * 100)))).name
    assert name.isascii()
    assert len(name) <= 80
    assert not set(name) & set("[]*@ /")


def header(content: bytes) -> bytes:
    return len(content).to_bytes(8, "little") + content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"1234567",
        (1 << 60).to_bytes(8, "little") + b"{}",
        header(b"not json"),
        header(b"[1]"),
        header(b'{"a": 1}'),
        header(b'{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}'),
        header(b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}') + b"1234",
        header(b'{"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}') + b"12345678",
        header(b'{"a": {"dtype": "F32", "shape": [-1, -2], "data_offsets": [0, 8]}}') + b"12345678",
        header(b'{"a": {"dtype": "F32", "shape": ["x"], "data_offsets": [0, 8]}}') + b"12345678",
    ],
)
def test_damaged_weights_are_refused(tmp_path, content):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(EmbeddingUnavailable, match="damaged"):
        read_weights(path)


def test_weights_come_back_as_they_were_written(tmp_path):
    weights = random_weights(3)
    write_safetensors(tmp_path / "w", weights)
    read = read_weights(tmp_path / "w")
    assert list(read) == list(weights)
    assert all(np.array_equal(read[name], tensor) for name, tensor in weights.items())


def test_weights_that_do_not_fit_the_config_are_refused(tmp_path):
    files = find(str(write_model(tmp_path / "m", num_hidden_layers=3)))
    with pytest.raises(EmbeddingUnavailable, match=r"encoder\.layer\.2"):
        bert_graph(read_weights(files.weights), files.config)
