"""The walls between cases: whoever is no member sees nothing, at any address, in any way of asking.

The matrix is every address that exists × everybody who may not see the case; its rows are in routes.py.
"""

import itertools
import json
import re
import uuid

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cases.models import Case, Membership, Party, Role
from cases.tokens import issue
from documents.models import Batch, Document, Page
from extraction import embedders
from extraction.intake import Incoming
from extraction.models import ExtractionJob, Upload
from extraction.resumable import begin
from lexintel.tests import routes
from lexintel.tests.cast import FakeEmbedder
from lexintel.tests.routes import address
from search import query_vector
from search.models import SavedSearch, TermReport
from search.term_report import make_report

METHODS = ["get", "head", "post", "put", "patch", "delete", "options"]
# Words that stand in the case's records and nowhere else.
CANARIES = ["zeppelin", "quagga", "obsidian", "marzipan", "kumquat", "gossamer", "halcyon"]


@pytest.fixture(autouse=True)
def _fake_query_embedder(monkeypatch):
    query_vector.forget()
    monkeypatch.setattr(embedders, "make_embedder", lambda options: FakeEmbedder())


def furnish(case, make_document):
    """Put canaries into every place of a case that has room for one."""
    case.description = "About the obsidian."
    case.court = "Court of kumquat"
    case.name = "Xylophone v. Tundra"
    case.save()
    Party.objects.create(case=case, name="Marzipan Ltd.", role="Plaintiff", counsel="Gossamer LLP")
    given = {"name": "zeppelin.txt", "path": "halcyon/zeppelin.txt", "custodian": "K. Quagga", "source": "halcyon"}
    document = make_document(case, ["The vessel sailed with a zeppelin.", "torn"], **given)
    Page.objects.filter(document=document, number=2).update(state="unreadable", reason="corrupt", text="", chars=0)
    batch = Batch.objects.create(case=case, name="Zeppelin of Quagga")
    Document.objects.filter(pk=document.pk).update(status="partial", error_code="corrupt", batch=batch)
    return document


@pytest.fixture
def furnished(case, make_document):
    return furnish(case, make_document)


@pytest.fixture
def there(case, alice, furnished):
    """What stands for each parameter of an address that leads into the case."""
    token, _ = issue(alice, "halcyon")
    saved = SavedSearch.objects.create(owner=alice, case=case, name="Zeppelins", question="quagga")
    return {
        "saved": saved.pk,
        "report": make_report(case, alice, "Zeppelins", ["quagga", "zeppelin"]).pk,
        "case": case.pk,
        "document": furnished.pk,
        "batch": case.batches.get().pk,
        "upload": begin(case, alice, Incoming("zeppelin.txt", custodian="K. Quagga", size=9)).pk,
        "number": 1,
        "party": case.parties.get().pk,
        "member": case.memberships.get(user=alice).pk,
        "user": "alice",
        "token": token.pk,
    }


@pytest.fixture
def nowhere():
    """The same, of nothing that exists."""
    ids = {name: uuid.uuid4() for name in ("case", "document", "batch", "upload", "party", "token", "saved", "report")}
    return ids | {"number": 1, "member": 10**9, "user": "alice"}


@pytest.fixture
def outsiders(charlie, dana, other_case, case, django_user_model):
    """Everybody who can sign in and is no member of the case."""
    former = django_user_model.objects.create_user("former")
    Membership.objects.create(case=case, user=former, role=Role.MANAGER).delete()
    return [charlie, dana, former, django_user_model.objects.create_superuser("root")]


def signed_in(user):
    # One request id for all, so that answers can be compared.
    client = Client(headers={"X-Request-ID": "walls"})
    client.force_login(user)
    client.raise_request_exception = False
    return client


def told(response):
    """Everything an answer says: status, headers, body; without what differs from request to request."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    headers = {name: value for name, value in response.headers.items() if name not in ("Expires", "Last-Modified")}
    text = f"{response.status_code} {json.dumps(headers)} {content.decode(errors='replace')}"
    text = re.sub(r'(csrfmiddlewaretoken" value=)"\w+"', r'\1""', text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b1000000000\b", "ID", text)


def canaries_in(text):
    return [word for word in CANARIES if word in text.lower()]


def everything():
    """How many rows of each kind there are: what nobody who may not may change."""
    counted = (Case, Membership, Party, Batch, Document, Page, ExtractionJob, Upload, SavedSearch, TermReport)
    names = list(Document.objects.order_by("pk").values_list("name", "custodian", "status"))
    return [model.objects.count() for model in counted], names, list(Case.objects.order_by("pk").values_list("name"))


def test_every_address_has_a_row_in_the_matrix_and_every_row_an_address():
    existing, known = set(routes.existing()), routes.known()
    assert existing - known == set(), "put these into lexintel/tests/routes.py, so that their walls are tested"
    assert known - existing == set(), "these are gone: take them out of lexintel/tests/routes.py"


def test_every_address_past_django_is_tested_elsewhere():
    from lexintel.asgi import application

    def patterns(kind):
        router = application.application_mapping[kind]
        while not hasattr(router, "routes"):
            router = router.inner
        return [str(route.pattern) for route in router.routes if str(route.pattern)]

    # Their walls are held by extraction/tests/test_event_stream_access.py; /healthz says that the process lives.
    assert sorted(patterns("http")) == ["api/v1/cases/<uuid:case_id>/events/", "api/v1/events/", "healthz"]
    assert patterns("websocket") == ["ws/cases/<uuid:case_id>/events/", "ws/events/"]


def test_whoever_is_not_signed_in_is_asked_to_everywhere(there):
    client, before, wrong = Client(), everything(), []
    client.raise_request_exception = False
    values = there | {"object_id": there["document"], "content_type_id": 1, "id": 1}
    for route, method in itertools.product(sorted(routes.known() - set(routes.OPEN)), METHODS):
        if "(?P" in route or (route, method) == ("api/v1/tokens/", "post"):
            continue
        response = getattr(client, method)(address(route, values))
        asked = response.status_code == 401 or (
            response.status_code == 302 and re.match(r"/(admin/)?login/\?next=|/admin/$", response["Location"])
        )
        if not asked or response.status_code != (401 if route.startswith("api/") else 302):
            wrong.append((method, route, response.status_code))
        if found := canaries_in(told(response)):
            wrong.append((method, route, found))
    assert not wrong, "\n".join(map(str, wrong[:20]))
    assert everything() == before


def test_the_session_of_somebody_switched_off_is_none(there, alice):
    client = signed_in(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    for route in routes.WALLED:
        assert client.get(address(route, there)).status_code in (302, 401), route


def test_for_outsiders_every_address_into_the_case_is_as_if_there_were_none(there, nowhere, outsiders):
    before, wrong = everything(), []
    for person in outsiders:
        client = signed_in(person)
        # All of them once; whoever else is no member goes through the same door.
        methods = METHODS if person.username == "dana" else ["get", "post", "delete"]
        for route, method in itertools.product(routes.WALLED, methods):
            here = getattr(client, method)(address(route, there))
            response, other = told(here), told(getattr(client, method)(address(route, nowhere)))
            if response != other:
                wrong.append((person.username, method, route, response[:200], other[:200]))
            if found := canaries_in(response):
                wrong.append((person.username, method, route, found))
            # What cannot be asked at all is refused before anything is looked up.
            allowed = (404, 405) if method in ("get", "head") else (404, 405, 403, 400, 415)
            if method != "options" and here.status_code not in allowed:
                wrong.append((person.username, method, route, here.status_code))
    assert not wrong, "\n".join(map(str, wrong[:20]))
    assert everything() == before


def test_outsiders_with_well_formed_requests_are_not_let_in_either(there, nowhere, outsiders):
    """The matrix sends empty bodies; here are those that a member would send."""
    document, case = f"/api/v1/documents/{there['document']}/", f"/api/v1/cases/{there['case']}/"
    json_bodies = [
        ("patch", document, {"name": "stolen.txt"}),
        ("post", f"{document}reprocess/", {"from_stage": "read"}),
        ("patch", case, {"name": "Stolen"}),
        ("post", f"{case}members/", {"user": "charlie", "role": "manager"}),
        ("patch", f"{case}members/alice/", {"role": "viewer"}),
        ("post", f"{case}parties/", {"name": "P", "role": "R"}),
        ("patch", f"{case}parties/{there['party']}/", {"name": "P"}),
        ("post", f"{case}reprocess/", {"dry_run": True}),
        ("post", f"{case}term-reports/", {"name": "n", "terms": ["vessel"]}),
    ]
    forms = [
        (f"{case}documents/", {"files": SimpleUploadedFile("a.txt", b"x")}),
        (f"/documents/{there['document']}/edit/", {"name": "stolen.txt"}),
        (f"/documents/{there['document']}/delete/", {}),
        (f"/cases/{there['case']}/edit/", {"name": "Stolen", "reference": "stolen", "status": "open"}),
        (f"/cases/{there['case']}/delete/", {"reference": "24-cv-01234", "name": "Harlow v. Brandt"}),
        (f"/cases/{there['case']}/parties/add/", {"name": "P", "role": "R"}),
        (f"/cases/{there['case']}/term-reports/", {"name": "n", "terms": "vessel"}),
    ]
    before = everything()
    for person in outsiders:
        client = signed_in(person)
        for method, path, body in json_bodies:
            assert getattr(client, method)(path, body, content_type="application/json").status_code == 404, path
        for path, body in forms:
            assert client.post(path, body).status_code == 404, path
    assert everything() == before


def test_what_outsiders_find_of_their_own_holds_nothing_of_the_case(there, case, outsiders):
    queries = ["", "?q=vessel", "?q=vessel&mode=lexical", f"?case={case.pk}", f"?q=vessel&case={case.pk}"]
    for person in outsiders:
        client = signed_in(person)
        for route, query in itertools.product(set(routes.OWN) & set(routes.SEARCHED + routes.LISTED), queries):
            text = told(client.get(address(route, there) + query))
            assert canaries_in(text) == [], (person.username, route, query)
            assert case.name not in text, (person.username, route, query)


def test_a_key_to_one_case_opens_nothing_of_another(there, other_case, dana):
    """Dana's own case in the address, and below it something of the other one."""
    client = signed_in(dana)
    for route in routes.WALLED:
        if "<uuid:case>" in route and route.count("<") > 1:
            path = address(route, there | {"case": other_case.pk})
            for method in METHODS[2:-1]:
                assert getattr(client, method)(path).status_code in (404, 405), (method, route)
            assert client.get(path).status_code in (404, 405), route


# --- The admin -------------------------------------------------------------------------------------------------


@pytest.fixture
def rows(case, alice, furnished, there):
    """For each model of the admin a row of the case."""
    return {
        "cases/case": case.pk,
        "cases/membership": there["member"],
        "cases/party": there["party"],
        "documents/document": furnished.pk,
        "extraction/extractionjob": furnished.jobs.first().pk,
        "search/termreport": there["report"],
        "cases/apitoken": there["token"],
        "auth/user": alice.pk,
        "auth/group": 1,
    }


@pytest.fixture
def staff(dana, other_case):
    """Dana, of another case, with every permission there is."""
    dana.is_staff = True
    dana.save()
    dana.user_permissions.set(Permission.objects.all())
    return dana


def test_whoever_is_no_staff_gets_nowhere_in_the_admin(rows, there, alice, charlie):
    for person in (alice, charlie):
        client = signed_in(person)
        for route in routes.admin_routes():
            if "(?P" in route or route == "admin/login/":
                continue
            values = {"object_id": rows["cases/case"], "content_type_id": 1, "id": 1}
            response = client.get(address(route, values))
            assert response.status_code == 302, route


def test_staff_of_another_case_find_nothing_of_this_one_in_the_admin(rows, staff):
    client, before, wrong = signed_in(staff), everything(), []
    queries = ["", "?q=zepp", f"?case={rows['cases/case']}", f"?case__id__exact={rows['cases/case']}", "?all="]
    for model, pk in rows.items():
        for view, method in itertools.product(routes.ADMIN_OF_A_ROW, ("get", "post")):
            path = f"/admin/{model}/{{}}/{view.partition('>')[2].lstrip('/')}"
            response = getattr(client, method)(path.format(pk), {"post": "yes"})
            other = getattr(client, method)(path.format(uuid.uuid4() if len(str(pk)) == 36 else 10**9), {"post": "yes"})
            if model in routes.ADMIN_WALLED and told(response).replace(f"/{pk}/", "/ID/") != told(other):
                wrong.append((method, model, view, told(response)[:300], told(other)[:300]))
            # The bare address of a row leads to its page, whether there is one or not; what nobody may do is refused.
            if model in routes.ADMIN_WALLED and response.status_code not in (404, 403, 302):
                wrong.append((method, model, view, response.status_code))
            if found := canaries_in(told(response)):
                wrong.append((method, model, view, found))
        for query in queries:
            # A filter that is refused leads to the list without it.
            if found := canaries_in(told(client.get(f"/admin/{model}/{query}", follow=True))):
                wrong.append((model, query, found))
    assert not wrong, "\n".join(map(str, wrong[:20]))
    assert everything() == before


def test_what_the_admin_offers_to_choose_from_holds_nothing_of_the_case(rows, case, staff):
    client = signed_in(staff)
    offered = [("party", "case"), ("membership", "case"), ("membership", "user")]
    for model, field in offered:
        asked = {"app_label": "cases", "model_name": model, "field_name": field, "term": ""}
        text = told(client.get("/admin/autocomplete/", asked))
        assert case.name not in text
    for path in (
        "/admin/",
        "/admin/cases/",
        "/admin/documents/",
        "/admin/search/?s=zepp",
        "/admin/search/?s=zep&extended",
    ):
        text = told(client.get(path))
        assert canaries_in(text) == [], path


def test_a_superuser_who_is_no_member_finds_names_of_cases_and_members_and_nothing_else(rows, django_user_model):
    client = signed_in(django_user_model.objects.create_superuser("root"))
    for model, pk in rows.items():
        for path in (f"/admin/{model}/", f"/admin/{model}/{pk}/change/", f"/admin/{model}/{pk}/history/"):
            response = client.get(path)
            found = canaries_in(told(response))
            # The name that Alice gave her token; who may sign in is a superuser's to know.
            assert found in ([], ["halcyon"] if "apitoken" in path else []), path
    for model in ("cases/party", "documents/document", "extraction/extractionjob"):
        assert client.get(f"/admin/{model}/{rows[model]}/change/").status_code == 404


# --- What members see of other cases ---------------------------------------------------------------------------


@pytest.fixture
def mine(case, alice, make_document):
    """Alice's case with records of its own, none of which has a canary."""
    batch = Batch.objects.create(case=case, name="Box 7")
    document = make_document(case, ["The vessel sailed at dawn."], name="log.txt", custodian="K. Holm", batch=batch)
    token, _ = issue(alice, "laptop")
    saved = SavedSearch.objects.create(owner=alice, name="Vessels", question="vessel")
    return {
        "saved": saved.pk,
        "report": make_report(case, alice, "Vessels", ["vessel", "vesel", "custodian:holm"]).pk,
        "batch": batch.pk,
        "upload": begin(case, alice, Incoming("log2.txt", size=9)).pk,
        "case": case.pk,
        "document": document.pk,
        "number": 1,
        "party": Party.objects.create(case=case, name="Harlow", role="Plaintiff").pk,
        "member": case.memberships.get(user=alice).pk,
        "user": "bob",
        "token": token.pk,
    }


SEARCHES = [
    "?q=vessel&mode=lexical",
    "?q=vessel&mode=semantic",
    "?q=vessel&limit=1",
    '?q="the vessel"',
    "?q=vesel",
    "?q=xyzzy",
]
LISTS = ["?q=vessel", "?status=partial", "?error_code=corrupt", "?ordering=name&limit=1"]


def answers(alice, mine):
    """Every answer that Alice can get by asking, by address."""
    client, found = signed_in(alice), {}
    for route in routes.OWN + routes.WALLED:
        queries = SEARCHES if route in routes.SEARCHED else LISTS if route in routes.LISTED else []
        for query in ["", *queries]:
            path = address(route, mine) + query
            found[path] = told(client.get(path))
    return found


def test_nothing_of_another_case_is_in_any_answer_to_a_member_of_this_one(alice, mine, other_case, make_document):
    furnish(other_case, make_document)
    for path, text in answers(alice, mine).items():
        assert canaries_in(text) == [], path
        assert other_case.name not in text, path
        assert other_case.reference not in text, path


def test_no_answer_changes_when_another_case_grows(alice, mine, other_case, make_document):
    """No count, no facet, no order, no suggestion, no estimate."""

    def steady(text):
        return re.sub(r'data-at="\d+"', "", text)

    before = answers(alice, mine)
    furnish(other_case, make_document)
    for n in range(3):
        make_document(other_case, ["The vessel sailed, and the vessel sank."] * 3, name=f"vessel{n}.txt")
    after = answers(alice, mine)
    changed = [path for path in before if steady(before[path]) != steady(after[path])]
    assert changed == []
