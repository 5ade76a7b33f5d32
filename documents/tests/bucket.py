"""A bucket for tests: S3 as moto's server does it, on a port of this machine, in a thread of this process."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import boto3
from moto.server import ThreadedMotoServer

KEY = "testing"
REGION = "us-east-1"


class Bucket:
    """`url` is what STORAGE_URL says. What lies in it survives `stop` and `start`."""

    def __init__(self, prefix: str = "originals") -> None:
        self.name, self.prefix, self.port = f"case-files-{uuid.uuid4().hex[:8]}", prefix, 0
        self.start()
        self._client.create_bucket(Bucket=self.name)

    def start(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self._server.start()
        self.port = self._server.get_host_and_port()[1]

    def stop(self) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        return f"s3://{self.name}/{self.prefix}?{urlencode({'endpoint': self._endpoint, 'region': REGION})}"

    def names(self) -> list[str]:
        """Of all that lies in it."""
        return [each["Key"] for each in self._client.list_objects_v2(Bucket=self.name).get("Contents", [])]

    def clear(self) -> None:
        for key in self.names():
            self.delete(key)

    def put(self, key: str, content: bytes) -> None:
        self._client.put_object(Bucket=self.name, Key=key, Body=content)

    def head(self, key: str) -> dict[str, str]:
        return self._client.head_object(Bucket=self.name, Key=key)

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self.name, Key=key)

    @property
    def _endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def _client(self):
        keys = {"aws_access_key_id": KEY, "aws_secret_access_key": KEY}
        return boto3.client("s3", endpoint_url=self._endpoint, region_name=REGION, **keys)


@contextmanager
def running_bucket() -> Iterator[Bucket]:
    bucket = Bucket()
    try:
        yield bucket
    finally:
        bucket.stop()
