"""Grouping by key through files: a runner on one machine holds what it groups in memory for as long as the graph runs,
several times over. Here it gets references only, and a worker holds one part of all keys at a time.
"""

from __future__ import annotations

import io
import os
import pickle
import uuid
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import GlobalWindows

from corpusflow.store.output_file import writing
from corpusflow.store.paths import TEMPORARY, Store

PARTS = 256  # of all keys, by their hash
HELD = 8 << 20  # bytes that a worker holds of one grouping before it writes them

Section = tuple[str, int, int]  # file, where in it, bytes


def part_of(key: Any) -> int:
    """Of a str, an int or a tuple of such: the same on every machine."""
    return zlib.crc32(repr(key).encode("utf-8", "surrogatepass")) % PARTS


class WriteSections(beam.DoFn):
    """(key, value) to (part of all keys, Section with what falls into it). The files have the names of temporary ones,
    so that nobody takes them for output, and whoever sweeps the store removes them.

    side: written with each value, where several sides are to be joined.
    """

    def __init__(self, store: Store, side: str = "") -> None:
        self.store = store
        self.side = side

    def start_bundle(self) -> None:
        self._held: dict[int, bytearray] = defaultdict(bytearray)
        self._bytes = 0

    def process(self, element: tuple[Any, Any]) -> Iterator[tuple[int, Section]]:
        key, value = element
        data = pickle.dumps((key, (self.side, value) if self.side else value), pickle.HIGHEST_PROTOCOL)
        self._held[part_of(key)] += data
        self._bytes += len(data)
        if self._bytes >= HELD:
            yield from self._written()

    def finish_bundle(self) -> Iterator[Any]:
        for section in self._written():
            yield GlobalWindows.windowed_value(section)

    def _written(self) -> list[tuple[int, Section]]:
        if not self._held:
            return []
        # A name of its own: a bundle that is run again writes another file, and nobody reads the first.
        path = self.store.path(f"{TEMPORARY}keys-{uuid.uuid4().hex}")
        sections: list[tuple[int, Section]] = []
        offset = 0
        with writing(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                for part, data in self._held.items():
                    file.write(data)
                    sections.append((part, (path, offset, len(data))))
                    offset += len(data)
        self._held, self._bytes = defaultdict(bytearray), 0
        return sections


def groups(element: tuple[int, Iterable[Section]]) -> Iterator[tuple[Any, list[Any]]]:
    """(key, its values) of one part of all keys. Memory: the part."""
    found: dict[Any, list[Any]] = defaultdict(list)
    for path, offset, length in element[1]:
        with open(path, "rb") as file:
            file.seek(offset)
            stored = io.BytesIO(file.read(length))
        while stored.tell() < length:
            key, value = pickle.load(stored)
            found[key].append(value)
    yield from found.items()


class GroupKeys(beam.PTransform):
    """As beam.GroupByKey, in a store that is no disk just this: what many machines share has a runner that spills."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store

    def expand(self, pairs: beam.PCollection[tuple[Any, Any]]) -> beam.PCollection[tuple[Any, Iterable[Any]]]:
        if not self.store.renames:
            return pairs | "Group" >> beam.GroupByKey()
        return (
            pairs
            | "Write" >> beam.ParDo(WriteSections(self.store))
            | "Group parts" >> beam.GroupByKey()
            | "Read" >> beam.FlatMap(groups)
        )


def joined(element: tuple[int, Iterable[Section]], sides: Iterable[str]) -> Iterator[tuple[Any, dict[str, list[Any]]]]:
    """(key, the values of each side) of one part of all keys. Memory: the part."""
    for key, values in groups(element):
        by_side: dict[str, list[Any]] = {side: [] for side in sides}
        for side, value in values:
            by_side[side].append(value)
        yield key, by_side


class JoinKeys(beam.PTransform):
    """As beam.CoGroupByKey."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store

    def expand(self, sides: dict[str, beam.PCollection[tuple[Any, Any]]]) -> beam.PCollection[tuple[Any, Any]]:
        if not self.store.renames:
            return sides | "Join" >> beam.CoGroupByKey()
        # Written before they are put together: a runner holds all that goes through a Flatten.
        sections = tuple(
            pairs | f"Write {side}" >> beam.ParDo(WriteSections(self.store, side)) for side, pairs in sides.items()
        )
        return (
            sections
            | "All sides" >> beam.Flatten()
            | "Group parts" >> beam.GroupByKey()
            | "Read" >> beam.FlatMap(joined, tuple(sides))
        )
