"""The words of a case, each once: what a wildcard can stand for, and what may be suggested instead of a misspelt one.

Written by the index stage before a document can be found, so the vocabulary never lacks a word that the index has.
It may have more: words of documents that are gone. Who shows a word looks first whether it still occurs.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection

from extraction.folding import WORD, fold

LONGEST = 60

# In one order, so that two documents of one case never wait for each other. Only new words are stemmed.
LEARN = """
INSERT INTO documents_vocabularyword (case_id, word, stem)
SELECT d.case_id, word, coalesce((tsvector_to_array(to_tsvector('english', word)))[1], '')
FROM documents_document d, unnest(%s::text[]) AS new(word)
WHERE d.id = %s
  AND NOT EXISTS (SELECT 1 FROM documents_vocabularyword v WHERE v.case_id = d.case_id AND v.word = new.word)
ORDER BY word COLLATE "C"
ON CONFLICT DO NOTHING
"""


def words_of(texts: Iterable[str]) -> list[str]:
    """The distinct words of texts in lower case, in order. Numbers are left out: the index finds those by how they
    begin."""
    found: set[str] = set()
    for text in texts:
        found.update(WORD.findall(fold(text).text))
    return sorted({word for w in found if len(word := w.lower()) <= LONGEST and not word.isdigit()})


def learn(document_id: UUID, words: Sequence[str]) -> None:
    """Add some of a document's words, in order, to its case's; one statement, to be run outside any transaction."""
    with connection.cursor() as cursor:
        cursor.execute(LEARN, [list(words), document_id])
