"""The built model: once, whole or not at all, however many start at once and whatever died before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from extraction.embedding import EmbeddingOptions, EmbeddingUnavailable, built_graph
from extraction.embedding.built_graph import path_of
from extraction.embedding.local import load
from extraction.embedding.model_files import find
from extraction.tests.tiny_bert import write_model

LOAD = """
import sys
from pathlib import Path
from extraction.embedding import EmbeddingOptions, make_embedder
sys.stdin.read()
options = EmbeddingOptions("local", sys.argv[1], base_url="", api_key="", data_dir=Path(sys.argv[2]))
print(make_embedder(options).embed(["a lease"]).tobytes().hex(), "onnx" in sys.modules)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "tiny")


def options(folder: Path, data_dir: Path) -> EmbeddingOptions:
    return EmbeddingOptions("local", str(folder), base_url="", api_key="", data_dir=data_dir)


def files_in(data_dir: Path) -> list[str]:
    return sorted(p.name for p in (data_dir / "models").iterdir() if not p.name.startswith("."))


def test_processes_that_start_at_once_build_one_whole_file(folder, tmp_path):
    data_dir, root = tmp_path / "data", Path(__file__).parents[2]
    command = [sys.executable, "-c", LOAD, str(folder), str(data_dir)]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(3)
    ]
    for child in children:
        child.stdin.close()  # all are let go together
        child.stdin = None
    answers = [child.communicate(timeout=60)[0].split() for child in children]
    assert [child.returncode for child in children] == [0, 0, 0]
    assert len({vector for vector, _ in answers}) == 1
    # One built it; who found it built did not load what building needs.
    assert sorted(built for _, built in answers) == ["False", "False", "True"]
    assert files_in(data_dir) == [path_of(find(str(folder)), data_dir).name]


def test_what_is_built_is_not_built_again(folder, tmp_path, monkeypatch):
    load(options(folder, tmp_path / "data"))
    monkeypatch.setattr(built_graph, "_build", lambda *_: pytest.fail("built twice"))
    load(options(folder, tmp_path / "data"))


def test_a_build_that_died_half_way_is_written_over(folder, tmp_path):
    target = path_of(find(str(folder)), tmp_path / "data")
    target.parent.mkdir(parents=True)
    target.with_suffix(".part").write_bytes(b"half")
    assert load(options(folder, tmp_path / "data")).embed(["a lease"]).shape == (1, 384)
    assert files_in(tmp_path / "data") == [target.name]


@pytest.mark.parametrize("content", [b"", b"\x08" * 50])
def test_a_damaged_file_is_built_anew(folder, tmp_path, content):
    data_dir = tmp_path / "data"
    vector = load(options(folder, data_dir)).embed(["a lease"])
    path_of(find(str(folder)), data_dir).write_bytes(content)
    assert (load(options(folder, data_dir)).embed(["a lease"]) == vector).all()


def test_other_weights_are_another_file_and_a_new_graph_replaces_the_old_one(folder, tmp_path, monkeypatch):
    data_dir = tmp_path / "data"
    load(options(folder, data_dir))
    load(options(write_model(tmp_path / "other", seed=5), data_dir))
    assert len(files_in(data_dir)) == 2
    before = path_of(find(str(folder)), data_dir)
    monkeypatch.setattr(built_graph, "SOURCES", ("bert_graph.py",))
    load(options(folder, data_dir))
    assert path_of(find(str(folder)), data_dir) != before
    assert not before.exists()
    assert len(files_in(data_dir)) == 2


def test_a_data_dir_that_cannot_be_written_is_named_with_its_remedy(folder, tmp_path):
    blocked = tmp_path / "data"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(EmbeddingUnavailable, match="LEXINTEL_DATA_DIR"):
        load(options(folder, blocked))


def test_a_full_disk_leaves_nothing_that_looks_built(folder, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(EmbeddingUnavailable, match="No space left"):
            load(options(folder, tmp_path / "data"))
    assert not any(name.endswith(".onnx") for name in files_in(tmp_path / "data"))
    assert load(options(folder, tmp_path / "data")).embed(["a lease"]).shape == (1, 384)
