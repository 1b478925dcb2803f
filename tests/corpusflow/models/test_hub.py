from __future__ import annotations

import importlib.util
import socket
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from corpusflow.errors import ModelError
from corpusflow.models import hub
from corpusflow.models.hub import HubFile, cached_only, fetch, fetch_all, is_cached
from tests.http_server import listening

if importlib.util.find_spec("huggingface_hub") is None:
    pytest.skip("the extra clip is not installed", allow_module_level=True)

from huggingface_hub import constants

FILE = HubFile("owner/model", ("best.safetensors", "good.bin"))


class Hub(BaseHTTPRequestHandler):
    """Holds good.bin alone."""

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer(b"weights")

    def _answer(self, body: bytes) -> None:
        found = self.path.endswith("/owner/model/resolve/main/good.bin")
        self.send_response(200 if found else 404)
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("ETag", '"1234"')
        if not found:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.send_header("Content-Length", "7" if found else "0")
        self.end_headers()
        self.wfile.write(body if found else b"")


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with listening(Hub) as url:
        monkeypatch.setattr(constants, "ENDPOINT", url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", constants.ENDPOINT + "/{repo_id}/resolve/{revision}/{filename}"
        )
        yield


def test_the_first_file_that_the_hub_has_is_downloaded_once(server: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_cached(FILE)
    fetch([FILE])
    assert is_cached(FILE)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    fetch([FILE])


def test_a_repository_without_the_file_is_told(server: None) -> None:
    with pytest.raises(ModelError, match=r"owner/model has none of other\.bin"):
        fetch([HubFile("owner/model", ("other.bin",))])


def test_a_hub_that_refuses_is_told_at_once() -> None:
    with pytest.raises(ModelError, match=r"the hub does not answer; give `pretrained` the path .*HF_HOME.*conse"):
        fetch([FILE])


def test_a_hub_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "REACH_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ModelError, match="does not answer"):
            fetch([FILE])


def test_a_look_up_of_the_hubs_name_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    over, ended = threading.Event(), threading.Event()

    def hang(request: urllib.request.Request, timeout: float) -> None:
        over.wait(10)
        ended.set()
        raise OSError

    monkeypatch.setattr(hub, "REACH_S", 0.1)
    monkeypatch.setattr(urllib.request, "urlopen", hang)
    with pytest.raises(ModelError, match="does not answer"):
        fetch([FILE])
    assert not ended.is_set()
    over.set()


def test_offline_mode_asks_nobody(server: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub, "_reachable", lambda timeout_s: pytest.fail("asked the hub"))
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE forbids"):
        fetch([FILE])


def test_what_a_library_cannot_download_is_told(server: None) -> None:
    def load() -> None:
        raise OSError("connection lost")

    with pytest.raises(ModelError, match="cannot download owner/model: connection lost"):
        fetch_all(FILE, load)
    fetch([FILE])
    fetch_all(FILE, load)  # not called: the file is there


def test_offline_mode_holds_inside_the_block_only() -> None:
    with cached_only():
        assert constants.HF_HUB_OFFLINE is True
    assert constants.HF_HUB_OFFLINE is False
