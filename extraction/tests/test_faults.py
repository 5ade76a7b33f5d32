"""A real installation, started as its user starts it, while kill -9 hits one part after the other.

Whatever dies: every document ends, none twice, none lost, each page exactly once.
"""

import os
import signal
import time
import urllib.error

from extraction.tests.installation import slow
from lexintel.tests.processes import eventually, installation, is_alive, needs_proc, parent_of, pids

pytestmark = needs_proc


def test_a_worker_killed_in_mid_document_costs_an_attempt_and_nothing_else(lexintel, files):
    documents = lexintel.add(**files)
    worker = lexintel.reading(slow(documents))
    readers = [pid for pid in pids(lexintel.data_dir, "zygote") if parent_of(pid) == worker]
    assert readers
    started = time.monotonic()
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: not any(is_alive(pid) for pid in readers), 5, "its reader dies with it")
    lexintel.all_end(documents)
    assert time.monotonic() - started < 60
    assert lexintel.job(slow(documents)) == ("done", 2, 1), lexintel.story(slow(documents))


def test_workers_that_all_die_at_once_are_started_again(lexintel, files):
    documents = lexintel.add(**files)
    lexintel.reading(slow(documents))
    supervisor = pids(lexintel.data_dir, "manage.py worker")[0]
    os.kill(supervisor, signal.SIGKILL)
    lexintel.all_end(documents)
    # Told by the kernel, they handed their work back.
    assert lexintel.job(slow(documents)) == ("done", 1, 0), lexintel.story(slow(documents))
    assert pids(lexintel.data_dir, "manage.py worker") != [supervisor]


def test_a_web_process_that_is_killed_comes_back_and_the_work_goes_on(lexintel, files):
    documents = lexintel.add(**files)
    lexintel.reading(slow(documents))
    (web,) = pids(lexintel.data_dir, "manage.py web")
    os.kill(web, signal.SIGKILL)

    def accepts() -> dict[str, str]:
        try:
            return lexintel.add(**{f"after-{web}.txt": f"Written after {web}.".encode()})
        except OSError:
            return {}

    documents |= eventually(accepts, 30, "uploads are accepted again")
    lexintel.all_end(documents)
    assert lexintel.job(slow(documents)) == ("done", 1, 0), lexintel.story(slow(documents))


def test_a_redis_that_is_killed_during_an_upload_delays_it_and_loses_nothing(lexintel, files):
    pdf, *letters = files.items()
    documents = lexintel.add(**dict([pdf]))
    lexintel.reading(slow(documents))
    (valkey,) = pids(lexintel.data_dir, "valkey-server")
    os.kill(valkey, signal.SIGKILL)
    eventually(lambda: not is_alive(valkey), 5)
    started = time.monotonic()
    documents |= lexintel.add(**dict(letters))
    assert time.monotonic() - started < 2
    lexintel.all_end(documents)
    assert lexintel.job(slow(documents)) == ("done", 1, 0), lexintel.story(slow(documents))


def test_a_database_that_is_killed_in_mid_document_costs_no_attempt(lexintel, files):
    documents = lexintel.add(**files)
    lexintel.reading(slow(documents))
    postmaster = pids(lexintel.data_dir, "postgres", "-D")[0]
    os.kill(postmaster, signal.SIGKILL)

    def answers() -> bool:
        try:
            return bool(lexintel.ask("GET", f"cases/{lexintel.case}/")["id"])
        except urllib.error.HTTPError as error:
            assert error.code == 503
            return False

    eventually(answers, 30, "the web process answers again, without having been restarted")
    lexintel.all_end(documents)
    assert lexintel.job(slow(documents)) == ("done", 1, 0), lexintel.story(slow(documents))


def test_a_stop_in_mid_document_takes_seconds_costs_no_attempt_and_the_next_start_goes_on(lexintel, files):
    documents = lexintel.add(**files)
    lexintel.reading(slow(documents))
    code, seconds = lexintel.up.stop()
    assert code == 0
    assert seconds < 10
    assert installation(lexintel.data_dir) == {}
    lexintel.start()
    assert "First login" not in lexintel.up.output()
    lexintel.all_end(documents)
    assert lexintel.job(slow(documents)) == ("done", 1, 0), lexintel.story(slow(documents))
