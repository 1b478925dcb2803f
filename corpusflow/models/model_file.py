"""Models that users bring as files: on this machine or at an address."""

from __future__ import annotations

from pathlib import Path

from corpusflow.errors import ModelError
from corpusflow.models.remote_file import remote_file
from corpusflow.store.address import is_address


def model_file(path: str, kind: str) -> Path:
    """The file, which is there; of an address the copy on this machine, see `corpusflow.models.remote_file`.

    kind: what it should be, for the ModelError otherwise: `fastText model`.
    """
    if is_address(path):
        return remote_file(path, kind)
    file = Path(path).expanduser()
    if not file.is_file():
        raise ModelError(f"there is no {kind} {str(file)!r}")
    return file
