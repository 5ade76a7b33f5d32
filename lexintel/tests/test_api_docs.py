"""docs/api.md is true: its examples, asked one after the other, are answered so, and no call of the API lacks one."""

import base64
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator

from extraction.tests.pdf_making import made

PAGE = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
METHODS = "GET POST PATCH DELETE"
# A request, and behind it the status and the answer: JSON, or in parentheses what else it is.
EXAMPLES = [
    (*request.split(" ", 2), *answer.split(" ", 1))
    for block in re.findall(r"```http\n(.*?)```", PAGE, re.S)
    for request, answer in re.findall(r"^((?:GET|POST|PATCH|DELETE) .+)\n(\d{3}.*(?:\n .*)*)", block, re.M)
]
FILES = {
    "complaint.pdf": made(
        lambda canvas: canvas.drawString(72, 700, "The crane was delivered late, and nobody said so."),
        lambda canvas: canvas.drawString(72, 700, "Notice of termination was given in writing."),
    ),
    "letter.txt": b"Dear Sir, the crane has arrived.",
    "scan.pdf": b"%PDF-1.4 nothing",
}


def parts(example):
    """(method, path, body, status, answer) of an example."""
    method, path, *rest = example
    body = rest.pop(0) if not rest[0].isdigit() or len(rest) == 3 else ""
    return method, path, body, int(rest[0]), rest[1] if len(rest) > 1 else ""


def filled(text, names):
    return re.sub(r"\{(\w+)\}", lambda found: str(names.get(found[1], found[0])), text)


def check(said, found, names, where):
    """Whether `found` has all that was said; learns the ids that the page calls by a name."""
    if isinstance(said, dict):
        assert isinstance(found, dict), where
        for name, value in said.items():
            assert name in found, f"{where}: no {name}"
            check(value, found[name], names, f"{where}.{name}")
    elif isinstance(said, list):
        assert isinstance(found, list) and len(found) >= len(said), (where, found)
        for index, value in enumerate(said):
            check(value, found[index], names, f"{where}[{index}]")
    elif isinstance(said, str) and (learned := re.fullmatch(r"\{(\w+)\}", said)):
        assert names.setdefault(learned[1], found) == found, where
    elif isinstance(said, str) and "…" in said:
        assert said == "…" or re.fullmatch(".*".join(map(re.escape, said.split("…"))), str(found), re.S), (where, found)
    else:
        assert said == found, (where, found)


def tus(text):
    """What is sent with headers: `[Name: value; Name: base64(text)] @file`."""
    found = re.fullmatch(r"\[(.*?)\](?: @(\S+))?", text, re.S)
    said = re.sub(r"base64\((.*?)\)", lambda plain: base64.b64encode(plain[1].encode()).decode(), found[1])
    headers = {"Tus-Resumable": "1.0.0"} | dict(line.split(": ", 1) for line in said.split("; ") if line)
    data = FILES[found[2]] if found[2] else b""
    return {"data": data, "content_type": "application/offset+octet-stream", "headers": headers}


def sent(text):
    """The arguments of a client's call."""
    if text.startswith("["):
        return tus(text)
    data, kind = body_of(text)
    return {"data": data, "format": kind}


def body_of(text):
    if not text:
        return {}, "json"
    if text.startswith("{"):
        return json.loads(text), "json"
    form = {}
    for name, value in re.findall(r'(\w+)=("[^"]*"|\S+)', text):
        value = value.strip('"')
        given = SimpleUploadedFile(value[1:], FILES[value[1:]]) if value.startswith("@") else value
        form.setdefault(name, []).append(given)
    return form, "multipart"


def test_the_examples_are_answered_as_the_page_says(alice, bob, charlie, api, work_off, fake_embedder):
    assert len(EXAMPLES) > 40
    client, outsider, names = api(alice), api(charlie), {"user": bob.username}
    for example in EXAMPLES:
        method, path, body, status, answer = parts(example)
        given = sent(filled(body, names))
        url = "/api/v1/" + filled(path, names)
        if "{" in path.partition("?")[0]:
            assert outsider.get(url).status_code in (404, 405), path
        elif "{" in path:
            assert not outsider.get(url).json().get("results"), path
        asked = getattr(client, method.lower())
        response = asked(url, **given) if method != "GET" else asked(url)
        assert response.status_code == status, (example, response.content)
        if answer and not answer.startswith("("):
            check(json.loads(answer), response.json(), names, f"{method} {path}")
        if response.streaming:
            assert b"".join(response)
        work_off()


def test_no_call_of_the_api_lacks_its_example(db):
    def plain(path):
        return re.sub(r"\{\w+\}|(?<=/)\d+(?=/)", "{}", path.partition("?")[0])

    shown = {(method, plain(path)) for method, path, *_ in map(parts, EXAMPLES)}
    schema = SchemaGenerator().get_schema(request=None, public=True)
    calls = {
        (method.upper(), plain(path.removeprefix("/api/v1/")))
        for path, item in schema["paths"].items()
        for method in item
    }
    assert len(calls) > 45
    assert not calls - shown
    assert not shown - calls


@pytest.mark.parametrize("shape", [{"a": 2}, {"b": 1}, {"a": "x…"}, ["…"]])
def test_an_answer_that_differs_from_the_page_is_noticed(shape):
    with pytest.raises(AssertionError):
        check(shape, {"a": 1}, {}, "")
