"""One job from claim to settlement: whatever happens, the row tells the outcome and nobody is lost."""

import io
import json
import logging
import threading
from types import SimpleNamespace

import dramatiq
import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, close_old_connections, connections

from documents.models import Document
from extraction import actors, jobs, ledger, patience, pipeline
from extraction.errors import PermanentError, RetryableError
from extraction.models import ExtractionJob, OldestCode
from extraction.queues import waiting_messages
from extraction.tests.pdf_making import made
from extraction.versions import CODE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_stop():
    jobs.stopping.clear()
    yield
    jobs.stopping.clear()


@pytest.fixture
def job(case, put_in):
    return ExtractionJob.objects.get(document=put_in(case, b"some text"))


@pytest.fixture
def stage(monkeypatch):
    """Replaces the stages: the claims they were given; `stage.does` is what they do."""
    seen = SimpleNamespace(claims=[], does=lambda held, tick: None)

    def run(held, *, tick):
        seen.claims.append(held)
        seen.does(held, tick)

    monkeypatch.setattr(pipeline, "run", run)
    return seen


@pytest.fixture
def hurried(monkeypatch):
    """Patience without waiting: a second passes at every pause."""
    clock = SimpleNamespace(now=0.0)
    fake = SimpleNamespace(monotonic=lambda: clock.now, sleep=lambda s: setattr(clock, "now", clock.now + s))
    monkeypatch.setattr(patience, "time", fake)
    return clock


def raising(error):
    def do(held, tick):
        raise error

    return do


def again(job):
    job.refresh_from_db()
    return job


def test_a_job_is_claimed_done_and_left(job, work_off, fake_embedder):
    work_off()
    document = Document.objects.get(pk=job.document_id)
    assert (document.status, document.stage) == ("ready", "done")
    assert {j.state for j in ExtractionJob.objects.filter(document=document)} == {"done"}


def test_a_job_that_is_done_or_gone_is_no_error(job, stage):
    jobs.run(str(job.pk))
    ExtractionJob.objects.filter(pk=job.pk).update(state="done", lease_until=None)
    jobs.run(str(job.pk))
    job.delete()
    jobs.run("00000000-0000-4000-8000-000000000000")
    assert len(stage.claims) == 1


def test_a_message_delivered_fifty_times_to_four_workers_is_one_claim(job, stage):
    started = threading.Event()
    stage.does = lambda held, tick: started.wait(0.2)

    def deliver():
        try:
            for _ in range(13):
                jobs.run(str(job.pk))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=deliver) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(stage.claims) == 1
    assert again(job).attempt == 1


def test_fifty_messages_through_the_broker_are_one_claim_and_all_acknowledged(job, stage):
    broker = dramatiq.get_broker()
    for _ in range(50):
        actors.read.send(str(job.pk))
    worker = dramatiq.Worker(broker, queues={"read"}, worker_timeout=50, worker_threads=4)
    worker.start()
    try:
        broker.join("read", timeout=20_000)
        worker.join()
    finally:
        worker.stop()
        close_old_connections()
    assert len(stage.claims) == 1
    assert broker.client.llen(f"{broker.namespace}:read") == 0
    assert not broker.client.exists(f"{broker.namespace}:read.XQ")


def test_a_message_carries_the_jobs_id_and_nothing_else(job):
    client, namespace = dramatiq.get_broker().client, dramatiq.get_broker().namespace
    (raw,) = client.hvals(f"{namespace}:read.msgs")
    message = json.loads(raw)
    assert (message["args"], message["kwargs"]) == ([str(job.pk)], {})
    assert "some text" not in raw.decode()
    assert "letter" not in raw.decode()


def test_actors_are_never_retried_by_the_broker():
    assert {actor.options["max_retries"] for actor in (actors.read, actors.embed)} == {0}


def test_a_permanent_error_ends_the_document_with_its_code(job, stage):
    stage.does = raising(PermanentError("encrypted"))
    jobs.run(str(job.pk))
    assert (again(job).state, job.document.status, job.document.error_code) == ("failed", "failed", "encrypted")


def test_a_passing_error_is_tried_again_later(job, stage):
    stage.does = raising(RetryableError("storage_unavailable"))
    jobs.run(str(job.pk))
    assert (again(job).state, job.error_code, job.document.status) == ("queued", "storage_unavailable", "queued")
    jobs.run(str(job.pk))
    assert len(stage.claims) == 1


def test_work_in_hand_is_handed_back_when_the_worker_is_asked_to_stop(job, stage):
    def work(held, tick):
        jobs.stopping.set()
        tick()
        pytest.fail("must have stopped")

    stage.does = work
    jobs.run(str(job.pk))
    assert (again(job).state, job.attempt, job.interruptions) == ("queued", 0, 0)
    assert job.lease_until is None
    assert job.enqueued_at is not None


def test_a_worker_that_stops_claims_nothing_more(job, stage):
    jobs.stopping.set()
    jobs.run(str(job.pk))
    assert (stage.claims, again(job).attempt) == ([], 0)


def test_a_message_that_a_stopping_worker_took_a_moment_too_late_wakes_another(job, stage):
    dramatiq.get_broker().flush_all()
    jobs.stopping.set()
    actors.read.fn(str(job.pk))
    assert (stage.claims, waiting_messages("read")) == ([], 1)
    assert ExtractionJob.objects.get(pk=job.pk).enqueued_at == job.enqueued_at


def test_whoever_lost_the_lease_leaves_the_job_to_its_new_owner(job, stage):
    def work(held, tick):
        ExtractionJob.objects.filter(pk=job.pk).update(fence=99, lease_owner="another")
        ledger.renew(held)

    stage.does = work
    jobs.run(str(job.pk))
    assert (again(job).state, job.lease_owner) == ("running", "another")


def test_a_bug_of_ours_ends_the_document_and_its_text_stays_out_of_the_log(job, stage):
    log = io.StringIO()
    ours = next(handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler)
    before = ours.setStream(log)
    stage.does = raising(ZeroDivisionError("privileged and confidential"))
    jobs.run(str(job.pk))
    ours.setStream(before)
    assert (again(job).state, job.document.error_code) == ("failed", "internal_error")
    assert "ZeroDivisionError" in log.getvalue()
    assert "privileged" not in log.getvalue()


def test_what_fails_because_the_schema_has_moved_on_is_left_to_newer_workers(job, stage):
    def fails(held, tick):
        OldestCode.objects.create(pk=1, code=CODE + 1)
        raise ProgrammingError("column does not exist")

    stage.does = fails
    jobs.run(str(job.pk))
    assert (again(job).state, job.attempt, job.document.error_code) == ("queued", 0, "")


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_is_away_for_long_in_mid_work_costs_a_retry(job, stage, error):
    stage.does = raising(error("gone"))
    jobs.run(str(job.pk))
    assert (again(job).state, job.error_code) == ("queued", "database_unavailable")


def test_a_database_that_is_away_at_the_claim_is_waited_for(job, stage, monkeypatch, hurried):
    claim, failures = ledger.claim, iter([OperationalError("starting up"), InterfaceError("closed")])

    def flaky(*args):
        for error in failures:
            raise error
        return claim(*args)

    monkeypatch.setattr(ledger, "claim", flaky)
    jobs.run(str(job.pk))
    assert (len(stage.claims), again(job).attempt) == (1, 1)


def test_a_database_that_does_not_come_back_is_no_exception_and_no_attempt(job, stage, monkeypatch, hurried):
    def gone(*args):
        raise OperationalError("gone")

    monkeypatch.setattr(ledger, "claim", gone)
    jobs.run(str(job.pk))
    assert hurried.now > 30
    assert again(job).attempt == 0


def test_a_job_that_cannot_even_be_failed_keeps_its_lease_to_run_out(job, stage, monkeypatch, hurried):
    def gone(*args):
        raise OperationalError("gone")

    stage.does = raising(PermanentError("corrupt"))
    monkeypatch.setattr(ledger, "fail", gone)
    jobs.run(str(job.pk))
    assert again(job).state == "running"


def test_a_document_deleted_in_mid_work_is_no_error(job, stage):
    def work(held, tick):
        Document.objects.filter(pk=job.document_id).delete()
        ledger.renew(held)

    stage.does = work
    jobs.run(str(job.pk))
    assert not ExtractionJob.objects.exists()


def test_a_file_that_breaks_off_is_partly_readable_though_each_page_left_has_text(
    case, put_in, work_off, fake_embedder
):
    whole = made(lambda canvas: canvas.drawString(72, 700, "The goods were delivered in May."))
    document = put_in(case, whole[: whole.index(b"xref")], name="broken off.pdf")
    work_off()
    document.refresh_from_db()
    assert (document.status, document.warnings) == ("partial", ["damaged_end"])
    assert [page.text.strip() for page in document.pages.all()] == ["The goods were delivered in May."]
