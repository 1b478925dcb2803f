"""A block of any stage that is set aside: the run goes without it, every sum is right, and it can be tried again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyarrow.parquet as pq
import pytest
from PIL import Image

from corpusflow.document import Face
from corpusflow.errors import RunError
from corpusflow.models.registry import FACE_DETECTORS, IMAGE_SCORERS, IMAGE_TEXT_SCORERS
from corpusflow.store.commit import Commit
from corpusflow.store.paths import LocalStore
from corpusflow.store.run_files import ASIDE
from corpusflow.store.set_aside import BlockAtWork, set_aside
from tests.jobs.runs import run, shards, warc
from tests.transforms.scorers import Colours, Redness
from tests.web import captures, recipe, write_warc


@dataclass(frozen=True)
class NoFaces:
    name: ClassVar[str] = "faces/none-1"

    def prepare(self) -> None: ...

    def load(self) -> None: ...

    def find(self, images: Sequence[Image.Image]) -> list[tuple[Face, ...]]:
        return [() for _ in images]


@pytest.fixture(scope="module", autouse=True)
def _models() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(IMAGE_TEXT_SCORERS, "colours", Colours)
        patch.setitem(IMAGE_SCORERS, "redness", Redness)
        patch.setitem(FACE_DETECTORS, "nobody", NoFaces)
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Two archives of nine pages of a picture each, in blocks of three, with all optional stages that need no text
    model."""
    folder = tmp_path_factory.mktemp("input")
    (folder / "list").write_text("0" * 64)
    blocked = {"name": "blocked_images", "options": {"kind": "pdq", "path": str(folder / "list")}}
    embed = {"similarity": {"name": "colours"}, "safety": {"name": "redness"}, "faces": {"name": "nobody"}}
    return recipe(
        *(warc(write_warc(folder / f"{first}.warc.gz", captures(range(first, first + 9)))) for first in (0, 20)),
        filters=[blocked],
        embed=embed,
        align={"negatives": 4},
        limits={"failed_documents": 0.9},
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]) -> tuple[Path, dict[str, Any]]:
    """A run of all of it, and its manifest."""
    output = tmp_path_factory.mktemp("whole") / "out"
    return output, run(output, data)


def entry(output: Path, stage: str) -> BlockAtWork:
    """A block of a stage of a run that has ended: of those of images, which take their names from where the archive
    lies, a full one."""
    lines = (output / "plan" / "commits.jsonl").read_text().splitlines()
    commits = [Commit.from_json(json.loads(line)) for line in lines]
    commit = max((commit for commit in commits if commit.stage == stage), key=lambda one: one.counts.get("items", 0))
    return BlockAtWork(stage, commit.block, commit.folder, commit.key)


def without_first(stage: str, whole: Path, output: Path) -> BlockAtWork:
    """A copy of the run in which the first block of a stage is set aside."""
    shutil.copytree(whole, output)
    aside = entry(output, stage)
    store = LocalStore(str(output))
    store.remove(f"{aside.folder}/{aside.block}.json")
    set_aside(store, [aside])
    return aside


@pytest.mark.parametrize(
    ("stage", "documents", "images"),
    [
        ("load", 0, 0),
        ("extract", 3, 0),
        ("clean", 3, 0),
        ("screen", 3, 0),
        ("select", 3, 0),
        ("fetch", 0, 2),
        ("pdq", 0, 2),
        ("faces", 0, 2),
        ("embed", 0, 2),
        ("draw", 0, 0),
        ("align", 3, 0),
        ("judge", 3, 0),
    ],
)
def test_what_is_in_a_block_that_is_set_aside_fails_and_the_sums_are_right(
    stage: str, documents: int, images: int, tmp_path: Path, data: dict[str, Any], whole: tuple[Path, Any]
) -> None:
    output = tmp_path / "out"
    without_first(stage, whole[0], output)
    manifest = run(output, data)
    summary = manifest["summary"]
    assert sum(summary["documents"]["failed"].values()) == documents
    assert sum(summary["images"]["failed"].values()) == images
    assert summary["records"]["failed"] == ({"load/worker_killed": 1} if stage == "load" else {})
    assert manifest["samples"] == 18 - documents - (9 if stage == "load" else 0)
    assert summary["fetched"]["failed"] == images
    ledger = pq.read_table(output / "ledger" / "ledger.parquet").to_pylist()
    assert [row["stage"] for row in ledger if row["reason"] == "worker_killed" and not row["lost"]] == [stage]
    assert shards(run(output, data, retry_failed=True)) == shards(whole[1])
    assert not (output / ASIDE).exists()


@pytest.mark.parametrize("stage", ["negatives", "shard"])
def test_a_block_of_the_whole_corpus_cannot_be_left_out(
    stage: str, tmp_path: Path, data: dict[str, Any], whole: tuple[Path, Any]
) -> None:
    output = tmp_path / "out"
    aside = without_first(stage, whole[0], output)
    with pytest.raises(RunError, match=f"block {aside.block} of stage {stage} kills its worker"):
        run(output, data)


def test_limits_hold_for_what_was_set_aside(tmp_path: Path, data: dict[str, Any], whole: tuple[Path, Any]) -> None:
    output = tmp_path / "out"
    without_first("judge", whole[0], output)
    with pytest.raises(RunError, match=r"3 of 18 documents failed.*judge/worker_killed 3"):
        run(output, data | {"limits": {"failed_documents": 0.1}})


def test_with_another_recipe_the_block_is_tried(tmp_path: Path, data: dict[str, Any], whole: tuple[Path, Any]) -> None:
    output = tmp_path / "out"
    without_first("judge", whole[0], output)
    other = data | {"filters": [{"name": "image_size", "options": {"min_side": 10}}]}
    assert run(output, other)["samples"] == 18
