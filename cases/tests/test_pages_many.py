"""The page of a case into which ten thousand documents have just been put."""

import hashlib
import time

from django.db import connection

from documents.models import Document
from extraction.models import ExtractionJob

DOCUMENTS = 10_000
ENOUGH_S = 0.5


def test_the_page_of_a_case_with_ten_thousand_waiting_documents_comes_in_half_a_second(case, alice, client):
    documents = [
        Document(
            case=case,
            name=f"{number}.txt",
            sha256=hashlib.sha256(str(number).encode()).hexdigest(),
            size=5,
            media_type="text/plain",
        )
        for number in range(DOCUMENTS)
    ]
    Document.objects.bulk_create(documents)
    ExtractionJob.objects.bulk_create([ExtractionJob(document=d, stage="read", version=1) for d in documents])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client.force_login(alice)
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        assert client.get(f"/cases/{case.pk}/").status_code == 200
        taken.append(time.perf_counter() - started)
    # The quickest: what others do on this machine is not the page's fault.
    assert min(taken) < ENOUGH_S
