"""A server on this machine that speaks S3."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem
from upath import UPath


@contextmanager
def bucket_of(name: str) -> Iterator[UPath]:
    """Yield an empty bucket; the environment leads every S3 program of this process to it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment: Mapping[str, str] = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with patch.dict(os.environ, environment):
        S3FileSystem.clear_instance_cache()  # it would go on with the server of an earlier test
        place = UPath(f"s3://{name}", use_listings_cache=False)
        place.fs.mkdir(name)
        yield place
        if place.fs.exists(name):
            place.fs.rm(name, recursive=True)  # the next server of this process would have it still
    server.stop()
