from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from corpusflow.inspect.folder import write_folders
from corpusflow.inspect.samples import read_documents
from tests.corpusflow.inspect.runs import HERON, SHORT, finished_run, kept_documents


def test_a_sample_becomes_a_folder_with_document_pictures_and_json(tmp_path: Path) -> None:
    write_folders(read_documents(finished_run(tmp_path / "run"), [HERON.id]), tmp_path / "out")
    place = tmp_path / "out" / HERON.id
    picture = f"{HERON.id}.0.jpg"
    assert {path.name for path in place.iterdir()} == {"document.md", "sample.json", picture}
    assert (place / picture).read_bytes() == kept_documents()[0][1][0]
    assert json.loads((place / "sample.json").read_text(encoding="utf-8"))["sample_id"] == HERON.id
    assert f"![A heron](<{picture}>)" in (place / "document.md").read_text(encoding="utf-8")


def test_a_dropped_document_has_no_json(tmp_path: Path) -> None:
    write_folders(read_documents(finished_run(tmp_path / "run"), [SHORT.id]), tmp_path / "out")
    assert [path.name for path in (tmp_path / "out" / SHORT.id).iterdir()] == ["document.md"]


def test_no_file_is_written_outside_the_folder(tmp_path: Path) -> None:
    (view,) = read_documents(finished_run(tmp_path / "run"), [HERON.id])
    write_folders([dataclasses.replace(view, pictures={"../../escaped.jpg": b"x"})], tmp_path / "out")
    assert not (tmp_path / "escaped.jpg").exists()
    assert (tmp_path / "out" / HERON.id / "escaped.jpg").exists()
