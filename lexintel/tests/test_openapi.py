"""The description of the API."""

import json

import pytest
from django.core.management import call_command
from drf_spectacular.drainage import GENERATOR_STATS


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    """The schema; making it must raise no warning."""
    GENERATOR_STATS.reset()
    path = tmp_path_factory.mktemp("openapi") / "schema.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(path))
    return json.loads(path.read_text())


def test_every_call_of_the_contract_is_described(schema):
    described = {f"{method.upper()} {path}" for path, item in schema["paths"].items() for method in item}
    assert described >= {
        "POST /api/v1/tokens/",
        "GET /api/v1/tokens/",
        "DELETE /api/v1/tokens/{token}/",
        "GET /api/v1/cases/",
        "POST /api/v1/cases/",
        "PATCH /api/v1/cases/{case}/",
        "DELETE /api/v1/cases/{case}/",
        "POST /api/v1/cases/{case}/members/",
        "PATCH /api/v1/cases/{case}/members/{user}/",
        "POST /api/v1/cases/{case}/parties/",
        "POST /api/v1/cases/{case}/documents/",
        "POST /api/v1/cases/{case}/reprocess/",
        "GET /api/v1/documents/",
        "PATCH /api/v1/documents/{document}/",
        "GET /api/v1/documents/{document}/file/",
        "GET /api/v1/documents/{document}/pages/{number}/",
        "POST /api/v1/documents/{document}/reprocess/",
        "GET /api/v1/search/",
    }


def test_both_ways_to_sign_in_are_described(schema):
    schemes = schema["components"]["securitySchemes"]
    assert (schemes["token"]["scheme"], schemes["session"]["in"]) == ("bearer", "cookie")
    listing = schema["paths"]["/api/v1/cases/"]["get"]
    assert {"token": []} in listing["security"]
    assert {"session": []} in listing["security"]
    # A token is asked for with name and password.
    assert schema["paths"]["/api/v1/tokens/"]["post"].get("security", [{}]) == [{}]


def test_lists_are_described_as_cursors_turn_them(schema):
    for path in ("/api/v1/cases/", "/api/v1/documents/", "/api/v1/cases/{case}/members/"):
        answer = schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        members = schema["components"]["schemas"][answer["$ref"].rpartition("/")[2]]["properties"]
        assert members.keys() == {"next", "previous", "results"}


def test_a_browser_can_look_at_it(db, client):
    response = client.get("/api/v1/docs/")
    assert response.status_code == 200
    assert "unsafe" not in response["Content-Security-Policy"]
    assert client.get("/api/v1/schema/").status_code == 200
