from __future__ import annotations

import hashlib
import multiprocessing
import pickle
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from corpusflow.errors import ModelError
from corpusflow.models.fasttext_language import FasttextLanguage
from corpusflow.models.kenlm_perplexity import KenlmPerplexity
from corpusflow.models.model_file import model_file
from corpusflow.models.open_clip import OpenClip
from corpusflow.models.remote_file import cache_folder, look_again, remote_file
from tests.http_server import listening

fsspec = pytest.importorskip("fsspec", reason="no package that is installed brings fsspec")

ADDRESS = "memory://models/lid.bin"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The cache's folder, empty, as a fresh process finds it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    look_again()
    yield tmp_path / "corpusflow" / "models"
    look_again()
    fsspec.filesystem("memory").store.clear()


def put(data: bytes, address: str = ADDRESS) -> str:
    fsspec.filesystem("memory").pipe(address, data)
    return address


def copies(cache: Path) -> list[str]:
    """Files of the cache that hold content, halves of files too."""
    files = (path for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock")
    return sorted(str(path.relative_to(cache)) for path in files if path.parent.name != "versions" or path.suffix)


@dataclass
class Site:
    """A server's files by path, the tags that it tells for them, and what it was asked for."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    refused: int = 0  # a status for everything
    cut: bool = False  # breaks connections in the middle of a file
    slow_s: float = 0.0  # before each file
    late: bool = False  # tells no length, and ends in the middle of a file


@contextmanager
def serve(**files: bytes) -> Iterator[Site]:
    site = Site(files={f"/{name}.pt": data for name, data in files.items()})

    class Serving(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(False)

        def do_GET(self) -> None:
            self.answer(True)

        def answer(self, body: bool) -> None:
            path = self.path.partition("?")[0]
            site.asked.append((self.command, path))
            data = site.files.get(path, b"")
            self.send_response(site.refused or (200 if path in site.files else 404))
            if path in site.tags:
                self.send_header("ETag", site.tags[path])
            if not (site.late and body):
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if body:
                time.sleep(site.slow_s)
                self.wfile.write(data[: len(data) // 2] if site.cut or site.late else data)

    with listening(Serving) as site.url:
        yield site


def downloads(site: Site) -> int:
    return sum(method == "GET" for method, _ in site.asked)


def test_a_file_at_an_address_is_copied_under_its_digest_and_its_own_name(cache: Path) -> None:
    file = model_file(put(b"weights"), "fastText model")
    assert file == cache / f"sha256-{digest(b'weights')}" / "lid.bin"
    assert file.read_bytes() == b"weights"
    assert copies(cache) == [f"sha256-{digest(b'weights')}/lid.bin"]


def test_a_model_at_an_address_has_the_name_of_the_same_model_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "lid.bin").write_bytes(b"weights")
    local, remote = str(tmp_path / "lid.bin"), put(b"weights")
    for scorer in (FasttextLanguage, KenlmPerplexity):
        assert scorer(remote).name == scorer(local).name
    assert OpenClip("ViT-B-32", remote).name == OpenClip("ViT-B-32", local).name


def test_a_version_that_is_here_is_not_downloaded_again() -> None:
    with serve(model=b"weights") as site:
        site.tags["/model.pt"] = '"1"'
        first = remote_file(f"{site.url}/model.pt", "model")
        remote_file(f"{site.url}/model.pt", "model")
        assert len(site.asked) == 2  # HEAD and GET: the second call asked for nothing
        look_again()
        assert remote_file(f"{site.url}/model.pt", "model") == first
        assert downloads(site) == 1
        site.files["/model.pt"], site.tags["/model.pt"] = b"WEIGHTS", '"2"'
        look_again()
        assert remote_file(f"{site.url}/model.pt", "model").read_bytes() == b"WEIGHTS"
        assert downloads(site) == 2
        assert first.read_bytes() == b"weights"


def test_without_a_version_every_run_downloads() -> None:
    with serve(model=b"weights") as site:
        remote_file(f"{site.url}/model.pt", "model")
        site.files["/model.pt"] = b"WEIGHTS"
        assert remote_file(f"{site.url}/model.pt", "model").read_bytes() == b"weights"
        look_again()
        assert remote_file(f"{site.url}/model.pt", "model").read_bytes() == b"WEIGHTS"
        assert downloads(site) == 2


def test_a_damaged_copy_is_made_again() -> None:
    with serve(model=b"weights") as site:
        site.tags["/model.pt"] = '"1"'
        remote_file(f"{site.url}/model.pt", "model").write_bytes(b"weig")
        assert remote_file(f"{site.url}/model.pt", "model").read_bytes() == b"weights"
        look_again()
        assert remote_file(f"{site.url}/model.pt", "model").read_bytes() == b"weights"
        assert downloads(site) == 2


def test_what_stands_behind_the_question_mark_is_no_part_of_the_name() -> None:
    with serve(model=b"weights") as site:
        assert remote_file(f"{site.url}/model.pt?token=a/b", "model").name == "model.pt"


@pytest.mark.parametrize("fault", ["cut", "late"])
def test_a_broken_transfer_is_told_and_leaves_nothing(cache: Path, fault: str) -> None:
    with serve(model=b"weights" * 1000) as site:
        setattr(site, fault, True)
        with pytest.raises(ModelError, match=r"the file of weights http.*/model\.pt cannot be had: .*copy the file"):
            model_file(f"{site.url}/model.pt", "file of weights")
        assert downloads(site) == 1
        assert copies(cache) == []
        setattr(site, fault, False)
        assert model_file(f"{site.url}/model.pt", "file of weights").read_bytes() == b"weights" * 1000


@pytest.mark.parametrize(("status", "message"), [(403, "403.*Forbidden"), (500, "500")])
def test_what_the_server_says_is_told(cache: Path, status: int, message: str) -> None:
    with serve(model=b"weights") as site:
        site.refused = status
        with pytest.raises(ModelError, match=rf"cannot be had: {message}.*check the address and the rights"):
            remote_file(f"{site.url}/model.pt", "model")
    assert copies(cache) == []


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(ModelError, match=r"http://127\.0\.0\.1:9/model\.pt cannot be had: Cannot connect"):
        remote_file("http://127.0.0.1:9/model.pt", "model")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("memory://models/gone.bin", r"the model memory://models/gone\.bin cannot be had: .*gone\.bin; check"),
        ("memory://models", r"memory://models is a folder"),
        ("memory://models/", r"memory://models/ is a folder"),
        ("carrier-pigeon://models/lid.bin", r"cannot be had: Protocol not known: carrier-pigeon"),
    ],
)
def test_an_address_without_a_file_is_told(address: str, message: str) -> None:
    put(b"weights")
    with pytest.raises(ModelError, match=message):
        remote_file(address, "model")


@pytest.mark.parametrize(("scheme", "package"), [("gs", "gcsfs"), ("s3", "s3fs")])
def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, scheme: str, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    # Another test may have had it.
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, scheme, raising=False)
    with pytest.raises(ModelError, match=rf"^{scheme}://bucket/model\.pt cannot be read: .*nstall {package}"):
        remote_file(f"{scheme}://bucket/model.pt", "model")


def test_a_worker_with_a_cache_of_its_own_downloads_what_the_launcher_saw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched = FasttextLanguage(put(b"weights"))
    name = launched.name
    sent = pickle.dumps(launched)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    look_again()
    scorer = pickle.loads(sent)
    assert scorer == launched
    assert scorer.name == name
    assert (cache_folder() / f"sha256-{digest(b'weights')}" / "lid.bin").is_file()


def test_a_worker_that_finds_other_content_says_so_with_both_digests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched = KenlmPerplexity("~/local.arpa", sentencepiece=put(b"weights"))
    model_file(launched.sentencepiece or "", "model")
    sent = pickle.dumps(launched)
    put(b"other weights")
    look_again()
    there = pickle.loads(sent)
    assert model_file(there.sentencepiece, "model").read_bytes() == b"weights", (
        "the copy of this machine is still right"
    )
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    with pytest.raises(ModelError, match=rf"was {digest(b'weights')}, now it is {digest(b'other weights')}; start the"):
        model_file(there.sentencepiece, "model")


def test_a_worker_on_the_launchers_machine_needs_no_network() -> None:
    with serve(model=b"weights") as site:
        launched = OpenClip("ViT-B-32", f"{site.url}/model.pt")
        name = launched.name
        sent = pickle.dumps(launched)
    look_again()
    assert pickle.loads(sent).name == name


def _load(address: str, start: Any) -> None:
    start.wait()
    assert remote_file(address, "model").read_bytes() == b"weights" * 100_000


def test_two_processes_at_once_download_once() -> None:
    with serve(model=b"weights" * 100_000) as site:
        site.tags["/model.pt"], site.slow_s = '"1"', 0.5  # the other one comes in the meantime
        context = multiprocessing.get_context("spawn")
        start = context.Barrier(2)
        workers = [context.Process(target=_load, args=(f"{site.url}/model.pt", start)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert [worker.exitcode for worker in workers] == [0, 0]
        assert downloads(site) == 1


def test_the_cache_is_in_the_home_folder_where_nothing_else_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for said in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", said)
        assert cache_folder() == tmp_path / ".cache" / "corpusflow" / "models"


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="Not a directory"):
        remote_file(put(b"weights"), "model")
