"""The model on this machine: the published weights give the published vectors, in any company and order."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from tokenizers import Tokenizer

from extraction.embedding import EmbeddingOptions, EmbeddingUnavailable
from extraction.embedding.local import LocalEmbedder, load
from extraction.embedding.model_files import find
from extraction.tests.tiny_bert import WORDS, forward, random_weights, read_bert, write_model, write_safetensors

TEXTS = [
    "The tenant shall pay rent on the first day of each month.",
    "Rent is due from the lessee on the 1st of every month.",
    "Photosynthesis turns light into sugar.",
    "§ 12(b)(6): “failure to state a claim” — naïve, 원고, 🙂",
    "",
    "Motion\x00 denied.",
    "A long list: " + "lorem ipsum dolor sit amet, " * 200,
]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEmbedder]:
    """The default model; building it takes a second, so it is shared."""
    data_dir = tmp_path_factory.mktemp("model")
    yield load(EmbeddingOptions("local", "all-MiniLM-L6-v2", base_url="", api_key="", data_dir=data_dir))


def tiny(tmp_path: Path, **config: object) -> LocalEmbedder:
    folder = write_model(tmp_path / "tiny", **config)
    return load(EmbeddingOptions("local", str(folder), base_url="", api_key="", data_dir=tmp_path / "data"))


def pieces(tokenizer: Path, text: str) -> list[int]:
    made = Tokenizer.from_file(str(tokenizer))
    made.no_padding()
    made.enable_truncation(256)
    return made.encode(text).ids


def test_the_vectors_are_those_of_an_independent_forward_pass(real):
    files = find("all-MiniLM-L6-v2")
    bert = read_bert(files.weights.parent)
    texts = [text[:150] for text in TEXTS]
    expected = np.array([forward(bert, pieces(files.tokenizer, text)) for text in texts])
    assert np.einsum("ij,ij->i", expected, real.embed(texts).astype(np.float64)).min() >= 0.99999


def test_another_bert_in_a_folder_is_computed_as_its_config_says(tmp_path):
    made = tiny(tmp_path)
    texts = ["a lease", "the court", "rent rents q", "a " * 250]
    bert = read_bert(tmp_path / "tiny")
    expected = np.array([forward(bert, pieces(tmp_path / "tiny" / "tokenizer.json", text)) for text in texts])
    assert np.einsum("ij,ij->i", expected, made.embed(texts).astype(np.float64)).min() >= 0.99999


def test_texts_that_mean_the_same_are_nearer_than_others(real):
    first, second, other = real.embed(TEXTS[:3])
    assert first @ second > 0.6
    assert first @ other < 0.2


def test_rows_are_float32_of_length_one_in_the_order_given(real):
    vectors = real.embed(TEXTS)
    assert (vectors.dtype, vectors.shape) == (np.float32, (len(TEXTS), 384))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert np.allclose(real.embed(TEXTS[::-1])[::-1], vectors, atol=1e-6)


def test_company_does_not_change_a_vector(real):
    alone = np.concatenate([real.embed([text]) for text in TEXTS])
    assert np.einsum("ij,ij->i", alone, real.embed(TEXTS)).min() > 0.999999


def test_no_texts_give_no_rows(real):
    assert real.embed([]).shape == (0, 384)


def test_what_lies_past_256_word_pieces_does_not_count(real):
    long = "word " * 254
    a, b, c = real.embed([long, long + "photosynthesis " * 50, "photosynthesis " + long])
    assert np.allclose(a, b, atol=1e-6)
    assert not np.allclose(a, c, atol=1e-3)


def test_an_endless_word_and_a_lone_surrogate_are_embedded_like_any_text(real):
    vectors = real.embed(["x" * 3_000_000, "half a \ud83d character"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_the_name_says_model_and_precision(real):
    assert (real.model, real.dimensions) == ("all-MiniLM-L6-v2@fp32", 384)


def test_threads_share_an_embedder(real):
    alone = real.embed(TEXTS[:-1])
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(lambda _: real.embed(TEXTS[:-1]), range(8)):
            assert np.allclose(vectors, alone, atol=1e-6)


def test_a_waiting_session_does_not_spin(real):
    options = real.session.get_session_options()
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert real.session.get_providers() == ["CPUExecutionProvider"]


def test_the_built_graph_is_valid_onnx(tmp_path):
    tiny(tmp_path)
    (built,) = (tmp_path / "data" / "models").glob("*.onnx")
    onnx.checker.check_model(str(built), full_check=True)


def test_weights_that_are_no_numbers_are_found_out(tmp_path):
    folder = write_model(tmp_path / "broken")
    weights = random_weights(0)
    weights["encoder.layer.0.output.dense.bias"][0] = np.nan
    write_safetensors(folder / "model.safetensors", weights)
    made = load(EmbeddingOptions("local", str(folder), base_url="", api_key="", data_dir=tmp_path / "data"))
    with pytest.raises(EmbeddingUnavailable, match="damaged"):
        made.embed(["a lease"])


def test_two_folders_of_one_name_with_different_weights_have_different_names(tmp_path):
    one, two = write_model(tmp_path / "1" / "ours", seed=1), write_model(tmp_path / "2" / "ours", seed=2)
    names = {find(str(folder)).name for folder in (one, two)}
    assert len(names) == 2
    assert all(name.startswith("ours-") for name in names)


def test_a_tokenizer_with_more_pieces_than_the_weights_is_refused(tmp_path):
    with pytest.raises(EmbeddingUnavailable, match="more word pieces"):
        tiny(tmp_path, vocab_size=len(WORDS) - 1)
