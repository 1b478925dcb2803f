"""What the benchmark of faults shares: small real runs as processes, their shards, and rows of its table."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from tests.web import captures, recipe, write_warc

TIMEOUT_S = 120.0  # of a run that must end by itself


@dataclass(frozen=True)
class Outcome:
    """A line of the table. times: how often it was tried. same: how often the shards were those of an undisturbed run
    in the end."""

    fault: str
    times: int
    happened: str
    same: int


@dataclass(frozen=True)
class Made:
    """A small archive, its recipe, and the digests of the shards that an undisturbed run makes of it."""

    folder: Path
    archive: Path
    recipe: Path
    shards: dict[str, str]


def make(folder: Path, stories: range) -> Made:
    folder.mkdir(parents=True)
    archive = write_warc(folder / "a.warc.gz", captures(stories))
    file = folder / "recipe.yaml"
    # YAML reads JSON.
    file.write_text(json.dumps(recipe({"kind": "warc", "path": str(archive)})), encoding="utf-8")
    ended = end(file, folder / "whole")
    assert ended.returncode == 0, ended.stderr
    return Made(folder, archive, file, shards(folder / "whole"))


def command(recipe_file: Path, output: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "corpusflow.cli", "run", str(recipe_file), "--output", str(output), *more]


def end(recipe_file: Path, output: Path, *more: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """A run that is left to end."""
    words = command(recipe_file, output, *more)
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=TIMEOUT_S, **options)


def start(recipe_file: Path, output: Path, *more: str) -> subprocess.Popen[bytes]:
    """A run in a process group of its own."""
    return subprocess.Popen(command(recipe_file, output, *more), start_new_session=True, stdout=DEVNULL, stderr=DEVNULL)


def shards(output: Path) -> dict[str, str]:
    """Digests by name as the manifest tells them; none where there is no manifest."""
    file = output / "manifest.json"
    if not file.exists():
        return {}
    return {shard["name"]: shard["sha256"] for shard in json.loads(file.read_text())["shards"]}


def last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith("corpusflow: ")]
    return lines[-1].removeprefix("corpusflow: ") if lines else text.strip()[-200:]


def table(rows: Sequence[Outcome]) -> str:
    lines = ["| fault | times | what happened | shards the same |", "|---|---:|---|---:|"]
    lines += [f"| {row.fault} | {row.times} | {row.happened} | {row.same:d} of {row.times} |" for row in rows]
    return "\n".join(lines) + "\n"
