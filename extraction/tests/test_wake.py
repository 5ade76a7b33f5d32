"""Messages: after commit, a few at a time, and allowed to fail."""

from contextlib import contextmanager

import dramatiq
import pytest
import redis
from django.db import transaction
from redis.backoff import NoBackoff
from redis.retry import Retry

from extraction import ledger, wake
from extraction.models import ExtractionJob
from extraction.queues import ENOUGH_MESSAGES, waiting_messages
from lexintel import bus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def document(case, put_in):
    document = put_in(case, b"some text")
    ledger.cancel_live(document)
    dramatiq.get_broker().flush_all()
    return document


@contextmanager
def redis_away():
    """Not a fixture: the clean-up after a test needs Redis."""
    broker, nobody = (
        dramatiq.get_broker(),
        redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0)),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broker, "scripts", dict.fromkeys(broker.scripts, _no_answer))
        patch.setattr(bus, "client", lambda: nobody)
        yield


def _no_answer(*args, **kwargs):
    raise redis.ConnectionError


def test_a_message_is_sent_when_its_row_can_be_seen_and_not_before(document):
    with transaction.atomic():
        job = ledger.queue(document, "read")
        assert waiting_messages("read") == 0
    assert waiting_messages("read") == 1
    job.refresh_from_db()
    assert job.enqueued_at is not None


def test_a_transaction_that_fails_sends_nothing(document):
    with pytest.raises(RuntimeError), transaction.atomic():
        ledger.queue(document, "read")
        raise RuntimeError
    assert waiting_messages("read") == 0


@pytest.mark.parametrize(("stage", "queue"), [("read", "read"), ("index", "read"), ("embed", "embed")])
def test_embedding_has_a_queue_of_its_own(document, stage, queue):
    ledger.queue(document, stage)
    assert {name: waiting_messages(name) for name in ("read", "embed")} == {"read": 0, "embed": 0} | {queue: 1}


def test_a_bulk_puts_a_few_messages_on_their_way_and_leaves_the_rest_to_their_turn(case, put_in):
    for n in range(ENOUGH_MESSAGES + 5):
        put_in(case, f"bulk {n}".encode(), name=f"{n}.txt")
    assert waiting_messages("read") == ENOUGH_MESSAGES
    assert ExtractionJob.objects.filter(enqueued_at=None).count() == 5


def test_without_redis_a_job_is_queued_all_the_same(document):
    with redis_away():
        job = ledger.queue(document, "read")
        assert wake.send(job.pk, "read") is False
        assert waiting_messages("read") is None
    job.refresh_from_db()
    assert (job.state, job.enqueued_at) == ("queued", None)
