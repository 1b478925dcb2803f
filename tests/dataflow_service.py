"""A Dataflow service on loopback: takes jobs, tells of them what a test wants told, and gives out tokens."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.http_server import listening

JOB_ID = "2026-01-02_03_04_05-67"


@dataclass
class DataflowService:
    """states: of the job, at each further question the next; the last one stays. jobs: what was submitted."""

    endpoint: str = ""
    states: list[str] = field(default_factory=lambda: ["JOB_STATE_RUNNING"])
    metrics: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def job(self) -> dict[str, Any]:
        with self.lock:
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        name = self.jobs[-1]["name"] if self.jobs else "of-another-day"
        return {"id": JOB_ID, "projectId": "my-project", "name": name, "currentState": state, "location": "us-central1"}

    def count(self, name: str, amount: int, step: str = "s1", **context: str) -> None:
        """Adds a counter as the service tells it."""
        told = {"step": step, "namespace": "corpusflow", **context}
        self.metrics.append({"name": {"origin": "user", "name": name, "context": told}, "scalar": amount})


@pytest.fixture
def dataflow_service(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DataflowService]:
    """The service; this process has credentials that it takes."""
    service = DataflowService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body, path = self._body(), urlsplit(self.path).path
            service.asked.append(f"POST {path}")
            if path.endswith("/jobs"):
                job = json.loads(body)
                service.jobs.append(job)
                self._answer({**service.job(), "clientRequestId": job["clientRequestId"]})
            else:
                self._answer({"access_token": "token", "expires_in": 3600, "token_type": "Bearer"})

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            service.asked.append(f"GET {path}")
            if path.endswith("/messages"):
                self._answer({"jobMessages": service.messages})
            elif path.endswith("/metrics"):
                self._answer({"metrics": service.metrics})
            elif path.endswith("/jobs"):
                self._answer({"jobs": [service.job()]})
            else:
                self._answer(service.job())

        def _body(self) -> bytes:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return gzip.decompress(data) if self.headers.get("Content-Encoding") == "gzip" else data

        def _answer(self, data: Any) -> None:
            body = json.dumps(data).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with listening(Handler) as address:
        # By this word Beam's client knows that it is to speak plain HTTP.
        service.endpoint = address.replace("127.0.0.1", "localhost")
        key = _service_account(tmp_path_factory.mktemp("account") / "key.json", f"{address}/token")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
        # It asks a server on the web where the account may be used.
        asks = "google.oauth2.service_account.Credentials._is_regional_access_boundary_lookup_required"
        monkeypatch.setattr(asks, lambda self: False, raising=False)
        yield service


def _service_account(file: Path, token_uri: str) -> Path:
    """A key of an account that there is only here."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    account = {
        "type": "service_account",
        "project_id": "my-project",
        "private_key_id": "1",
        "private_key": pem,
        "client_email": "test@my-project.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": token_uri,
    }
    file.write_text(json.dumps(account))
    return file
