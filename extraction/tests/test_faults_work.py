"""A real installation, and what happens to its work when workers, queues and endpoints misbehave.

Processes are stopped, killed and told to end; Redis forgets; an upload dies before it has told anybody.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import uuid

import pytest
from django.conf import settings

from extraction.tests.installation import LEASE_S, SLOW_PAGES, slow
from extraction.versions import CODE
from lexintel.chaos.files import slow_pdf
from lexintel.chaos.processes import NOT_INHERITED
from lexintel.embedded.services import urls
from lexintel.tests.processes import eventually, is_alive, needs_proc, parent_of, pids

pytestmark = needs_proc
WAITING = ("queued", "processing")


def letters(count: int) -> dict[str, bytes]:
    mark = uuid.uuid4().hex[:8]
    return {f"letter-{mark}-{n}.txt": f"Letter {n} of {mark}, on paper.".encode() for n in range(count)}


def test_a_stopped_worker_that_comes_back_after_another_has_finished_changes_nothing(lexintel, files):
    documents = lexintel.add(**files)
    document = slow(documents)
    worker = lexintel.reading(document)
    os.kill(worker, signal.SIGSTOP)
    try:
        lexintel.all_end(documents)
        fence = lexintel.sql("SELECT fence FROM extraction_extractionjob WHERE document_id = %s", document)
        told = lexintel.redis().xlen(f"faults:events:{lexintel.case}")
    finally:
        os.kill(worker, signal.SIGCONT)
    eventually(lambda: "lease_lost" in lexintel.story(document), 20, "it learns that it has lost its job")
    lexintel.is_whole(document, SLOW_PAGES)
    assert lexintel.job(document) == ("done", 2, 1), lexintel.story(document)
    assert lexintel.sql("SELECT fence FROM extraction_extractionjob WHERE document_id = %s", document) == fence
    assert lexintel.redis().xlen(f"faults:events:{lexintel.case}") == told


def test_a_worker_told_to_end_hands_its_work_over_within_five_seconds_and_it_costs_no_attempt(lexintel, files):
    documents = lexintel.add(**files)
    worker = lexintel.reading(slow(documents))
    os.kill(worker, signal.SIGTERM)
    eventually(lambda: lexintel.owner(slow(documents)) not in (0, worker), 5, "somebody else has it")
    eventually(lambda: not is_alive(worker), 5, "it has ended")
    lexintel.all_end(documents)
    assert lexintel.job(slow(documents)) == ("done", 1, 0), lexintel.story(slow(documents))


def test_a_redis_that_forgets_everything_delays_what_waits_and_loses_nothing(lexintel, files):
    documents = lexintel.add(**(files | letters(30)))
    lexintel.reading(slow(documents))
    assert lexintel.redis().flushall()
    lexintel.all_end(documents)
    assert lexintel.job(slow(documents)) == ("done", 1, 0), lexintel.story(slow(documents))


def test_an_attempt_that_fails_while_redis_is_away_is_made_again(lexintel, files):
    documents = lexintel.add(**files)
    worker = lexintel.reading(slow(documents))
    zygotes = [pid for pid in pids(lexintel.data_dir, "zygote") if parent_of(pid) == worker]
    (valkey,) = pids(lexintel.data_dir, "valkey-server")
    os.kill(valkey, signal.SIGKILL)
    for zygote in zygotes:
        os.kill(zygote, signal.SIGKILL)
    lexintel.all_end(documents)
    assert lexintel.job(slow(documents)) == ("done", 2, 0), lexintel.story(slow(documents))


def test_a_process_that_dies_between_its_commit_and_its_message_loses_nothing(lexintel):
    name = f"letter-{uuid.uuid4().hex}.txt"
    dying = (
        "import os, sys, django; django.setup()\n"
        "from cases.models import Case; from extraction import wake; from extraction.intake import Incoming, take_in\n"
        "wake.send = lambda *_: os._exit(9)\n"
        "take_in(Case.objects.get(pk=sys.argv[1]), [sys.argv[2].encode()], Incoming(name=sys.argv[2]))\n"
    )
    env = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED} | lexintel.env
    servers = urls(lexintel.data_dir)
    env |= {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
    command = [sys.executable, "-c", dying, lexintel.case, name]
    assert subprocess.run(command, env=env, cwd=settings.BASE_DIR, timeout=60, check=False).returncode == 9
    ((document,),) = lexintel.sql("SELECT id FROM documents_document WHERE name = %s", name)
    lexintel.all_end({name: str(document)}, within=30)


def test_the_same_message_many_times_is_worked_on_once(lexintel, files):
    documents = lexintel.add(**files)
    document = slow(documents)
    ((job,),) = lexintel.sql("SELECT id FROM extraction_extractionjob WHERE document_id = %s", document)
    message = {"queue_name": "read", "actor_name": "read", "args": [str(job)], "kwargs": {}, "options": {}}
    redis, queue = lexintel.redis(), "faults:dramatiq:read"
    for _ in range(50):
        wake_up = message | {"message_id": str(uuid.uuid4()), "message_timestamp": int(time.time() * 1000)}
        wake_up["options"] = {"redis_message_id": wake_up["message_id"]}
        redis.hset(f"{queue}.msgs", wake_up["message_id"], json.dumps(wake_up))
        redis.rpush(queue, wake_up["message_id"])
    lexintel.all_end(documents)
    eventually(lambda: redis.llen(queue) == 0, 20, "all of them have been taken")
    assert lexintel.job(document) == ("done", 1, 0), lexintel.story(document)


def test_reading_again_in_mid_document_ends_with_the_later_text_alone(lexintel, files):
    documents = lexintel.add(**files)
    document = slow(documents)
    lexintel.reading(document)
    lexintel.ask("POST", f"documents/{document}/reprocess/", {"from_stage": "read"})
    lexintel.all_end(documents)
    states = lexintel.sql(
        "SELECT state FROM extraction_extractionjob WHERE document_id = %s AND stage = 'read' ORDER BY created_at",
        document,
    )
    assert states == [("failed",), ("done",)], lexintel.story(document)


def test_a_file_that_ends_its_worker_each_time_is_set_aside_and_its_neighbours_are_read(lexintel, files):
    bystanders = letters(50)
    documents = lexintel.add(**{name: data for name, data in files.items() if name.endswith(".pdf")})
    poison, killed = slow(documents), []

    def kill_whoever_reads_it():
        while lexintel.job(poison)[0] in ("queued", "running"):
            worker = lexintel.owner(poison)
            if worker and worker not in killed:
                killed.append(worker)
                os.kill(worker, signal.SIGKILL)
            time.sleep(0.02)

    killer = threading.Thread(target=kill_whoever_reads_it)
    killer.start()
    lexintel.all_end(lexintel.add(**bystanders))
    killer.join(60 + 4 * LEASE_S)
    assert lexintel.job(poison) == ("quarantined", 3, 3), lexintel.story(poison)
    assert len(killed) == 3
    assert lexintel.sql("SELECT status, error_code FROM documents_document WHERE id = %s", poison) == [
        ("failed", "quarantined")
    ]
    lexintel.ask("POST", f"documents/{poison}/reprocess/", {"from_stage": "read"})
    lexintel.all_end(documents)


def test_a_disk_that_is_full_in_mid_upload_is_507_and_leaves_no_trace(lexintel):
    (web,) = pids(lexintel.data_dir, "manage.py web")
    name, limits = f"letter-{uuid.uuid4().hex}.txt", resource.prlimit(web, resource.RLIMIT_FSIZE)
    files = {name: name.encode() + b" was long." * 400_000}
    before = {path for path in lexintel.data_dir.rglob("*") if path.is_file()}
    # From here on the kernel refuses it every byte above a megabyte in a file.
    resource.prlimit(web, resource.RLIMIT_FSIZE, (1 << 20, limits[1]))
    try:
        with pytest.raises(urllib.error.HTTPError) as refused:
            lexintel.add(**files)
    finally:
        resource.prlimit(web, resource.RLIMIT_FSIZE, limits)
    assert (refused.value.code, json.load(refused.value)["code"]) == (507, "storage_full")
    assert lexintel.sql("SELECT 1 FROM documents_document WHERE name = %s", name) == []
    left = {path for folder in ("tmp", "files") for path in (lexintel.data_dir / folder).rglob("*") if path.is_file()}
    assert left <= before
    (document,) = lexintel.add(**files).values()
    state = "SELECT status, error_code FROM documents_document WHERE id = %s"
    ended = eventually(lambda: [row for row in lexintel.sql(state, document) if row[0] not in WAITING], 60, "it ends")
    assert ended == [("ready", "")], lexintel.story(document)


def test_a_bad_embedding_endpoint_leaves_documents_found_by_word_and_their_vectors_come_later(lexintel):
    lexintel.endpoint.mood = "nan"
    documents = lexintel.add(**letters(1))
    ((name, document),) = documents.items()
    lexintel.all_end(documents)
    vectors = "SELECT count(*) FROM documents_chunkembedding WHERE document_id = %s"
    assert lexintel.sql(vectors, document) == [(0,)]
    # A word of its own: the case has more letters by now than a page of results.
    _, word, _ = name.split("-")
    found = lexintel.ask("GET", f"search/?q={word}&mode=lexical&case={lexintel.case}")
    assert document in json.dumps(found)
    lexintel.endpoint.mood = "good"
    eventually(lambda: lexintel.sql(vectors, document) == [(1,)], 60, "its vector has come")


def test_a_worker_of_the_release_before_finishes_its_jobs_on_the_schema_of_the_next(lexintel, files):
    documents = lexintel.add(**files)
    lexintel.reading(slow(documents))
    # What the migrations of a next release may do while this one is at work: add.
    added = (
        "CREATE TABLE next_release (document_id uuid REFERENCES documents_document ON DELETE CASCADE, note text)",
        "ALTER TABLE documents_document ADD COLUMN next_note text NOT NULL DEFAULT 'none'",
        "ALTER TABLE documents_page ADD COLUMN next_number integer",
        "ALTER TABLE documents_chunk ADD COLUMN next_note text NOT NULL DEFAULT 'none'",
        "ALTER TABLE extraction_extractionjob ADD COLUMN next_note text NOT NULL DEFAULT 'none'",
        "CREATE INDEX next_page ON documents_page (next_number)",
    )
    taken_away = (
        "DROP TABLE next_release",
        "ALTER TABLE documents_document DROP COLUMN next_note",
        "ALTER TABLE documents_page DROP COLUMN next_number",
        "ALTER TABLE documents_chunk DROP COLUMN next_note",
        "ALTER TABLE extraction_extractionjob DROP COLUMN next_note",
    )
    lexintel.change(*added)
    try:
        documents |= lexintel.add(**letters(3))
        lexintel.all_end(documents)
        assert lexintel.job(slow(documents)) == ("done", 1, 0), lexintel.story(slow(documents))
    finally:
        lexintel.change(*taken_away)


def test_a_worker_that_is_too_old_for_the_schema_hands_its_work_back_and_takes_no_more(lexintel, files):
    # It takes much longer than a worker to notice.
    documents = lexintel.add(**{"ledger.pdf": slow_pdf(4 * SLOW_PAGES)})
    worker = lexintel.reading(slow(documents))
    newer = CODE + 1
    lexintel.change(f"INSERT INTO extraction_oldestcode (id, code) VALUES (1, {newer})")
    try:
        eventually(lambda: not is_alive(worker), 30, "it has ended")
        later = lexintel.add(**letters(2))
        eventually(lambda: not lexintel.owner(slow(documents)), 5, "nobody has its work")
        time.sleep(2 * LEASE_S)
        assert {lexintel.job(document)[:2] for document in later.values()} == {("queued", 0)}
        assert lexintel.job(slow(documents))[:2] == ("queued", 0)
    finally:
        lexintel.change("DELETE FROM extraction_oldestcode")
    # As if workers of the newer release had come.
    lexintel.all_end(later)
    status = "SELECT status FROM documents_document WHERE id = %s"
    eventually(lambda: lexintel.sql(status, slow(documents)) == [("ready",)], 90, "it is ready")
    assert lexintel.job(slow(documents)) == ("done", 1, 0), lexintel.story(slow(documents))
    lexintel.is_whole(slow(documents), 4 * SLOW_PAGES)
