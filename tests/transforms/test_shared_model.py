from __future__ import annotations

import dataclasses
import importlib.util
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpusflow.errors import ModelError
from corpusflow.models import open_clip as models
from corpusflow.models.open_clip import OpenClip
from corpusflow.store.block import Block, Stage
from corpusflow.store.paths import LocalStore
from jobs.options import local_runner
from tests.corpusflow.models.tiny_clip import NAME, library_with_tiny, save_weights
from tests.transforms.blocks import table
from tests.transforms.shared_clip import SharedOnCpu, embed_in_stage, loaded_by, rows
from transforms import shared_model
from transforms.shared_arrays import Address, SharedMemory
from transforms.shared_model import share_gpu_models
from transforms.stage import RunStage, run_block

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(package) is None for package in ("torch", "open_clip")),
    reason="the extra clip is not installed",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with library_with_tiny(tmp_path_factory.mktemp("config")) as library:
        yield library


@pytest.fixture(scope="module")
def weights(library: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    import torch

    torch.manual_seed(0)
    return save_weights(library.create_model(NAME), tmp_path_factory.mktemp("weights") / "tiny.pt")


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Processes of this test meet in a folder of their own, and end with it."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(models, "_forward_on_gpu", models._forward_on_gpu)
    yield
    models._model.cache_clear()
    for child in multiprocessing.active_children():
        child.kill()
        child.join()


def ended(process: int) -> bool:
    """Waits for it: nothing else says that a process of somebody else has ended."""
    for _ in range(500):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_workers_of_a_run_share_one_model_and_get_the_bytes_of_an_own_one(
    weights: str, library: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import apache_beam as beam

    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    store = LocalStore(str(tmp_path / "run"))
    stage = Stage("embed", 1, [], SharedOnCpu(NAME, weights, folder=str(tmp_path)), embed_in_stage, store)
    blocks = [Block(f"b{number}") for number in range(8)]
    runner, options = local_runner(2, str(tmp_path / "workers.log"))
    with beam.Pipeline(runner=runner, options=options) as pipeline:
        _ = pipeline | beam.Create(blocks) | beam.Reshuffle() | beam.ParDo(RunStage(stage))
    tables = [table(store, run_block(stage, block)[0]) for block in blocks]
    assert {row["rows"] for rows_ in tables for row in rows_} == {rows(OpenClip(NAME, weights))}
    workers = {row["process"] for rows_ in tables for row in rows_}
    assert (len(workers), len(loaded_by(tmp_path))) == (2, 1)
    assert loaded_by(tmp_path)[0] not in workers
    assert "Traceback" not in (tmp_path / "workers.log").read_text()
    assert ended(loaded_by(tmp_path)[0])


def test_between_calls_the_process_of_the_model_holds_no_memory_of_those_who_ask(
    weights: str, library: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    share_gpu_models()
    rows(SharedOnCpu(NAME, weights, folder=str(tmp_path)))
    holder = Path("/proc") / str(loaded_by(tmp_path)[0])
    assert "memfd:corpusflow" not in (holder / "maps").read_text()
    assert not [file for file in (holder / "fd").iterdir() if "memfd:corpusflow" in str(file.readlink())]
    assert caplog.messages == []


def test_a_process_whose_memory_cannot_be_seen_passes_batches_by_socket_and_says_so_once(
    weights: str, library: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Unseen(SharedMemory):
        @property
        def address(self) -> Address:
            return dataclasses.replace(super().address, descriptor=-1)

    monkeypatch.setattr(shared_model, "SharedMemory", Unseen)
    share_gpu_models()
    assert rows(SharedOnCpu(NAME, weights, folder=str(tmp_path))) == rows(OpenClip(NAME, weights))
    assert len(caplog.messages) == 1
    assert "cannot see memory of this process" in caplog.messages[0]


def test_only_models_on_a_gpu_are_shared(weights: str, library: Any) -> None:
    share_gpu_models()
    OpenClip(NAME, weights, device="cpu").embed_texts(["a dog"])
    assert multiprocessing.active_children() == []


def test_a_model_whose_process_was_killed_is_loaded_again(weights: str, library: Any, tmp_path: Path) -> None:
    share_gpu_models()
    scorer = SharedOnCpu(NAME, weights, folder=str(tmp_path))
    before = rows(scorer)
    os.kill(loaded_by(tmp_path)[0], signal.SIGKILL)
    assert rows(scorer) == before
    assert len(set(loaded_by(tmp_path))) == 2


def test_a_model_whose_loading_kills_its_process_is_told(weights: str, library: Any, tmp_path: Path) -> None:
    share_gpu_models()
    with pytest.raises(ModelError, match=r"runs similarity/open_clip-Tiny-Test.* died 2 times.*smaller batch_size"):
        SharedOnCpu(NAME, weights, folder=str(tmp_path), deadly=True).load()
    assert len(loaded_by(tmp_path)) == 2


def test_why_a_model_cannot_be_loaded_comes_from_the_other_process(library: Any, tmp_path: Path) -> None:
    share_gpu_models()
    (tmp_path / "page.pt").write_text("<html>not found</html>")
    scorer = SharedOnCpu(NAME, str(tmp_path / "page.pt"), folder=str(tmp_path))
    with pytest.raises(ModelError, match=r"^/.*page\.pt is no file of torch weights: it begins with"):
        scorer.load()


@pytest.mark.parametrize("end", ["by itself", "killed"])
def test_the_process_of_the_model_ends_with_the_one_that_started_it(weights: str, tmp_path: Path, end: str) -> None:
    command = [sys.executable, "-m", "tests.transforms.shared_clip", weights, str(tmp_path)]
    seconds = "0" if end == "by itself" else "1000"
    with subprocess.Popen([*command, seconds], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"done\n"
        if end == "killed":
            user.kill()
        assert user.wait() == (0 if end == "by itself" else -signal.SIGKILL)
    assert ended(loaded_by(tmp_path)[0])


def test_a_meeting_place_that_others_can_write_to_is_refused(tmp_path: Path) -> None:
    place = shared_model._meeting_place()
    assert place.parent == tmp_path
    assert shared_model._meeting_place() == place
    place.chmod(0o770)
    with pytest.raises(ModelError, match=r"is not this user's alone; remove it, or set TMPDIR"):
        shared_model._meeting_place()
