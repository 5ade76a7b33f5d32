"""docs/events.md is true: its clients run as they stand there, and its tables name what there is."""

import ast
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from cases.models import Membership
from extraction import consumers, event_log, live_stream, snapshot, subscription
from extraction.progress import MAX_BYTES
from extraction.tests.watching import bearer, change
from lexintel.tests.processes import eventually
from lexintel.tests.web_process import Web, serving

PAGE = (Path(settings.BASE_DIR) / "docs" / "events.md").read_text()


def example(language: str) -> str:
    """The code of the page's example in this language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


class Client:
    """A client of the page in a process of its own; what it says goes to a file."""

    def __init__(self, command: list[str], web: Web, case, user, log: Path) -> None:
        token = bearer(user)["Authorization"].split()[1]
        known = {"LEXINTEL": web.url, "CASE": str(case.pk), "TOKEN": token}
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(command, env=os.environ | known, stdout=out, stderr=out)

    def said(self) -> str:
        return self.log.read_text()

    def says(self, words: str) -> None:
        eventually(lambda: words in self.said(), within=15, what=f"“{words}”")


@contextmanager
def running(*args) -> Iterator[Client]:
    client = Client(*args)
    try:
        yield client
    finally:
        client.process.kill()
        client.process.wait()


@pytest.mark.django_db(transaction=True)
class TestClients:
    @pytest.fixture
    def web(self, tmp_path) -> Iterator[Web]:
        with serving(tmp_path) as web:
            yield web

    @pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
    def test_curl_shows_the_snapshot_and_what_follows(self, web, case, bob, put_in, tmp_path):
        document = put_in(case, b"one")
        with running(["sh", "-c", "exec " + example("sh")], web, case, bob, tmp_path / "curl.log") as client:
            client.says("event: snapshot")
            change(document, status="processing", page_count=4, pages_done=1)
            client.says('"page":1,"pages":4,"pct":20')
            Membership.objects.get(case=case, user=bob).delete()
            client.says('"reason":"removed"')
            assert client.process.wait(10) == 0
        with running(["sh", "-c", "exec " + example("sh")], web, case, bob, tmp_path / "refused.log") as client:
            assert client.process.wait(10) == 22 and "404" in client.said()

    def test_the_python_client_resumes_at_the_next_web_process_and_ends_when_it_must(
        self, case, bob, put_in, tmp_path, django_db_setup
    ):
        document = put_in(case, b"one")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        (tmp_path / "client.py").write_text(example("python"))
        command = [sys.executable, str(tmp_path / "client.py")]
        with serving(tmp_path, port=port) as web:
            with running(command, web, case, bob, tmp_path / "client.log") as client:
                client.says("1 documents are being worked on")
                change(document, status="processing", page_count=4, pages_done=1)
                client.says(f"{document.pk} processing 20 %")
                web.manage.stop()
                change(document, pages_done=2)
                with serving(tmp_path, port=port):
                    client.says(f"{document.pk} processing 40 %")
                    change(document, status="failed", error_code="encrypted")
                    client.says(f"{document.pk} failed 40 % encrypted")
                    assert client.said().count("documents are being worked on") == 1, "no snapshot was needed"
                    Membership.objects.get(case=case, user=bob).delete()
                    assert client.process.wait(10) == 0

    def test_the_python_client_says_why_it_is_refused(self, web, case, charlie, tmp_path):
        (tmp_path / "client.py").write_text(example("python"))
        command = [sys.executable, str(tmp_path / "client.py")]
        with running(command, web, case, charlie, tmp_path / "client.log") as client:
            assert client.process.wait(10) == 1
            assert client.said().strip() == "404: Not found."


def test_the_python_client_needs_nothing_but_python():
    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(ast.parse(example("python")))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert imported <= sys.stdlib_module_names


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
def test_the_javascript_client_does_what_the_page_says(tmp_path):
    """Its listeners are given events as a browser would."""
    stand_in = """
    const listeners = {}; let closed = false;
    class EventSource {
      addEventListener(name, listener) { listeners[name] = (data) => listener({ data: JSON.stringify(data) }); }
      close() { closed = true; }
    }
    const caseId = "c";
    """
    story = """
    listeners.snapshot({ documents: [{ doc: "a", page: 1 }, { doc: "b", page: 0 }] });
    listeners.progress({ doc: "a", status: "processing", page: 2 });
    listeners.progress({ doc: "b", status: "deleted" });
    const before = [...documents.values()];
    listeners.bye({ reason: "shutdown" });
    const kept = closed;
    listeners.reset({}); listeners.bye({ reason: "removed" });
    console.log(JSON.stringify([before, kept, documents.size, closed]));
    """
    (tmp_path / "story.js").write_text(stand_in + example("js") + story)
    said = subprocess.run(["node", tmp_path / "story.js"], capture_output=True, text=True, check=True, timeout=30)
    assert json.loads(said.stdout) == [[{"doc": "a", "page": 2, "status": "processing"}], False, 0, True]


def reasons(function: str) -> set[str]:
    """Every reason that our modules give to a call of this name."""
    found: set[str] = set()
    for module in Path(live_stream.__file__).parent.glob("*.py"):
        text = module.read_text()
        found |= set(re.findall(rf'{function}\("(\w+)"\)', text))
    return found


def named(heading: str) -> set[str]:
    """The first column of the table that begins with this heading."""
    table = PAGE.split(f"| {heading} |\n", 1)[1].split("\n\n", 1)[0]
    return {word for row in table.splitlines()[1:] for word in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_every_reason_of_a_reset_is_there_and_no_other():
    told = reasons("reset") | reasons("CannotReplay") | {"lost"}
    assert named("`reset` | Why") == told


def test_every_reason_of_a_bye_is_there_with_its_code():
    assert named("`bye` | WebSocket code | What to do") == set(consumers._CLOSE_CODES) >= reasons("say_bye")
    for reason, code in consumers._CLOSE_CODES.items():
        assert f"| `{reason}` | {code} |" in PAGE
    assert f"| {consumers._FAILED} |" in PAGE


@pytest.mark.parametrize(
    "words",
    [
        f"At most {MAX_BYTES} bytes",
        f"At most {snapshot.MAX_DOCUMENTS} are listed",
        f"more than {subscription.MAX_PENDING} events behind",
        f"may have {live_stream.MAX_STREAMS_PER_PERSON} streams",
        f"nothing else has for {live_stream.HEARTBEAT_S:g} seconds",
        f"the last {event_log.MAX_EVENTS:,} events are kept, for a week",
    ],
)
def test_every_number_is_the_one_in_the_code(words):
    assert words in PAGE
    assert event_log.KEEP_S == 7 * 86_400 and consumers._RETRY_MS == (1000, 3000)
