"""The index stage: however long a text is, the job stays its worker's until the document can be found."""

import threading
import time

import pytest
from django.db import connection

from extraction import index_stage, jobs, ledger
from extraction.models import ExtractionJob
from search.engine import search
from search.scope import scope_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(case, put_in, settings):
    """To index a document; its lease lasts a second."""
    document = put_in(case, b"The winch failed in the storm.")
    jobs.run(str(ExtractionJob.objects.get(document=document).pk))
    settings.LEXINTEL_LEASE_S = 1
    return ExtractionJob.objects.get(document=document, stage="index")


@pytest.mark.parametrize("slow", ["chunk_pages", "words_of"])
def test_work_that_takes_longer_than_a_lease_is_done_once(job, alice, charlie, monkeypatch, slow):
    real, ended, taken = getattr(index_stage, slow), threading.Event(), []

    def slowly(*args, **options):
        time.sleep(2.5)
        return real(*args, **options)

    def others_try():
        while not ended.wait(0.1):
            taken.append(ledger.claim(job.pk, "another"))
        connection.close()

    monkeypatch.setattr(index_stage, slow, slowly)
    running = threading.Thread(target=lambda: (jobs.run(str(job.pk)), connection.close()))
    running.start()
    time.sleep(0.5)
    others = threading.Thread(target=others_try)
    others.start()
    running.join()
    ended.set()
    others.join()
    job.refresh_from_db()
    assert (job.state, job.attempt, job.interruptions) == ("done", 1, 0)
    assert taken and not any(taken)
    assert [p.document_name for p in search("winch", scope_for(alice), mode="lexical").passages]
    assert not search("winch", scope_for(charlie), mode="lexical").passages


def test_many_words_are_learned_in_several_steps(job, alice, monkeypatch):
    learned = []
    real = index_stage.learn
    monkeypatch.setattr(index_stage, "WORDS_AT_ONCE", 2)
    monkeypatch.setattr(
        index_stage, "learn", lambda document, words: (learned.append(len(words)), real(document, words))
    )
    jobs.run(str(job.pk))
    assert learned == [2, 2, 1]
    assert search("wi?ch", scope_for(alice)).passages
