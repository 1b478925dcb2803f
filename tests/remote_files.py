"""Files for tests at an address."""

from __future__ import annotations

from pathlib import Path

from corpusflow.store.file_system import file_system


def put(address: str, data: bytes) -> str:
    system, path = file_system(address)
    system.pipe_file(path, data)
    return address


def put_folder(folder: Path, address: str) -> str:
    """A copy of what is in the folder."""
    for file in folder.rglob("*"):
        if file.is_file():
            put(f"{address}/{file.relative_to(folder).as_posix()}", file.read_bytes())
    return address


def remove(address: str) -> None:
    system, path = file_system(address)
    system.rm_file(path)
