"""Slices of a corpus: each a part of the input, made by a run of its own, on another machine perhaps."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from corpusflow.errors import StartError
from corpusflow.store.block import Block
from corpusflow.store.journals import journals_among, open_journal
from corpusflow.store.paths import LocalStore, Store
from corpusflow.store.reach import answering_store
from corpusflow.store.run_files import EMBEDDINGS, RUN
from jobs.lock import locked

TAKEN = ("stages", EMBEDDINGS)  # folders of a slice that a whole corpus can use
AT_ONCE = 16  # files that are copied at once
_SLICE = re.compile(r"([1-9]\d*)/([1-9]\d*)")


def parse_slice(text: str) -> tuple[int, int]:
    """`2/4`: the second of four. Raises StartError."""
    found = _SLICE.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise StartError(f"--slice {text}: write N/M, the slice's number from 1 and how many there are, as in 2/4")
    return int(found[1]), int(found[2])


def slice_parts(parts: Sequence[Block], number: int, count: int) -> list[Block]:
    """The parts of one slice, dealt in turn: files stand in the order of their names, and neighbours are alike.

    Raises StartError when there are fewer parts than slices.
    """
    if count > len(parts):
        raise StartError(
            f"--slice {number}/{count}: the input has {len(parts)} parts, one of which is a file, or part_files or "
            "part_urls of them; take fewer slices"
        )
    return list(parts[number - 1 :: count])


def open_slices(addresses: Iterable[str], store: Store) -> list[Store]:
    """The run directories of slices. Raises StartError for what is none, or is the whole corpus' own."""
    return [_open_slice(address, store) for address in addresses]


def take_slices(slices: Iterable[Store], store: Store) -> None:
    """Copies into a run directory what slices committed, and what they know of the web; what is there already stays.

    The directory is the caller's alone. Raises StartError where a run works in one of them.
    """
    for slice_ in slices:
        _take(slice_, store)


def _open_slice(address: str, store: Store) -> Store:
    slice_ = answering_store(address)
    if slice_.root == store.root:
        raise StartError(f"{address} is the output itself; name the slices")
    if not slice_.exists(RUN):
        raise StartError(f"{address} is no run directory (it has no {RUN})")
    return slice_


def _take(slice_: Store, store: Store) -> None:
    with locked(slice_):
        present = {name for folder in TAKEN for name in store.tree(folder)}
        wanted = [name for folder in TAKEN for name in slice_.tree(folder) if name not in present]
        if slice_.renames != store.renames:
            # A journal is one file here, and segments there.
            for name in sorted(set(journals_among(wanted)) - set(journals_among(present))):
                _copy_journal(slice_, store, name)
            wanted = [name for name in wanted if not journals_among([name])]
        # Sidecars last: what a killed merge leaves is no commit.
        sidecars = [name for name in wanted if name.endswith(".json")]
        for names in ([name for name in wanted if not name.endswith(".json")], sidecars):
            with ThreadPoolExecutor(AT_ONCE) as threads:
                list(threads.map(lambda name: _copy(slice_, store, name), names))


def _copy(source: Store, target: Store, name: str) -> None:
    # Journals are written to where they stand, all else is replaced.
    local = isinstance(source, LocalStore) and isinstance(target, LocalStore)
    if local and not journals_among([name]) and _linked(source.path(name), target.path(name)):
        return
    with source.open(name) as old, target.create(name) as new:
        shutil.copyfileobj(old, new, 1 << 20)
    target.publish(name)


def _copy_journal(source: Store, target: Store, name: str) -> None:
    with open_journal(source, name, read_only=True) as old, open_journal(target, name) as new:
        old.copy_to(new)


def _linked(old: str, new: str) -> bool:
    """Whether the file could be given a second name, which takes no room."""
    os.makedirs(os.path.dirname(new), exist_ok=True)
    try:
        os.link(old, new)
    except FileExistsError:
        return True
    except OSError:
        return False
    return True
