from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from PIL import Image

from corpusflow import cli
from corpusflow.errors import ImageError
from corpusflow.images.decode import Limits, store_form
from corpusflow.images.pdq import pdq
from corpusflow.safety.hash_files import hash_of_file, picture_files
from corpusflow.safety.hash_list import HASH_KINDS, parse_hash_list
from tests.corpusflow.images.test_pdq import scene
from tests.corpusflow.test_cli import call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures, one of them in a folder below, and a file that is none."""
    (tmp_path / "below").mkdir()
    scene(320, 240).save(tmp_path / "b.PNG")
    scene(320, 240).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "below" / "a.jpg")
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_a_folder_is_searched_for_pictures_and_a_file_is_taken_as_it_is(folder: Path) -> None:
    assert list(picture_files([str(folder)])) == [folder / "b.PNG", folder / "below" / "a.jpg"]
    assert list(picture_files([str(folder / "notes.txt")])) == [folder / "notes.txt"]


def test_every_kind_is_the_hash_that_a_run_has_of_the_picture(folder: Path) -> None:
    data = (folder / "b.PNG").read_bytes()
    known = store_form(data, "b", Limits())[1]
    expected = {
        "sha256": known.source_sha256,
        "sha1": known.source_sha1,
        "md5": hashlib.md5(data).hexdigest(),
        "phash": known.phash,
        "dhash": known.dhash,
        "pdq": pdq(scene(320, 240))[0],
    }
    assert {kind: hash_of_file(folder / "b.PNG", kind) for kind in HASH_KINDS} == expected


@pytest.mark.parametrize("kind", ["phash", "dhash", "pdq"])
def test_a_picture_with_nothing_to_see_has_no_place_in_a_list_of_looks(tmp_path: Path, kind: str) -> None:
    Image.new("RGB", (100, 100), "white").save(tmp_path / "white.png")
    with pytest.raises(ImageError, match="image_too_plain"):
        hash_of_file(tmp_path / "white.png", kind)  # type: ignore[arg-type]
    assert len(hash_of_file(tmp_path / "white.png", "md5")) == 32


@pytest.mark.parametrize("kind", HASH_KINDS)
def test_the_command_prints_a_list_that_the_filter_reads(folder: Path, kind: str) -> None:
    lines = call("hashes", str(folder), "--kind", kind).splitlines()
    assert lines[0] == f"# kind: {kind}"
    assert [line.split()[1] for line in lines[1:]] == [str(folder / "b.PNG"), str(folder / "below" / "a.jpg")]
    assert len(parse_hash_list(lines, kind).hashes) == 2  # type: ignore[arg-type]


def test_what_cannot_be_decoded_is_named_after_which_the_rest_is_printed(folder: Path) -> None:
    (folder / "a.jpg").write_bytes(b"no picture")
    said = call("hashes", str(folder), str(folder / "none.png"), code=cli.EXIT_FAILED)
    assert f"image_not_recognised: {folder / 'a.jpg'}" in said
    assert f"file_unreadable: {folder / 'none.png'}" in said
    assert sum(str(folder / "b") in line for line in said.splitlines()) == 2


def test_an_unknown_kind_is_told_with_those_that_there_are(folder: Path) -> None:
    assert "there are the kinds sha256" in call("hashes", str(folder), "--kind", "md4", code=cli.EXIT_USAGE)
