"""Whether a file can hold the weights of a model, by its first bytes: told before a run is hours old."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from corpusflow.errors import ModelError

_LEGACY = bytes.fromhex("80028a0a6cfc9c46f9206aa85019")  # the number by which torch.save began until its release 1.6
_LFS = b"version https://git-lfs"
_MAX_HEADER = 100_000_000  # bytes; safetensors reads no longer one
_SHOWN = 20  # bytes


def check_torch_file(file: Path, told: str) -> None:
    """Raises ModelError when it is no file that torch.save or safetensors writes, or not the whole of one.

    told: what the user calls it. Nothing is loaded: what the weights are is seen later.
    """
    if file.suffix == ".safetensors":
        safetensors_shapes(file, told)
        return
    begins = _beginning(file)
    if begins.startswith(b"PK\x03\x04"):
        _check_archive(file, told)
    elif not begins.startswith(_LEGACY):
        raise ModelError(_no_weights(told, "torch", begins))


def safetensors_shapes(file: Path, told: str) -> dict[str, list[int]]:
    """Shape of each tensor, by name. Raises ModelError as `check_torch_file` does."""
    size = file.stat().st_size
    with file.open("rb") as data:
        length = int.from_bytes(data.read(8), "little")
        header = data.read(length) if length <= min(size - 8, _MAX_HEADER) else b""
    if not header.startswith(b"{"):
        raise ModelError(_no_weights(told, "safetensors", _beginning(file)))
    try:
        tensors: dict[str, dict[str, Any]] = json.loads(header)
        tensors.pop("__metadata__", None)
        shapes = {name: list(tensor["shape"]) for name, tensor in tensors.items()}
        end = max((tensor["data_offsets"][1] for tensor in tensors.values()), default=0)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{told} is no file of safetensors weights: its header cannot be read: {error}") from error
    if size != 8 + length + end:
        raise ModelError(
            f"{told} is not whole: it has {size} bytes, its header tells of {8 + length + end}; get it again"
        )
    return shapes


def _check_archive(file: Path, told: str) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            names = {name.rpartition("/")[2] for name in archive.namelist()}
    except zipfile.BadZipFile as error:
        raise ModelError(
            f"{told} is not whole: it begins as torch.save writes, but its end is missing; get it again"
        ) from error
    if "data.pkl" not in names:
        raise ModelError(f"{told} is no file of torch weights, but another zip archive")
    if "constants.pkl" in names:
        raise ModelError(f"{told} is a TorchScript program; load it with torch.jit.load and save its state_dict()")


def _no_weights(told: str, kind: str, begins: bytes) -> str:
    if begins.startswith(_LFS):
        return f"{told} is a pointer of Git LFS, not the weights; bring them with `git lfs pull`"
    text = begins[:_SHOWN].decode("ascii", "replace")
    shown = repr(text) if text.isprintable() and "\ufffd" not in text else f"the bytes {begins[:8].hex(' ')}"
    state = f"begins with {shown}" if begins else "is empty"
    return f"{told} is no file of {kind} weights: it {state}; get it again, or name another"


def _beginning(file: Path) -> bytes:
    with file.open("rb") as data:
        return data.read(64)
