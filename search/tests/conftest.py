"""Search by meaning with the fake embedder: the one that made the chunks' vectors; and a small record for counting."""

import pytest

from extraction import embedders
from lexintel.tests.cast import FakeEmbedder
from search import query_vector


@pytest.fixture(autouse=True)
def _fake_query_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    query_vector.forget()
    monkeypatch.setattr(embedders, "make_embedder", lambda options: FakeEmbedder())


AGREEMENT = [
    "The supplier shall indemnify the buyer. A material breach ends the contract.",
    "Notice of the breach is given in writing.",
    "Schedule of prices.",
]
LETTER = ["Your breach is plain. We shall sue."]


@pytest.fixture
def breach_record(case, make_document):
    return {
        name: make_document(case, pages, name=f"{name}.txt", custodian=custodian)
        for name, pages, custodian in [
            ("agreement", AGREEMENT, "A. Brandt"),
            ("letter", LETTER, "C. Diaz"),
            ("memo", ["The winch was greased."], "A. Brandt"),
        ]
    }
