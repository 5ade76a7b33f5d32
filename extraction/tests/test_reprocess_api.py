"""Doing documents again over the API."""

import time
import uuid

import pytest
from rest_framework.test import APIClient

from documents.models import Document
from extraction import ledger
from extraction.models import ExtractionJob
from extraction.reprocess import parse_pages


def one(document):
    return f"/api/v1/documents/{document.pk}/reprocess/"


def many(case):
    return f"/api/v1/cases/{case.pk}/reprocess/"


def code(response, status):
    assert response.status_code == status, response.content
    return response.json()["code"]


def told(response):
    answer = response.json()
    return answer["documents"], answer["pages"], answer["queued"]


def queued():
    return ExtractionJob.objects.filter(state="queued")


def test_a_document_is_read_again_and_what_is_shown_stays(case, rita, api, make_document):
    document = make_document(case, ["Former text."])
    response = api(rita).post(one(document))
    assert response.status_code == 202
    assert (response.json()["id"], response.json()["status"], response.json()["stage"]) == (
        str(document.pk),
        "queued",
        "read",
    )
    assert (queued().get().stage, queued().get().version) == ("read", 2)
    assert document.pages.get().text == "Former text."
    assert document.chunks.exists()


@pytest.mark.parametrize("stage", ["index", "embed"])
def test_it_can_begin_later(case, rita, api, make_document, stage):
    document = make_document(case)
    assert api(rita).post(one(document), {"from_stage": stage}).json()["stage"] == stage
    assert (queued().get().stage, queued().get().version) == (stage, 1)


def test_what_was_never_read_begins_at_reading(case, rita, api, put_in):
    document = put_in(case, b"x")
    api(rita).post(one(document), {"from_stage": "embed"})
    assert queued().get().stage == "read"


@pytest.mark.parametrize("pages", [[3, 1, 3], "3,1", "1, 3", ["1", "3"]])
def test_only_some_pages_can_be_read_again(case, rita, api, make_document, pages):
    document = make_document(case, ["a", "b", "c"])
    assert api(rita).post(one(document), {"pages": pages, "force_ocr": True}).status_code == 202
    options = queued().get().options
    assert (options["pages"], options["force_ocr"]) == ([1, 3], True)


@pytest.mark.parametrize(
    "given",
    [
        {"from_stage": "guess"},
        {"pages": "9-3"},
        {"pages": "0"},
        {"pages": "a"},
        {"pages": "-1"},
        {"pages": [0]},
        {"pages": [1.5]},
        {"pages": [True]},
        {"pages": True},
        {"pages": {"a": 1}},
        {"pages": [[1]]},
        {"pages": "1-100001"},
        {"force_ocr": "perhaps"},
        [],
    ],
)
def test_nonsense_queues_nothing(case, rita, api, make_document, given):
    document = make_document(case)
    assert code(api(rita).post(one(document), given), 400) == "invalid"
    assert not queued().exists()


def test_page_ranges_cannot_be_used_to_keep_the_server_busy():
    started = time.monotonic()
    with pytest.raises(ValueError, match="too many"):
        parse_pages(",".join(["1-100000"] * 50_000))
    assert time.monotonic() - started < 1


def test_what_can_never_be_read_is_said_to_be_so(case, rita, api, put_in):
    for document in (put_in(case, b""), put_in(case, b"\x7fELF\x02\x01\x01" + bytes(90), name="x.bin")):
        assert code(api(rita).post(one(document)), 409) == "nothing_to_read"
    assert not ExtractionJob.objects.exists()


def test_a_duplicate_s_original_is_read_again(case, rita, api, put_in):
    first, copy = (put_in(case, b"same", name=name) for name in ("a", "b"))
    ExtractionJob.objects.update(state="done")
    assert api(rita).post(one(copy)).status_code == 202
    assert queued().get().document == first


def test_a_worker_at_it_loses_its_lease(case, rita, api, put_in):
    document = put_in(case, b"x")
    held = ledger.claim(ExtractionJob.objects.get().pk, "host/1")
    api(rita).post(one(document))
    with pytest.raises(ledger.LostLease):
        ledger.renew(held)
    assert queued().get().attempt == 0


def test_a_viewer_and_outsiders_queue_nothing(case, other_case, bob, charlie, dana, api, make_document):
    document = make_document(case)
    assert code(api(bob).post(one(document)), 403) == "role_required"
    assert code(api(bob).post(many(case)), 403) == "role_required"
    for person in (charlie, dana):
        assert code(api(person).post(one(document)), 404) == "not_found"
        assert code(api(person).post(many(case)), 404) == "not_found"
    assert code(api().post(one(document)), 401) == "not_authenticated"
    assert code(api().post(many(case)), 401) == "not_authenticated"
    assert not queued().exists()


def test_a_session_without_its_csrf_token_queues_nothing(case, rita, make_document):
    document = make_document(case)
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(rita)
    assert code(client.post(one(document)), 403) == "csrf_failed"
    assert code(client.post(many(case)), 403) == "csrf_failed"
    assert not queued().exists()


def test_nothing_is_done_by_looking(case, alice, api, make_document):
    document = make_document(case)
    assert code(api(alice).get(one(document)), 405) == "method_not_allowed"
    assert code(api(alice).get(many(case)), 405) == "method_not_allowed"


def test_a_whole_case_is_done_again(case, other_case, rita, api, make_document):
    mine = {make_document(case, ["a", "b"], name=f"{n}.txt").pk for n in range(2)}
    make_document(other_case, name="theirs.txt")
    response = api(rita).post(many(case))
    assert response.status_code == 202
    assert response.json() == {
        "documents": 2,
        "pages": 4,
        "by_status": {"ready": 2},
        "eta_range_s": None,
        "queued": 2,
        "dry_run": False,
    }
    assert {job.document_id for job in queued()} == mine


def test_a_dry_run_only_counts(case, rita, api, make_document):
    make_document(case, ["a", "b"])
    response = api(rita).post(many(case), {"dry_run": True})
    assert told(response) == (1, 2, 0)
    assert not queued().exists()


def test_how_long_it_takes_is_told_from_what_was_done_in_the_same_case(
    case, other_case, rita, api, make_document, took
):
    for n in range(4):
        took(make_document(case, ["a", "b"], name=f"{n}.txt"), read=2, index=0.5, embed=1)
        took(make_document(other_case, name=f"{n}.txt"), read=9_000)
    low, high = api(rita).post(many(case), {"dry_run": True}).json()["eta_range_s"]
    assert low <= 4 * 2.5 / 2 <= high <= 20


def test_what_can_never_be_read_is_counted_and_left_alone(case, rita, api, put_in, make_document):
    put_in(case, b"", name="void.txt")
    make_document(case)
    assert told(api(rita).post(many(case))) == (2, 1, 1)


def test_selectors_narrow_it(case, rita, api, make_document, put_in):
    good = make_document(case, name="good.txt")
    bad = make_document(case, name="bad.txt")
    Document.objects.filter(pk=bad.pk).update(status="failed", error_code="parser_crash", extractor_version="1")
    Document.objects.filter(pk=good.pk).update(extractor_version="10")
    for given, found in [
        ({"status": "failed"}, 1),
        ({"error_code": "parser_crash"}, 1),
        ({"error_code": "corrupt"}, 0),
        ({"extractor_older_than": 2}, 1),
        ({"extractor_older_than": 11}, 2),
        ({"documents": [str(good.pk)]}, 1),
        ({"documents": [str(good.pk)], "status": "failed"}, 0),
        ({"documents": []}, 2),
    ]:
        assert api(rita).post(many(case), given | {"dry_run": True}).json()["documents"] == found, given


def test_a_stage_can_be_given_by_either_name(case, rita, api, make_document):
    make_document(case)
    api(rita).post(many(case), {"stage": "index"})
    assert queued().get().stage == "index"
    api(rita).post(many(case), {"from_stage": "embed"})
    assert queued().get().stage == "embed"


def test_documents_of_another_case_are_not_reached_through_mine(case, other_case, rita, api, make_document):
    theirs = make_document(other_case)
    there = api(rita).post(many(case), {"documents": [str(theirs.pk)]})
    nowhere = api(rita).post(many(case), {"documents": [str(uuid.uuid4())]})
    assert there.json() == nowhere.json()
    assert told(there) == (0, 0, 0)
    assert not queued().exists()


@pytest.mark.parametrize(
    "given",
    [
        {"status": "lost"},
        {"stage": "guess"},
        {"error_code": "bad_luck"},
        {"documents": ["x"]},
        {"documents": "x"},
        {"extractor_older_than": 0},
        {"extractor_older_than": 2**40},
        {"dry_run": "perhaps"},
    ],
)
def test_nonsense_selects_nothing(case, rita, api, make_document, given):
    make_document(case)
    assert code(api(rita).post(many(case), given), 400) == "invalid"
    assert not queued().exists()
