"""The real stack and a real browser. `make e2e` runs this folder; without Chromium its tests are skipped."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from lexintel.tests_e2e.processes import Frozen, kill

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
# What the suite's own services are called must not reach the stack, which starts services of its own.
OURS = ("DATABASE_URL", "REDIS_URL", "LEXINTEL_REDIS_PREFIX", "LEXINTEL_TEST_HOME", "LOG_FORMAT")
START_S, STOP_S = 180, 30


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is None:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="no Chromium is installed"))


@dataclass(frozen=True)
class Stack:
    """LexIntel as `manage.py up` starts it, with its first login."""

    url: str
    user: str
    password: str
    process: subprocess.Popen[bytes]

    def frozen_worker(self) -> Frozen:
        """A context in which no document gets any further."""
        return Frozen(self.process.pid, "worker")

    def restart_web(self) -> None:
        """Kill the web process and return when its successor answers."""
        kill(self.process.pid, "web")
        _wait_for(f"{self.url}/readyz", self.process)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = Path(tempfile.mkdtemp(prefix="lexintel-e2e-"))
    # As root PostgreSQL runs as another account, and where that cannot pass it keeps its data elsewhere, for ever.
    home.chmod(0o711)
    log_file = tmp_path_factory.mktemp("stack") / "up.log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    env |= {"LEXINTEL_DATA_DIR": str(home), "LEXINTEL_WEB_PORT": str(port), "LEXINTEL_WORKER_PROCESSES": "1"}
    with open(log_file, "wb") as log:
        command = [sys.executable, str(MANAGE), "up", "--port", str(port), "--no-sample"]
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(f"{url}/readyz", process)
            login = dict(line.split(": ") for line in (home / "first-login.txt").read_text().splitlines())
            yield Stack(url, login["user"], login["password"], process)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            shutil.rmtree(home, ignore_errors=True)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"LexIntel does not answer at {url}; its log lies in the test's temporary folder, up.log.")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def session(browser: Browser, stack: Stack) -> Any:
    """The cookies of somebody who has signed in; attempts to sign in are limited."""
    context = browser.new_context(base_url=stack.url)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Name").fill(stack.user)
    page.get_by_label("Password").fill(stack.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{stack.url}/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def context(browser: Browser, stack: Stack, session: Any) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=stack.url, storage_state=session, viewport={"width": 1280, "height": 850})
    made.set_default_timeout(90_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page; errors of its scripts, and what the content security policy refused, fail the test."""
    complaints: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text) if _is_ours(message) else None)
    opened.on("dialog", lambda dialog: complaints.append(dialog.message) or dialog.dismiss())
    yield opened
    assert complaints == []


def _is_ours(message: Any) -> bool:
    # The browser's own line for an answer of 400 and above, or for a connection that a test has cut.
    return message.type == "error" and not message.text.startswith("Failed to load resource")
