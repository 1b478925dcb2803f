"""Runs whose filters ask for what is made of pictures only then: PDQ hashes, uses across the corpus."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from corpusflow.safety.hash_files import hash_of_file
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
