"""Which documents may be near: those that agree on a band of their signatures, each paired with the best of them.

A document is a place here: its block and its row there. The bands of a block's documents travel as arrays, many in one
element, since there are dozens of them for each document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from corpusflow.text.minhash import band_keys
from transforms.copies import DocumentKey, moment

# What decides which document is the best: as DocumentKey.rank, an earlier corpus counted into merit; then the id, of
# which eight characters tell apart what has the same merit and time. The order of places decides the rest.
PLACED = np.dtype([("row", "<u4"), ("merit", "<u8"), ("time", "<u8"), ("id", ">u8")])
# A document's band. document: its place in the array of PLACED that comes along.
BAND = np.dtype([("key", "<u8"), ("document", "<u4")])
# Two documents that may be near. block: of the lesser one, its place in a list of names that comes along.
PAIR = np.dtype([("better", "<u4"), ("block", "<u4"), ("lesser", "<u4")])

_EARLIER = np.uint64(1 << 63)

# Of one block and one part of all keys: its id, its documents as PLACED, their bands as BAND.
Bands = tuple[str, bytes, bytes]


def placed(documents: Iterable[DocumentKey], rows: Iterable[int]) -> np.ndarray:
    """Documents and their rows as PLACED."""
    found = [
        (
            row,
            int(_EARLIER) if document.earlier else document.merit,
            moment(document.fetched_at),
            int.from_bytes(document.id.encode()[:8].ljust(8, b"\0"), "big"),
        )
        for document, row in zip(documents, rows, strict=True)
    ]
    return np.array(found, PLACED)


def bands_by_part(
    block: str, documents: np.ndarray, signatures: np.ndarray, salts: np.ndarray, shape: tuple[int, int], parts: int
) -> Iterator[tuple[int, Bands]]:
    """(part of all keys, Bands of a block that fall into it).

    documents: (N,) PLACED. signatures: (N, permutations). salts: (N,) uint64; only documents with the same one can
    meet. shape: bands and rows. parts: how many there are.
    """
    keys = band_keys(signatures, *shape) ^ salts[:, None]
    part_of = (keys % np.uint64(parts)).astype(np.int64)
    for part in range(parts):
        numbers, columns = np.nonzero(part_of == part)
        if not len(numbers):
            continue
        present, places = np.unique(numbers, return_inverse=True)
        bands = np.empty(len(numbers), BAND)
        bands["key"], bands["document"] = keys[numbers, columns], places
        yield part, (block, documents[present].tobytes(), bands.tobytes())


def pairs(element: tuple[int, Iterable[Bands]]) -> Iterator[tuple[str, tuple[tuple[str, ...], bytes]]]:
    """(block of the better ones, (names of blocks, PAIRs as bytes)) of what meets in a part of all keys.

    Each document is paired with the best under its key only, so a thousand equal ones make a thousand pairs. Those of
    earlier corpora are never the lesser ones. Memory: the part, some 28 bytes a band.
    """
    blobs = sorted(element[1])
    names = [block for block, _, _ in blobs]
    documents = [np.frombuffer(data, PLACED) for _, data, _ in blobs]
    bands = [np.frombuffer(data, BAND) for _, _, data in blobs]
    starts = np.cumsum([0, *map(len, documents)])
    key = np.concatenate([part["key"] for part in bands])
    document = np.concatenate([part["document"] + start for part, start in zip(bands, starts, strict=False)])
    better, lesser = _with_the_best(key, document, np.concatenate(documents))
    if not len(lesser):
        return
    block = np.repeat(np.arange(len(names)), np.diff(starts))
    row = np.concatenate([part["row"] for part in documents])
    for number in np.unique(block[better]):
        mine = block[better] == number
        found = np.empty(int(mine.sum()), PAIR)
        used, found["block"] = np.unique(block[lesser[mine]], return_inverse=True)
        found["better"], found["lesser"] = row[better[mine]], row[lesser[mine]]
        yield names[number], (tuple(names[place] for place in used), found.tobytes())


def _with_the_best(key: np.ndarray, document: np.ndarray, ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best documents and those that meet them, without repetition. key, document: of each band. ranks: PLACED of
    each document, in the order of places."""
    order = np.argsort(key, kind="stable")
    key, document = key[order], document[order]
    same = key[1:] == key[:-1]
    met = np.concatenate([same, [False]]) | np.concatenate([[False], same])
    key, document = key[met], document[met]
    found = ranks[document]
    order = np.lexsort((document, found["id"], ~found["time"], ~found["merit"], key))
    key, document = key[order], document[order]
    first = np.concatenate([[True], key[1:] != key[:-1]])
    better = document[np.maximum.accumulate(np.where(first, np.arange(len(key)), 0))]
    wanted = ~first & (ranks["merit"][document] != _EARLIER)
    both = np.unique(np.stack([better[wanted], document[wanted]], axis=1), axis=0)
    return both[:, 0], both[:, 1]


def by_block(found: Iterable[Any]) -> Iterator[tuple[str, np.ndarray]]:
    """(block of the lesser ones, PAIRs without repetition), by name, of what `pairs` found for one block."""
    collected: dict[str, list[np.ndarray]] = {}
    for names, data in found:
        table = np.frombuffer(data, PAIR)
        for number, name in enumerate(names):
            collected.setdefault(name, []).append(table[table["block"] == number][["better", "lesser"]])
    for name in sorted(collected):
        yield name, np.unique(np.concatenate(collected[name]))
