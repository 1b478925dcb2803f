"""The samples of a shard as any tar reader finds them: consecutive files whose names begin with one key."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from corpusflow.inspect.problem import Problem
from corpusflow.store.sample import BLOCK, END

# What tarfile raises over bytes that are not a tar: numbers and names that cannot be read, and files that end.
_TARFILE_RAISES = (tarfile.TarError, OSError, EOFError, ValueError, OverflowError)


@dataclass
class TarSample:
    """members: (name, content) in the order of the tar. offset, end: its byte range."""

    key: str
    offset: int
    end: int
    members: list[tuple[str, bytes]] = field(default_factory=list)


def tar_samples(file: BinaryIO, name: str) -> Iterator[TarSample | Problem]:
    """Memory: one sample. After a Problem of the tar itself nothing follows."""
    size = file.seek(0, 2)
    file.seek(0)
    sample: TarSample | None = None
    seen: set[str] = set()
    end = 0
    try:
        # "r:" takes plain tars only: what is compressed is not ours, and may grow without bound.
        with tarfile.open(fileobj=file, mode="r:") as tar:
            while (info := tar.next()) is not None:
                tar.members = []  # type: ignore[attr-defined]  # or tarfile keeps every one
                if not info.isreg() or not 0 <= info.size <= size - info.offset_data:
                    fault = "member_truncated" if info.isreg() else "member_no_file"
                    yield Problem(name, info.name.partition(".")[0], fault, f"{info.name} of {info.size:,} bytes")
                    return
                key = info.name.partition(".")[0]
                if sample is None or sample.key != key:
                    if sample is not None:
                        yield sample
                    if key in seen:
                        yield Problem(name, key, "members_apart", f"{info.name} stands apart from the others")
                    seen.add(key)
                    sample = TarSample(key, info.offset, info.offset)
                file.seek(info.offset_data)
                sample.members.append((info.name, file.read(info.size)))
                end = sample.end = info.offset_data + -(-info.size // BLOCK) * BLOCK
    except _TARFILE_RAISES as error:
        yield Problem(name, "", "tar_unreadable", f"{type(error).__name__}: {error}")
        return
    if sample is not None:
        yield sample
    file.seek(end)
    if file.read(len(END) + 1) != END:
        # tarfile takes a damaged header in the middle for the end of the tar.
        yield Problem(name, "", "tar_ends_early", f"from byte {end:,} of {size:,} on there is no file and no end mark")
