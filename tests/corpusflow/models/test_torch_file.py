from __future__ import annotations

import importlib.util
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from corpusflow.errors import ModelError
from corpusflow.models.torch_file import check_torch_file, safetensors_shapes

LEGACY = bytes.fromhex("80028a0a6cfc9c46f9206aa85019")


def safetensors(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    text = json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


WHOLE = {"a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]}, "__metadata__": {"format": "pt"}}


def archive(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(f"model/{name}", "content")
    return path


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="the extra clip is not installed")
def test_what_torch_and_safetensors_write_passes(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    tensors = {"a": torch.zeros(3, 2), "b": torch.zeros(())}
    for number, new in enumerate((True, False)):
        file = tmp_path / f"{number}.pt"
        torch.save(tensors, file, _use_new_zipfile_serialization=new)
        check_torch_file(file, "it")
    save_file(tensors, tmp_path / "a.safetensors", {"format": "pt"})
    check_torch_file(tmp_path / "a.safetensors", "it")
    assert safetensors_shapes(tmp_path / "a.safetensors", "it") == {"a": [3, 2], "b": []}
    save_file({}, tmp_path / "none.safetensors")
    assert safetensors_shapes(tmp_path / "none.safetensors", "it") == {}


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"", "it is empty; get it again"),
        (b"<html>not found</html>", "it begins with '<html>not found</htm'; get it again, or name another"),
        (bytes([7, 255, 0, 0, 0, 0, 0, 0, 0, 9]), "it begins with the bytes 07 ff 00 00 00 00 00 00;"),
        (b"\x80\x04\x95\n", "it begins with the bytes 80 04 95 0a;"),
    ],
)
@pytest.mark.parametrize(("ending", "kind"), [("pt", "torch"), ("bin", "torch"), ("safetensors", "safetensors")])
def test_another_file_is_told_by_how_it_begins(
    tmp_path: Path, ending: str, kind: str, content: bytes, shown: str
) -> None:
    file = tmp_path / f"x.{ending}"
    file.write_bytes(content)
    with pytest.raises(ModelError) as error:
        check_torch_file(file, "gs://b/x")
    assert str(error.value).startswith(f"gs://b/x is no file of {kind} weights: {shown}")


@pytest.mark.parametrize("ending", ["pt", "safetensors"])
def test_a_pointer_of_git_lfs_is_told(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"x.{ending}"
    file.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
    with pytest.raises(ModelError, match=r"^it is a pointer of Git LFS.*git lfs pull"):
        check_torch_file(file, "it")


def test_the_legacy_number_passes_and_a_part_of_it_does_not(tmp_path: Path) -> None:
    file = tmp_path / "x.pth"
    file.write_bytes(LEGACY + b".")
    check_torch_file(file, "it")
    file.write_bytes(LEGACY[:-1])
    with pytest.raises(ModelError, match="no file of torch weights"):
        check_torch_file(file, "it")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("data.pkl", "data/0"), ""),
        (("readme.txt",), "another zip archive"),
        (("data.pkl", "constants.pkl"), r"a TorchScript program; load it with torch\.jit\.load"),
    ],
)
def test_of_zip_archives_only_those_with_tensors_alone_pass(
    tmp_path: Path, names: tuple[str, ...], message: str
) -> None:
    file = archive(tmp_path / "x.pt", *names)
    if not message:
        check_torch_file(file, "it")
        return
    with pytest.raises(ModelError, match=message):
        check_torch_file(file, "it")


def test_an_archive_without_its_end_is_told(tmp_path: Path) -> None:
    file = archive(tmp_path / "x.pt", "data.pkl")
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(ModelError, match=r"it is not whole: it begins as torch\.save writes, but its end is missing"):
        check_torch_file(file, "it")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (safetensors(WHOLE, bytes(8)), ""),
        (safetensors(WHOLE, bytes(7)), r"it is not whole: it has \d+ bytes, its header tells of \d+"),
        (safetensors(WHOLE, bytes(9)), "it is not whole"),
        (safetensors(WHOLE, length=10**6), "no file of safetensors weights: it begins with"),
        (safetensors({"a": {}}), "its header cannot be read"),
        (safetensors({"a": [1]}), "its header cannot be read"),
        (safetensors({}, length=1), "its header cannot be read"),
        (safetensors([]), "no file of safetensors weights"),
    ],
)
def test_a_header_of_safetensors_must_fit_its_file(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "x.safetensors"
    file.write_bytes(content)
    if not message:
        assert safetensors_shapes(file, "it") == {"a": [2, 1]}
        return
    with pytest.raises(ModelError, match=message):
        check_torch_file(file, "it")
