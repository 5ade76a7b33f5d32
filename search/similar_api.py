"""The API of “find similar”."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases.access import get_visible
from documents.models import Document
from lexintel.problems import Problem
from search.deadline import TookTooLong, at_most
from search.links import page_link
from search.similar import MAX_LIMIT, SECONDS, Neighbour, Neighbours, similar_documents, similar_passages

TOO_SLOW = "Comparing took too long and was stopped. The case is too large to be compared as a whole."
# PostgreSQL's largest integer; no document has so many pages or characters.
LARGEST = 2**31 - 1


class SimilarParameters(serializers.Serializer[Any]):
    """Without `page` the whole document is compared, with it the passage that stands there."""

    page = serializers.IntegerField(default=None, min_value=1, max_value=LARGEST)
    char = serializers.IntegerField(default=0, min_value=0, max_value=LARGEST, help_text="Character of the page.")
    limit = serializers.IntegerField(default=10, min_value=1, max_value=MAX_LIMIT)


class PassageAtSerializer(serializers.Serializer[Any]):
    page = serializers.IntegerField()
    char = serializers.IntegerField()
    text = serializers.CharField()


class NeighbourSerializer(serializers.Serializer[Any]):
    document = serializers.UUIDField(source="document_id")
    document_name = serializers.CharField()
    page = serializers.IntegerField(source="at.page")
    char = serializers.IntegerField(source="at.char")
    text = serializers.CharField(source="at.text", help_text="The passage; of a document, how it begins.")
    similarity = serializers.FloatField(help_text="In meaning: the cosine, −1 to 1.")
    shared = serializers.FloatField(help_text="In words: the share of runs of three words that both have, 0 to 1.")
    near_duplicate = serializers.BooleanField()
    url = serializers.SerializerMethodField()

    def get_url(self, neighbour: Neighbour) -> str:
        return page_link(neighbour.document_id, neighbour.at.page)


class NeighboursSerializer(serializers.Serializer[Any]):
    of = PassageAtSerializer(allow_null=True, help_text="The passage that was compared; null for a whole document.")
    results = NeighbourSerializer(many=True, source="nearest")
    without_vectors = serializers.IntegerField(help_text="Documents of the case that cannot be found so yet.")
    problem = serializers.CharField(help_text="Why there is nothing, if that has a reason.")


class Similar(APIView):
    """What of its case is nearest to a document or a passage."""

    @extend_schema(operation_id="document_similar", parameters=[SimilarParameters], responses=NeighboursSerializer)
    def get(self, request: Request, document: UUID) -> Response:
        found = get_visible(request.user, Document.objects, document)
        form = SimilarParameters(data=request.query_params)
        form.is_valid(raise_exception=True)
        try:
            nearest = neighbours(found, **form.validated_data)
        except TookTooLong:
            raise Problem(503, "search_timeout", TOO_SLOW) from None
        return Response(NeighboursSerializer(nearest).data)


def neighbours(document: Document, page: int | None, char: int, limit: int) -> Neighbours:
    """Of the document, or of the passage at a place in it. Raises TookTooLong."""
    with at_most(SECONDS):
        if page is None:
            return similar_documents(document, limit)
        return similar_passages(document, page, char, limit)
