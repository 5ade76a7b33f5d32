"""The reconciler: nobody is forgotten, nobody waits behind somebody else's bulk, and killers are set aside."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import dramatiq
import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.models.functions import Now

from documents.models import Document
from extraction import ledger, reconcile, wake
from extraction.intake import Incoming, take_in
from extraction.models import ExtractionJob
from extraction.queues import ENOUGH_MESSAGES, FEW_MESSAGES, waiting_messages
from extraction.reconcile import LOCK, refill
from extraction.turns import next_turns
from lexintel.tests.processes import eventually
from lexintel.tests.web_process import database_url

pytestmark = pytest.mark.django_db(transaction=True)
NOTHING = {"woken": 0, "expired": 0, "quarantined": 0}


@pytest.fixture
def job(case, put_in):
    return ExtractionJob.objects.get(document=put_in(case, b"some text"))


@pytest.fixture
def sent(monkeypatch):
    """The jobs that are sent messages, instead of sending them."""
    jobs: list[object] = []

    def send(job_id, stage):
        jobs.append(job_id)
        ExtractionJob.objects.filter(pk=job_id).update(enqueued_at=Now())
        return True

    monkeypatch.setattr(wake, "send", send)
    return jobs


def change(job, **values):
    ExtractionJob.objects.filter(pk=job.pk).update(**values)


def ago(seconds):
    return Now() - timedelta(seconds=seconds)


def die(job):
    """Claimed by a worker that has died since."""
    assert ledger.claim(job.pk, "w")
    change(job, lease_until=ago(1), enqueued_at=ago(40))


def flush():
    dramatiq.get_broker().flush_all()


def unsend(sent):
    """As if no message had been sent for any job yet."""
    flush()
    ExtractionJob.objects.update(enqueued_at=None)
    sent.clear()


def test_a_job_whose_message_is_on_its_way_is_left_alone(job, sent):
    assert reconcile.reconcile() == NOTHING
    assert sent == []


def test_a_message_that_was_lost_is_sent_again(job, sent):
    flush()
    change(job, not_before=ago(100), enqueued_at=ago(4))
    assert reconcile.reconcile() == NOTHING
    change(job, enqueued_at=ago(6))
    assert reconcile.reconcile() == NOTHING | {"woken": 1}
    assert sent == [job.pk]


def test_a_message_lost_in_a_crowd_is_found_in_a_minute(case, put_in, job, sent):
    for n in range(3):
        dramatiq.get_broker().enqueue(dramatiq.Message("read", "read", (f"{n}",), {}, {}))
    change(job, not_before=ago(100), enqueued_at=ago(50))
    assert reconcile.reconcile() == NOTHING
    change(job, enqueued_at=ago(61))
    assert reconcile.reconcile() == NOTHING | {"woken": 1}


def test_everything_lost_in_redis_is_sent_again(case, put_in, sent):
    for n in range(6):
        put_in(case, f"{n}".encode(), name=f"{n}.txt")
    flush()
    ExtractionJob.objects.update(not_before=ago(100), enqueued_at=ago(6))
    assert reconcile.reconcile() == NOTHING | {"woken": 6}


def test_a_retry_is_woken_when_it_is_due_whenever_its_last_message_was_sent(job, sent):
    ledger.fail(ledger.claim(job.pk, "w"), "storage_unavailable")
    assert reconcile.reconcile() == NOTHING
    # The message of the attempt before may be recorded late.
    change(job, not_before=ago(1), enqueued_at=ago(2))
    assert reconcile.reconcile() == NOTHING | {"woken": 1}
    assert reconcile.reconcile() == NOTHING


def test_the_job_of_a_dead_worker_is_woken_once_and_claimed(job, sent):
    die(job)
    assert reconcile.reconcile() == NOTHING | {"expired": 1}
    assert reconcile.reconcile() == NOTHING
    assert ledger.claim(job.pk, "another").attempt == 2


def test_a_job_that_is_being_worked_on_is_left_alone(job, sent):
    ledger.claim(job.pk, "w")
    change(job, enqueued_at=ago(600))
    assert reconcile.reconcile() == NOTHING


def test_the_third_death_is_the_last(job, sent):
    for _ in range(2):
        die(job)
        assert reconcile.reconcile()["expired"] == 1
    die(job)
    assert reconcile.reconcile() == NOTHING | {"quarantined": 1}
    job.refresh_from_db()
    assert (job.state, job.interruptions, job.lease_until) == ("quarantined", 3, None)
    assert (job.document.status, job.document.error_code) == ("failed", "quarantined")
    assert ledger.claim(job.pk, "w") is None


def test_a_latecomer_to_a_quarantined_job_changes_nothing(job, sent):
    change(job, interruptions=2)
    held = ledger.claim(job.pk, "w")
    change(job, lease_until=ago(1))
    assert reconcile.reconcile()["quarantined"] == 1
    with pytest.raises(ledger.LostLease), ledger.writing(held):
        pytest.fail("must not get here")


def test_a_document_that_cannot_be_embedded_is_still_found_by_word(case, make_document, sent):
    document = make_document(case, ["Found by word."])
    job = ledger.queue(document, "embed", version=document.version)
    change(job, interruptions=2)
    die(job)
    assert reconcile.reconcile() == NOTHING | {"quarantined": 1}
    document.refresh_from_db()
    assert (document.status, document.error_code) == ("ready", "")


def test_one_process_reconciles_at_a_time(job, sent):
    change(job, enqueued_at=None)
    ready, done = threading.Event(), threading.Event()

    def another():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            ready.set()
            done.wait(10)
        connections.close_all()

    thread = threading.Thread(target=another)
    thread.start()
    assert ready.wait(10)
    assert reconcile.reconcile() == NOTHING
    done.set()
    thread.join()
    assert reconcile.reconcile()["woken"] == 1


def test_a_process_that_is_stopped_in_mid_transaction_holds_nobody_up_for_long(job, sent):
    change(job, enqueued_at=None)
    code = f"""
import django, time
django.setup()
from django.db import transaction
from extraction import ledger, reconcile
with transaction.atomic():
    assert reconcile._alone() and ledger.lock_all([{str(job.document_id)!r}])
    print("in", flush=True)
    time.sleep(60)
"""
    env = os.environ | {"DATABASE_URL": database_url(), "LEXINTEL_LEASE_S": "5", "PYTHONPATH": str(settings.BASE_DIR)}
    process = subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"in\n"
        process.send_signal(signal.SIGSTOP)
        assert reconcile.reconcile() == NOTHING
        eventually(lambda: reconcile.reconcile()["woken"], 15, "somebody else reconciles")
        assert ledger.claim(job.pk, "another")
    finally:
        process.kill()
        process.communicate()


def test_redis_away_leaves_everything_for_the_next_pass(job, monkeypatch):
    change(job, enqueued_at=None)
    monkeypatch.setattr(wake, "send", lambda *args: False)
    assert reconcile.reconcile() == NOTHING
    monkeypatch.undo()
    assert reconcile.reconcile()["woken"] == 1


def test_the_first_of_every_case_comes_before_the_second_of_any(case, other_case, put_in, sent):
    for n in range(30):
        put_in(case, f"bulk {n}".encode(), name=f"{n}.txt")
    lone = put_in(other_case, b"lone")
    unsend(sent)
    reconcile.reconcile()
    assert len(sent) == ENOUGH_MESSAGES
    assert ExtractionJob.objects.get(document=lone).pk in sent[:2]


def test_a_lone_document_starts_soon_though_hundreds_of_another_case_wait(case, other_case, put_in):
    bulk = [Document(case=case, name=f"{n}", sha256=f"{n:064}", size=1, media_type="text/plain") for n in range(300)]
    Document.objects.bulk_create(bulk)
    ExtractionJob.objects.bulk_create(ExtractionJob(document=d, stage="read", version=1) for d in bulk)
    reconcile.reconcile()
    lone = ExtractionJob.objects.get(document=put_in(other_case, b"lone"))
    assert lone.enqueued_at is None
    claimed = 0
    broker = dramatiq.get_broker()
    while lone.state == "queued":
        message = next(broker.consume("read", timeout=100))
        assert message is not None, "the queue ran dry"
        ledger.claim(message.args[0], "w")
        claimed += 1
        refill("read")
        lone.refresh_from_db()
    assert claimed <= ENOUGH_MESSAGES + 2


def test_in_one_case_a_file_that_a_person_adds_comes_before_the_rest_of_a_bulk(case, alice, put_in, sent):
    for number in range(20):
        put_in(case, f"{number}".encode(), source="import_folder")
    added = take_in(case, [b"urgent"], Incoming(name="urgent.txt"), alice)
    unsend(sent)
    turns = [turn.job_id for turn in next_turns(["read"], 0, 30)]
    assert turns.index(added.jobs.get().pk) == 1
    assert len(turns) == 21


def test_a_person_s_own_bulk_does_not_overtake_the_import_of_another(case, alice, put_in, sent):
    for number in range(4):
        put_in(case, f"{number}".encode(), source="import_folder")
        take_in(case, [f"a{number}".encode()], Incoming(name="urgent.txt"), alice)
    unsend(sent)
    turns = [turn.job_id for turn in next_turns(["read"], 0, 30)]
    senders = dict(ExtractionJob.objects.values_list("pk", "document__source"))
    assert [senders[turn] for turn in turns] == ["import_folder", ""] * 4


def test_words_come_before_pages_so_that_a_bulk_is_found_as_it_is_read(case, put_in, sent):
    documents = [put_in(case, f"{n}".encode(), name=f"{n}.txt") for n in range(4)]
    ledger.cancel_live(documents[3])
    index = ledger.queue(documents[3], "index", version=1)
    unsend(sent)
    reconcile.reconcile()
    assert sent[0] == index.pk


def test_what_a_dead_worker_left_comes_first(case, put_in, sent):
    jobs = [ExtractionJob.objects.get(document=put_in(case, f"{n}".encode(), name=f"{n}.txt")) for n in range(4)]
    unsend(sent)
    die(jobs[3])
    reconcile.reconcile()
    assert sent[0] == jobs[3].pk


def test_the_queue_is_filled_up_before_it_is_empty(case, put_in):
    for n in range(ENOUGH_MESSAGES * 2):
        put_in(case, f"{n}".encode(), name=f"{n}.txt")
    broker = dramatiq.get_broker()
    assert next(broker.consume("read", prefetch=ENOUGH_MESSAGES - FEW_MESSAGES, timeout=100))
    refill("read")
    assert waiting_messages("read") == FEW_MESSAGES
    assert next(broker.consume("read", timeout=100))
    refill("read")
    assert waiting_messages("read") == ENOUGH_MESSAGES


def test_turns_are_taken_only_as_many_as_asked_for(case, put_in):
    for n in range(5):
        put_in(case, f"{n}".encode(), name=f"{n}.txt")
    ExtractionJob.objects.update(enqueued_at=None)
    assert len(next_turns(["read", "index"], 0, 3)) == 3
    assert next_turns(["embed"], 0, 3) == []
