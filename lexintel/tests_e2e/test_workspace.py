"""A paralegal's way through the workspace, in a real browser against the real stack."""

import base64
import re
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from lexintel.tests_e2e.files import pdf, upload

PHRASE = "The vessel Aurora Borealis arrived at Rotterdam on Tuesday."
PAGES = 150
# Reading takes seconds; on a busy machine several times as long.
PATIENCE_MS = 90_000

# Long, for machines that do much else at the same time; who is in time does not wait.
expect.set_options(timeout=60_000)


@pytest.fixture
def case(context: BrowserContext, session: Any) -> str:
    """The address of a new case."""
    token = next(cookie["value"] for cookie in session["cookies"] if cookie["name"] == "csrftoken")
    answer = context.request.post(
        "/api/v1/cases/",
        data={"name": "Harlow v. Brandt Marine", "reference": f"e2e-{uuid.uuid4().hex[:10]}", "court": "S.D.N.Y."},
        headers={"X-CSRFToken": token},
    )
    assert answer.status == 201, answer.text()
    return f"/cases/{answer.json()['id']}/"


@pytest.fixture
def add(page: Page, case: str) -> Callable[..., None]:
    """Open the case and add files to it by the chooser."""

    def added(*files: dict[str, Any]) -> None:
        if not page.url.endswith(case):
            page.goto(case)
        page.set_input_files("input[data-chooser=files]", list(files))

    return added


def row(page: Page, name: str) -> Any:
    return page.locator("tr[data-document]").filter(has=page.get_by_role("link", name=name, exact=True))


def drop(page: Page, *files: dict[str, Any]) -> None:
    """Drop files onto the page as the browser does it."""
    encoded = [[f["name"], f["mimeType"], base64.b64encode(f["buffer"]).decode()] for f in files]
    page.evaluate(
        """(files) => {
          const transfer = new DataTransfer();
          for (const [name, type, data] of files) {
            const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
            transfer.items.add(new File([bytes], name, { type }));
          }
          for (const name of ["dragenter", "dragover", "drop"]) {
            const options = { dataTransfer: transfer, bubbles: true, cancelable: true };
            document.body.dispatchEvent(new DragEvent(name, options));
          }
        }""",
        encoded,
    )


def numbers(page: Page) -> list[str]:
    """What the page says of how far everything is."""
    shown = page.locator(".statuses a, .coverage p, .status-cell")
    return [" ".join(text.split()) for text in shown.all_inner_texts()]


def settled(page: Page) -> list[str]:
    """`numbers` once they stay the same for a while."""
    before: list[str] = []
    while (now := numbers(page)) != before:
        before = now
        page.wait_for_timeout(2_000)
    return now


def test_from_signing_in_to_the_marked_page(page: Page, stack: Any) -> None:
    page.goto("/")
    page.get_by_role("link", name="New case").last.click()
    page.get_by_label("Name").fill("Harlow Shipping v. Brandt Marine")
    page.get_by_label("Reference").fill(f"story-{uuid.uuid4().hex[:8]}")
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Harlow Shipping v. Brandt Marine")
    expect(page.locator("#connection")).to_have_text("Live")
    expect(page.get_by_text("No documents yet.")).to_be_visible()

    # Every state of the page's numbers is written down: they must move without the page being loaded again.
    page.evaluate(
        """() => {
          window.seen = new Set();
          new MutationObserver(() => {
            for (const e of document.querySelectorAll(".status-detail")) window.seen.add(e.textContent.trim());
          }).observe(document.querySelector(".documents"), { subtree: true, childList: true, characterData: true });
        }"""
    )
    drop(
        page,
        upload("Complaint.pdf", pdf(PAGES, phrase=PHRASE, on_page=120), "application/pdf"),
        upload("letter.txt", b"Dear counsel, notice of readiness was given on Monday.", "text/plain"),
        upload("broken.pdf", b"%PDF-1.7 and nothing else", "application/pdf"),
    )
    expect(page.get_by_text("3 of 3 files added.")).to_be_visible()
    expect(row(page, "Complaint.pdf").locator(".status-detail")).to_have_text(
        re.compile(rf"page [1-9]\d* of {PAGES}"), timeout=PATIENCE_MS
    )
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while len([said for said in page.evaluate("[...window.seen]") if re.fullmatch(rf"page \d+ of {PAGES}", said)]) < 2:
        assert time.monotonic() < deadline
    with stack.frozen_worker():
        before = settled(page)
        page.reload()
        expect(page.locator("#connection")).to_have_text("Live")
        assert settled(page) == before
        assert "All 3" in before

    broken = row(page, "broken.pdf")
    expect(broken.locator(".status")).to_have_text("Failed", timeout=PATIENCE_MS)
    expect(broken).to_contain_text("The file is damaged and cannot be opened. Ask whoever sent it for another copy")
    for name in ("Complaint.pdf", "letter.txt"):
        expect(row(page, name).locator(".status")).to_have_text(re.compile("Ready|Searchable"), timeout=PATIENCE_MS)
    expect(page.locator(".coverage")).to_have_text(
        re.compile(rf"{PAGES + 1} of {PAGES + 1} pages are searchable\s+— 1 document could not be read at all"),
        timeout=PATIENCE_MS,
    )
    with stack.frozen_worker():
        live = settled(page)
        page.reload()
        expect(page.locator("#connection")).to_have_text("Live")
        assert settled(page) == live

    page.keyboard.press("/")
    page.keyboard.type('"Aurora Borealis arrived"')
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=*")
    page.get_by_role("link", name="Page 120").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Complaint.pdf, page 120 of {PAGES}")
    expect(page.locator(".page-text mark")).to_have_text(["Aurora Borealis arrived"])


def test_what_somebody_else_adds_appears_and_what_they_delete_goes(
    page: Page, context: BrowserContext, case: str
) -> None:
    page.goto(case)
    expect(page.locator("#connection")).to_have_text("Live")
    other = context.new_page()
    other.goto(case)
    other.set_input_files("input[data-chooser=files]", [upload("theirs.txt", b"Something new.", "text/plain")])
    expect(row(page, "theirs.txt")).to_be_visible()
    expect(page.locator(".statuses")).to_contain_text(re.compile(r"All\s+1"))
    row(other, "theirs.txt").locator("[data-action=delete]").click()
    expect(other.get_by_role("dialog")).to_contain_text("This cannot be undone.")
    other.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(other.locator("#notices")).to_contain_text("“theirs.txt” is deleted.")
    for seen in (other, page):
        expect(seen.get_by_text("No documents yet.")).to_be_visible()


def test_cancelling_the_question_deletes_nothing(page: Page, add: Callable[..., None]) -> None:
    add(upload("kept.txt", b"Keep me.", "text/plain"))
    row(page, "kept.txt").locator("[data-action=delete]").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.reload()
    expect(row(page, "kept.txt")).to_be_visible()


def test_without_streams_the_page_asks_again_and_again(page: Page, add: Callable[..., None], case: str) -> None:
    page.route("**/events/", lambda route: route.abort())
    page.goto(case)
    expect(page.locator("#connection")).to_have_text("Checking every 5 s")
    add(upload("late.txt", b"Found by asking.", "text/plain"))
    expect(row(page, "late.txt").locator(".status")).to_have_text(re.compile("Ready|Searchable"), timeout=PATIENCE_MS)


def test_a_lost_stream_is_opened_again_and_misses_nothing(
    page: Page, context: BrowserContext, stack: Any, case: str
) -> None:
    page.goto(case)
    expect(page.locator("#connection")).to_have_text("Live")
    stack.restart_web()
    expect(page.locator("#connection")).to_have_text("Live", timeout=PATIENCE_MS)
    # Nobody gets through again before something has happened.
    page.route("**/events/", lambda route: route.abort())
    page.route("**/live/*", lambda route: route.abort())
    stack.restart_web()
    expect(page.locator("#connection")).to_have_text(re.compile("Reconnecting|Checking"))
    assert post_file(context, case, upload("meanwhile.txt", b"Nobody listened.", "text/plain")) == 202
    page.unroute("**/events/")
    page.unroute("**/live/*")
    expect(page.locator("#connection")).to_have_text("Live", timeout=PATIENCE_MS)
    expect(row(page, "meanwhile.txt")).to_be_visible()


def post_file(context: BrowserContext, case: str, file: dict[str, Any]) -> int:
    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "csrftoken")
    url = f"/api/v1{case}documents/"
    return context.request.post(url, multipart={"files": file}, headers={"X-CSRFToken": token}).status


def test_a_page_whose_case_is_gone_says_so(page: Page, context: BrowserContext, case: str) -> None:
    page.goto(case)
    expect(page.locator("#connection")).to_have_text("Live")
    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "csrftoken")
    assert context.request.delete(f"/api/v1{case}", headers={"X-CSRFToken": token}).status == 204
    expect(page.locator("#notices")).to_contain_text("The case was deleted, or you are not a member of it any more.")
    expect(page.locator("#connection")).to_have_text("No longer a member")


def test_a_folder_keeps_its_paths_and_leaves_the_systems_files_out(page: Page, case: str, tmp_path: Path) -> None:
    folder = tmp_path / "Production"
    (folder / "Box 1").mkdir(parents=True)
    (folder / "Box 1" / "memo.txt").write_text("A memo.")
    (folder / "index.txt").write_text("An index.")
    (folder / ".DS_Store").write_text("nothing")
    page.goto(case)
    page.get_by_label("Custodian").fill("R. Haines")
    page.set_input_files("input[data-chooser=folder]", str(folder))
    expect(page.get_by_text("2 of 2 files added.")).to_be_visible()
    expect(page.locator("#notices")).to_contain_text("1 file of the operating system left out.")
    expect(row(page, "memo.txt")).to_contain_text("Production/Box 1")
    expect(row(page, "memo.txt").locator(".custodian-cell")).to_have_text("R. Haines")


def test_copies_and_unreadable_files_are_flagged_when_they_arrive(page: Page, add: Callable[..., None]) -> None:
    add(upload("first.txt", b"The same.", "text/plain"))
    expect(page.get_by_text("1 of 1 file added.")).to_be_visible()
    add(upload("second.txt", b"The same.", "text/plain"), upload("empty.txt", b"", "text/plain"))
    expect(page.get_by_text("3 of 3 files added, 1 of them in the case already.")).to_be_visible()
    panel = page.locator(".uploads")
    expect(panel).to_contain_text("The file is empty: it has no bytes.")
    panel.get_by_role("link", name="the same file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("first.txt")


def test_a_file_that_the_server_refuses_says_why_and_can_be_sent_again(page: Page, add: Callable[..., None]) -> None:
    problem = '{"status": 503, "code": "database_unavailable", "detail": "The database does not answer."}'
    page.route("**/api/v1/cases/*/documents/", lambda route: route.fulfill(status=503, body=problem), times=1)
    add(upload("again.txt", b"Try me twice.", "text/plain"))
    panel = page.locator(".uploads")
    expect(panel).to_contain_text("Not added: The database does not answer. database_unavailable")
    panel.get_by_role("button", name="Try again").click()
    expect(panel).to_contain_text("1 of 1 file added.")
    expect(row(page, "again.txt")).to_be_visible()


LARGE = bytes(range(256)) * (20 << 12)


def parts_sent(page: Page) -> list[int]:
    """Where each part begins that is sent from now on."""
    starts: list[int] = []
    page.on("request", lambda r: starts.append(int(r.headers["upload-offset"])) if r.method == "PATCH" else None)
    return starts


def test_a_large_file_goes_on_after_lost_connections_and_a_restart_of_the_server(
    page: Page, stack: Any, add: Callable[..., None]
) -> None:
    starts = parts_sent(page)
    lost = iter([True, False, True])
    page.route("**/api/v1/uploads/*/", lambda route: route.abort() if next(lost, False) else route.continue_())
    add(upload("large.bin", LARGE))
    expect(page.locator(".uploads")).to_contain_text("no connection, trying again")
    stack.restart_web()
    expect(page.locator(".uploads")).to_contain_text("1 of 1 file added.", timeout=60_000)
    assert sorted(set(starts)) == [0, 8 << 20, 16 << 20]
    with page.expect_download() as download:
        row(page, "large.bin").get_by_role("link", name="Download large.bin").click()
    assert Path(download.value.path()).read_bytes() == LARGE


def test_a_large_file_whose_page_was_closed_goes_on_where_it_was(
    page: Page, context: BrowserContext, case: str, tmp_path: Path
) -> None:
    (tmp_path / "large.bin").write_bytes(LARGE[::-1])
    page.goto(case)
    held: list[Any] = []

    def first_part_only(route: Any) -> None:
        if route.request.headers.get("upload-offset") == "0":
            route.continue_()
        else:
            held.append(route)

    page.route("**/api/v1/uploads/*/", first_part_only)
    with page.expect_request(lambda r: r.headers.get("upload-offset") == str(8 << 20)):
        page.set_input_files("input[data-chooser=files]", str(tmp_path / "large.bin"))
    page.close()
    again = context.new_page()
    again.goto(case)
    starts = parts_sent(again)
    again.set_input_files("input[data-chooser=files]", str(tmp_path / "large.bin"))
    expect(again.locator(".uploads")).to_contain_text("1 of 1 file added.", timeout=30_000)
    assert starts == [8 << 20, 16 << 20]


def test_leaving_is_asked_about_only_while_files_are_on_their_way(page: Page, add: Callable[..., None]) -> None:
    asks = """() => {
      const event = new Event("beforeunload", { cancelable: true });
      dispatchEvent(event);
      return event.defaultPrevented;
    }"""
    held: list[Any] = []
    page.route("**/api/v1/cases/*/documents/", lambda route: held.append(route))
    add(upload("slow.txt", b"On its way.", "text/plain"))
    expect(page.locator(".uploads")).to_contain_text("Adding 1 file: 0 done")
    assert page.evaluate(asks) is True
    held[0].continue_()
    expect(page.locator(".uploads")).to_contain_text("Processing continues in the background.")
    assert page.evaluate(asks) is False


def test_trying_again_reads_the_document_again(page: Page, add: Callable[..., None]) -> None:
    add(upload("broken.pdf", b"%PDF-1.7 and nothing else", "application/pdf"))
    broken = row(page, "broken.pdf")
    expect(broken.locator(".status")).to_have_text("Failed", timeout=PATIENCE_MS)
    with page.expect_response("**/reprocess/") as answered:
        broken.get_by_role("button", name="Try again").click()
    assert answered.value.status == 202
    expect(broken.locator(".status")).to_have_text("Failed", timeout=PATIENCE_MS)
    expect(broken.get_by_role("button", name="Try again")).to_be_enabled()


def test_hostile_names_stay_text(page: Page, add: Callable[..., None]) -> None:
    name = "<img src=x onerror=alert(1)>.txt"
    add(upload(name, b"<script>alert(2)</script> harmless words", "text/plain"))
    expect(row(page, name)).to_be_visible()
    expect(row(page, name).locator(".status")).to_have_text(re.compile("Ready|Searchable"), timeout=PATIENCE_MS)
    row(page, name).locator("[data-action=delete]").click()
    expect(page.get_by_role("dialog")).to_contain_text(name)
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_label("Search in this case").fill("harmless")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Page 1", exact=True).click()
    expect(page.locator(".page-text")).to_have_text("<script>alert(2)</script> harmless words")
    assert page.locator("main img, main script").count() == 0


def test_keys_work_can_be_listed_and_switched_off(page: Page, case: str) -> None:
    # From the start: the browser's own chooser is kept away only some time after this is said.
    page.on("filechooser", lambda _: None)
    page.goto(case)
    expect(page.locator("#connection")).to_have_text("Live")
    page.keyboard.press("/")
    expect(page.get_by_label("Search in this case")).to_be_focused()
    page.keyboard.type("g h?u")
    expect(page.get_by_label("Search in this case")).to_have_value("g h?u")
    page.locator("h1").click()
    with page.expect_file_chooser():
        page.keyboard.press("u")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog")
    for name in ("Search in this case", "Add documents", "All cases", "This list"):
        expect(sheet).to_contain_text(name)
    sheet.get_by_role("switch").uncheck()
    sheet.get_by_role("button", name="Close").click()
    page.keyboard.press("/")
    page.keyboard.press("?")
    expect(sheet).to_be_hidden()
    expect(page.get_by_label("Search in this case")).not_to_be_focused()
    page.reload()
    page.keyboard.press("?")
    expect(sheet).to_be_hidden()
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    sheet.get_by_role("switch").check()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(re.compile(r"/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Cases")


def test_reading_searching_and_adding_work_without_script(
    browser: Browser, stack: Any, session: Any, case: str
) -> None:
    context = browser.new_context(base_url=stack.url, storage_state=session, java_script_enabled=False)
    page = context.new_page()
    page.goto(case)
    page.get_by_label("Add files").set_input_files([upload("plain.txt", b"A plain telegram.", "text/plain")])
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#notices")).to_contain_text("1 file is added.")
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while row(page, "plain.txt").locator(".status").inner_text() not in ("Ready", "Searchable"):
        assert time.monotonic() < deadline
        page.wait_for_timeout(300)
        page.reload()
    page.get_by_label("Search in this case").fill("telegram")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Page 1", exact=True).click()
    expect(page.locator("mark")).to_have_text("telegram")
    context.close()


def test_nothing_runs_out_of_a_narrow_window(page: Page, add: Callable[..., None], case: str) -> None:
    name = f"{'unbroken' * 25}.txt"
    add(upload(name, b"Text.", "text/plain"))
    expect(row(page, name)).to_be_visible()
    # 1280 px at 400 %
    page.set_viewport_size({"width": 320, "height": 256})
    for path in ("/", "/cases/new/", case, f"{case}people/", f"{case}edit/", f"{case}search/?q=text", "/nothing/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
