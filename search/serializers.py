"""How questions and answers look in the API."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from search.document_hits import DocumentHits, PageOfHits
from search.engine import GROUPINGS, MAX_LIMIT, MODES, SearchResult
from search.grouping import DocumentGroup
from search.links import page_link
from search.passages import Passage
from search.query import clean

# Far more pages than any document has, and still a number for PostgreSQL.
MAX_PAGE = 1_000_000_000


class QuestionField(serializers.CharField):
    """Taken as it comes: where a question is parsed, what cannot be searched is taken out or refused by its name."""

    def run_validators(self, value: Any) -> None:
        pass


class NameField(serializers.CharField):
    """What somebody calls a search or a report: 1 to 200 characters, as `clean` leaves them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> str:
        name = clean(super().run_validation(data))
        if not name:
            self.fail("blank")
        return name


class SearchParameters(serializers.Serializer[Any]):
    """What may stand in a search's address. The question itself is checked where it is parsed."""

    q = QuestionField(default="", allow_blank=True, trim_whitespace=False, help_text="Words, “phrases”, -not.")
    case = serializers.CharField(default="", allow_blank=True, help_text="The id of a case; all my cases without it.")
    mode = serializers.ChoiceField(choices=MODES, default="hybrid")
    media_type = serializers.CharField(default="", allow_blank=True, max_length=150)
    custodian = serializers.CharField(default="", allow_blank=True, max_length=200)
    limit = serializers.IntegerField(default=20, min_value=1, max_value=MAX_LIMIT)
    cursor = serializers.CharField(default="", allow_blank=True, max_length=500)
    group = serializers.ChoiceField(
        choices=[name for name in GROUPINGS if name],
        default="",
        allow_blank=True,
        help_text="“document”: each document once, with its best passages; limit and next count documents then.",
    )


class DocumentHitsParameters(serializers.Serializer[Any]):
    q = QuestionField(default="", allow_blank=True, trim_whitespace=False)
    after = serializers.IntegerField(default=0, min_value=0, max_value=MAX_PAGE, help_text="Only pages after this one.")
    limit = serializers.IntegerField(default=20, min_value=1, max_value=MAX_LIMIT, help_text="Pages.")


class HighlightParameters(serializers.Serializer[Any]):
    q = QuestionField(default="", allow_blank=True, trim_whitespace=False)


def _pairs(size: int) -> serializers.ListField:
    number: Any = serializers.IntegerField() if size == 2 else serializers.FloatField()
    return serializers.ListField(child=serializers.ListField(child=number, min_length=size, max_length=size))


class SnippetSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    highlights = _pairs(2)


class PassageSerializer(serializers.Serializer[Any]):
    document = serializers.UUIDField()
    document_name = serializers.CharField()
    case = serializers.UUIDField()
    page = serializers.IntegerField()
    score = serializers.FloatField(help_text="Orders this list, and means nothing beyond it.")
    why = serializers.CharField(help_text="exact, nearly exact, all words, words, words and meaning, or meaning.")
    snippet = SnippetSerializer()
    boxes = _pairs(4)
    url = serializers.CharField()


class ResultSerializer(PassageSerializer):
    """A passage; of grouped results the best of its document, with two more members."""

    hits = serializers.IntegerField(required=False, help_text="Passages of the document in the whole list.")
    passages = PassageSerializer(many=True, required=False, help_text="The best ones, of up to three pages.")


class CoverageSerializer(serializers.Serializer[Any]):
    pages_searched = serializers.IntegerField()
    pages_unreadable = serializers.IntegerField()
    pages_waiting = serializers.IntegerField()
    documents_waiting = serializers.IntegerField()
    documents_failed = serializers.IntegerField()
    documents_without_vectors = serializers.IntegerField()


class FacetValueSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()


class FacetsSerializer(serializers.Serializer[Any]):
    media_type = FacetValueSerializer(many=True)
    custodian = FacetValueSerializer(many=True)
    case = FacetValueSerializer(many=True)


class TermCountSerializer(serializers.Serializer[Any]):
    term = serializers.CharField()
    common = serializers.BooleanField(help_text="Too common to be indexed.")
    documents = serializers.IntegerField()


class SearchResultSerializer(serializers.Serializer[Any]):
    query = serializers.CharField()
    mode = serializers.ChoiceField(choices=MODES)
    total = serializers.IntegerField(help_text="Passages that can be listed, at most 200.")
    documents = serializers.IntegerField(help_text="Documents that these are in.")
    coverage = CoverageSerializer()
    facets = FacetsSerializer()
    results = ResultSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())
    did_you_mean = serializers.CharField(allow_null=True, help_text="The question with words that do occur.")
    terms = TermCountSerializer(many=True, help_text="Where nothing was found: in how many documents each word is.")


class PageOfHitsSerializer(serializers.Serializer[Any]):
    page = serializers.IntegerField()
    hits = serializers.IntegerField()
    snippets = SnippetSerializer(many=True)
    url = serializers.CharField()


class DocumentHitsSerializer(serializers.Serializer[Any]):
    query = serializers.CharField()
    total = serializers.IntegerField(help_text="Hits on all pages.")
    total_is_exact = serializers.BooleanField(help_text="False: counting took too long; there are more.")
    pages = serializers.IntegerField(help_text="Pages with hits.")
    results = PageOfHitsSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())


class PageHighlightsSerializer(serializers.Serializer[Any]):
    highlights = _pairs(2)
    boxes = _pairs(4)


def result_json(result: SearchResult, next_link: str | None) -> dict[str, Any]:
    """An answer as SearchResultSerializer describes it, built by hand: nested serializers cost more than the SQL."""
    return {
        "query": result.query.raw,
        "mode": result.mode,
        "total": result.total,
        "documents": result.documents,
        "coverage": vars(result.coverage),
        "facets": {name: [vars(value) for value in values] for name, values in result.facets.items()},
        "results": [
            *(_passage_json(passage, result.query.raw) for passage in result.passages),
            *(_group_json(group, result.query.raw) for group in result.groups),
        ],
        "next": next_link,
        "notes": result.notes,
        "did_you_mean": result.instead or None,
        "terms": [vars(term) for term in result.terms],
    }


def _passage_json(passage: Passage, question: str) -> dict[str, Any]:
    return {
        "document": str(passage.document_id),
        "document_name": passage.document_name,
        "case": str(passage.case_id),
        "page": passage.page,
        "score": passage.score,
        "why": passage.why,
        "snippet": {"text": passage.snippet.text, "highlights": passage.snippet.highlights},
        "boxes": passage.boxes,
        "url": page_link(passage.document_id, passage.page, question),
    }


def _group_json(group: DocumentGroup, question: str) -> dict[str, Any]:
    passages = [_passage_json(passage, question) for passage in group.passages]
    return passages[0] | {"hits": group.hits, "passages": passages}


def document_hits_json(found: DocumentHits, document_id: UUID, next_link: str | None) -> dict[str, Any]:
    """The hits in one document as DocumentHitsSerializer describes them."""
    return {
        "query": found.query.raw,
        "total": found.total,
        "total_is_exact": found.counted_all,
        "pages": found.pages,
        "results": [_page_json(page, document_id, found.query.raw) for page in found.shown],
        "next": next_link,
        "notes": found.query.notes,
    }


def _page_json(page: PageOfHits, document_id: UUID, question: str) -> dict[str, Any]:
    return {
        "page": page.number,
        "hits": page.hits,
        "snippets": [vars(snippet) for snippet in page.snippets],
        "url": page_link(document_id, page.number, question),
    }
