"""Runs that are broken off and started again: their shards are those of a run that was not."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from corpusflow.errors import RunError, StartError
from corpusflow.recipe import parse_recipe
from corpusflow.store.paths import LocalStore
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.launch import run_corpus
from jobs.lock import locked
from tests.web import captures, recipe, write_warc


def run(output: Path, data: dict[str, Any]) -> dict[str, Any]:
    registry = available_filters()
    manifest = run_corpus(parse_recipe(data, registry), registry, str(output), RunOptions())
    assert manifest is not None
    return manifest


def archive_recipe(tmp_path: Path, stories: int) -> dict[str, Any]:
    archive = write_warc(tmp_path / "a.warc.gz", captures(range(stories)))
    return recipe({"kind": "warc", "path": str(archive)})


def test_a_run_that_breaks_at_any_file_goes_on_to_the_same_shards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = archive_recipe(tmp_path, 6)
    whole = run(tmp_path / "whole", data)
    publish = LocalStore.publish
    files = 0

    def counting(self: LocalStore, name: str) -> None:
        nonlocal files
        files += 1
        publish(self, name)

    monkeypatch.setattr(LocalStore, "publish", counting)
    run(tmp_path / "counted", data)
    written = files
    assert written > 40
    for last in (1, 2, *random.Random(7).sample(range(3, written), 4)):
        files = 0

        def breaking(self: LocalStore, name: str, last: int = last) -> None:
            nonlocal files
            files += 1
            if files == last:
                raise OSError("the disk went away")
            publish(self, name)

        output = tmp_path / f"broken-{last}"
        monkeypatch.setattr(LocalStore, "publish", breaking)
        with pytest.raises((RunError, OSError), match="the disk went away"):
            run(output, data)
        assert not (output / "manifest.json").exists()
        monkeypatch.setattr(LocalStore, "publish", publish)
        assert run(output, data) == whole


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX systems")
def test_a_run_that_is_killed_goes_on_to_the_same_shards(tmp_path: Path) -> None:
    data = archive_recipe(tmp_path, 30)
    whole = run(tmp_path / "whole", data)
    file = tmp_path / "recipe.yaml"
    file.write_text(yaml.safe_dump(data), encoding="utf-8")
    output = tmp_path / "killed"
    command = [sys.executable, "-m", "corpusflow.cli", "run", str(file), "--output", str(output), "--json"]
    kills = 0
    for blocks in (3, 12, 30):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and len(list(output.glob("stages/*/*.json"))) < blocks:
                time.sleep(0.01)
            kills += process.poll() is None
            process.send_signal(signal.SIGKILL)
    assert kills == 3
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(result.stdout)["manifest"] == whole


@pytest.mark.skipif(os.name != "posix", reason="signals are of POSIX systems")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_at_once_and_says_how_to_go_on(tmp_path: Path, number: int) -> None:
    data = archive_recipe(tmp_path, 60)
    file = tmp_path / "recipe.yaml"
    file.write_text(yaml.safe_dump(data), encoding="utf-8")
    output = tmp_path / "out"
    command = [sys.executable, "-m", "corpusflow.cli", "run", str(file), "--output", str(output)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        while process.poll() is None and not list(output.glob("stages/*/*.json")):
            time.sleep(0.01)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"go on with:\n  corpusflow run {file} --output {output}" in said
    assert "Traceback" not in said
    again = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    assert json.loads(again.stdout)["manifest"] == run(tmp_path / "whole", data)


def test_a_second_run_in_one_directory_is_refused_while_the_first_works(tmp_path: Path) -> None:
    data = archive_recipe(tmp_path, 2)
    store = LocalStore(str(tmp_path / "out"))
    with locked(store), pytest.raises(StartError, match=f"another run works here .process {os.getpid()}."):
        run(tmp_path / "out", data)
    assert run(tmp_path / "out", data)["samples"] == 2


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX systems")
def test_a_run_of_two_workers_that_is_killed_goes_on_at_once(tmp_path: Path) -> None:
    data = archive_recipe(tmp_path, 30)
    whole = run(tmp_path / "whole", data)
    file = tmp_path / "recipe.yaml"
    file.write_text(yaml.safe_dump(data), encoding="utf-8")
    output = tmp_path / "killed"
    command = [sys.executable, "-m", "corpusflow.cli", "run", str(file), "--output", str(output), "--workers", "2"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and len(list(output.glob("stages/*/*.json"))) < 12:
            time.sleep(0.01)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    # The workers of the killed run may still be at their last block.
    subprocess.run(command, capture_output=True, check=True)
    assert json.loads((output / "manifest.json").read_text()) == whole
    assert not list(output.rglob(".tmp-*"))
