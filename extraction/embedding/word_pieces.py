"""Texts to word pieces, with the model's own tokenizer."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tokenizers import Tokenizer

from extraction.embedding.base import MAX_PIECES, EmbeddingUnavailable, plain

Tokenize = Callable[[Sequence[str]], list[list[int]]]


def tokenizer_of(path: Path, vocab_size: int) -> Tokenize:
    """A function from texts to their ids, at most MAX_PIECES with [CLS] and [SEP]. Raises EmbeddingUnavailable."""
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception:  # the library raises nothing narrower
        raise EmbeddingUnavailable("The model's tokenizer.json cannot be read.") from None
    if tokenizer.get_vocab_size() > vocab_size:
        raise EmbeddingUnavailable("The model's tokenizer.json knows more word pieces than its weights.")
    tokenizer.enable_truncation(MAX_PIECES)
    tokenizer.no_padding()

    def tokenize(texts: Sequence[str]) -> list[list[int]]:
        # One by one: the library's batch call starts a thread per core and complains at the next fork, and at 5,000
        # chunks a second this is a hundredth of the model's time.
        return [tokenizer.encode(plain(text)).ids for text in texts]

    return tokenize
