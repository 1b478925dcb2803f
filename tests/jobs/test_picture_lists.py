"""Runs that ask for what is made of pictures only then: PDQ hashes, faces, uses across the corpus."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PIL import Image

from corpusflow.document import Face
from corpusflow.models.registry import FACE_DETECTORS
from corpusflow.recipe import parse_recipe
from corpusflow.safety.hash_files import hash_of_file
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.launch import run_corpus
from tests.jobs.runs import made, run, shards, warc, worked
from tests.web import HOST, captures, jpeg, page, recipe, sentence, write_warc

SHARED = 50  # on the pages 10 to 12, under a URL of its own on each


@pytest.fixture
def data(tmp_path: Path) -> dict[str, Any]:
    items = captures(range(4))
    for number in range(10, 13):
        items.append((f"{HOST}/{number}.html", page(f"Page {number}", sentence(number), f"/shared{number}.jpg")))
        items.append((f"{HOST}/shared{number}.jpg", jpeg(SHARED)))
    return recipe(warc(write_warc(tmp_path / "a.warc.gz", items)), filters=[])


def with_filter(data: dict[str, Any], name: str, **options: Any) -> dict[str, Any]:
    return data | {"filters": [{"name": name, "options": options}]}


def dropped_images(manifest: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = manifest["summary"]["images"]["dropped"]
    return found


def test_a_picture_of_too_many_documents_goes_from_all_of_them(tmp_path: Path, data: dict[str, Any]) -> None:
    run(tmp_path / "out", data)
    before = made(tmp_path / "out")
    manifest = run(tmp_path / "out", with_filter(data, "image_uses", max_sha256_uses=2))
    assert dropped_images(manifest) == {"image_uses/image_in_many_documents": 3}
    assert set(worked(before, made(tmp_path / "out"))) == {"judge", "shard"}
    assert shards(run(tmp_path / "two", with_filter(data, "image_uses", max_sha256_uses=2), workers=2)) == shards(
        manifest
    )


def test_a_picture_of_a_pdq_list_goes_and_nothing_is_embedded_again(tmp_path: Path, data: dict[str, Any]) -> None:
    Image.open(io.BytesIO(jpeg(2))).resize((160, 128)).save(tmp_path / "bad.png")
    (tmp_path / "list").write_text(hash_of_file(tmp_path / "bad.png", "pdq"))
    run(tmp_path / "out", data)
    before = made(tmp_path / "out")
    options = {"path": str(tmp_path / "list"), "kind": "pdq", "max_distance": 31, "drop": "image"}
    manifest = run(tmp_path / "out", with_filter(data, "blocked_images", **options))
    assert dropped_images(manifest) == {"blocked_images/image_blocked": 1}
    assert set(worked(before, made(tmp_path / "out"))) == {"pdq", "align", "judge", "shard"}


@dataclass(frozen=True)
class WholeFace:
    """Every picture is one face, as sure as it is said. asked: how many pictures, in all runs."""

    min_score: float = 0.5

    name: ClassVar[str] = "faces/whole-1"
    asked: ClassVar[list[int]] = []

    def prepare(self) -> None:
        """Needs nothing."""

    def load(self) -> None:
        """Nothing to load."""

    def find(self, images: Sequence[Image.Image]) -> list[tuple[Face, ...]]:
        self.asked.append(len(images))
        return [(Face(0, 0, 1, 1, 0.75),) if self.min_score <= 0.75 else () for _ in images]


def test_another_detector_or_threshold_of_faces_embeds_nothing_again(
    tmp_path: Path, data: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FACE_DETECTORS, "whole", WholeFace)
    monkeypatch.setattr(WholeFace, "asked", [])
    output, after_faces = tmp_path / "out", {"faces", "align", "judge", "shard"}
    run(output, data)
    before = made(output)
    looking = with_filter(data, "faces") | {"embed": {"faces": {"name": "whole"}}}
    assert dropped_images(run(output, looking)) == {"faces/too_many_faces": 7}
    assert set(worked(before, made(output))) == after_faces
    assert sum(WholeFace.asked) == 6, "of the seven images two are one picture in one block"
    before = made(output)
    stricter = looking | {"embed": {"faces": {"name": "whole", "options": {"min_score": 0.8}}}}
    assert dropped_images(run(output, stricter)) == {}
    assert set(worked(before, made(output))) == after_faces
    before = made(output)
    run(output, stricter)
    assert not worked(before, made(output))


@pytest.mark.parametrize("until", ["faces", "pdq"])
def test_a_run_up_to_a_stage_that_is_not_asked_for_ends_before_it(
    tmp_path: Path, data: dict[str, Any], until: str
) -> None:
    registry = available_filters()
    assert run_corpus(parse_recipe(data, registry), registry, str(tmp_path / "out"), RunOptions(until=until)) is None
    assert {path.name.partition("-")[0] for path in (tmp_path / "out" / "stages").iterdir()} == {
        *("load", "extract", "clean", "screen", "select", "fetch")
    }
