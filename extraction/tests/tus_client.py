"""What a client of tus sends, on a test client; and a letter to send."""

import base64

from documents import storage

LETTER = b"The winch was delivered late, and nobody said so. " * 40
assert len(LETTER) == 2000
TUS = {"Tus-Resumable": "1.0.0"}
PART = "application/offset+octet-stream"


def meta(**said):
    return ",".join(f"{name} {base64.b64encode(str(value).encode()).decode()}" for name, value in said.items())


def begin(client, case, size=2000, **said):
    said = {"filename": "letter.txt", "case": case.pk} | said
    return client.post("/api/v1/uploads/", headers=TUS | {"Upload-Length": str(size), "Upload-Metadata": meta(**said)})


def where(response):
    assert response.status_code == 201, response.content
    return response["Location"]


def send(client, there, start, data, **headers):
    headers = TUS | {"Upload-Offset": str(start)} | {name.replace("_", "-"): value for name, value in headers.items()}
    return client.patch(there, data, content_type=PART, headers=headers)


def head(client, there):
    return client.head(there, headers=TUS)


def code(response, status):
    assert response.status_code == status, response.content
    assert response["Tus-Resumable"] == "1.0.0"
    return response.json()["code"]


def content_of(document):
    with storage.open_blob(document.sha256) as file:
        return file.read()
