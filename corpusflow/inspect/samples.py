"""Reads a few documents of a finished run: drawn ones that were kept, drawn ones that were dropped, or named ones."""

from __future__ import annotations

import hashlib
import heapq
import io
import json
import re
import tarfile
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusflow.errors import RunError
from corpusflow.inspect.copies import copies_of
from corpusflow.inspect.extracted import extracted_documents
from corpusflow.inspect.ledger import rows_by_document, rows_where
from corpusflow.inspect.view import SampleView, dropped_view, sample_view
from corpusflow.store.manifest import read_manifest
from corpusflow.store.paths import Store
from corpusflow.store.ranges import RangeReader

KEY = re.compile(r"[0-9A-Za-z_-]+")  # what a key may be: it becomes the name of a folder


class Place(NamedTuple):
    """Where a sample's members are."""

    key: str
    shard: str
    offset: int
    length: int


def read_samples(store: Store, number: int, *, seed: int = 0) -> list[SampleView]:
    """At most `number` kept samples: for one seed always the same ones. Raises RunError before the run's end.

    Reads the shards' tables and the byte ranges of the drawn samples, not whole shards.
    """
    drawn = heapq.nsmallest(number, _places(store), key=lambda place: _draw(seed, place.key))
    return _read(store, drawn)


def read_dropped(store: Store, number: int, *, seed: int = 0, reason: str = "") -> list[SampleView]:
    """At most `number` documents that were dropped as a whole, drawn alike.

    reason: only those that went for it, as `document_too_short`, `text_length/document_too_short`, or `text_length` for
    all of that filter's, and those, kept ones too, that lost a text or an image for it; empty: those that went for any.
    """
    condition = (pc.field("document") != "") & ~pc.field("failed")
    if reason:
        rule, _, fault = reason.rpartition("/")
        if rule:
            condition &= (pc.field("filter") == rule) & (pc.field("reason") == fault)
        else:
            condition &= (pc.field("filter") == reason) | (pc.field("reason") == reason)
    else:
        condition &= pc.field("unit") == "document"
    drawn: set[tuple[bytes, str]] = set()
    for row in rows_where(store, condition):
        drawn.add((_draw(seed, row.document), row.document))
        if len(drawn) > number:
            drawn.remove(max(drawn))
    return read_documents(store, [document for _, document in sorted(drawn)])


def read_documents(store: Store, keys: Collection[str]) -> list[SampleView]:
    """The documents with these keys in the order of `keys`, kept, dropped or failed. Raises RunError for a key that
    neither a shard nor the ledger knows."""
    kept = [place for place in _places(store) if place.key in set(keys)]
    views = {view.key: view for view in _read(store, kept)}
    views |= {view.key: view for view in _read_dropped(store, [key for key in keys if key not in views])}
    for key in keys:
        if key not in views:
            raise RunError(f"{store.path('')}: no sample and no dropped document has the key '{key}'")
    return [views[key] for key in keys]


def _places(store: Store) -> Iterator[Place]:
    for shard in read_manifest(store)["shards"]:
        name = shard["name"]
        with store.open(name.removesuffix(".tar") + ".parquet") as file, pq.ParquetFile(file) as table:
            for batch in table.iter_batches(columns=["key", "offset", "length"]):
                for row in batch.to_pylist():
                    yield Place(row["key"], name, row["offset"], row["length"])


def _draw(seed: int, key: str) -> bytes:
    return hashlib.sha256(f"{seed} {key}".encode()).digest()


def _read(store: Store, places: Collection[Place]) -> list[SampleView]:
    rows = rows_by_document(store, [place.key for place in places])
    documents = extracted_documents(store, rows)
    copies = copies_of(store, (place.key for place in places))
    views = []
    with RangeReader(store) as stored:
        for place in places:
            members = _members(stored.read(place.shard, place.offset, place.length))
            sample = json.loads(members.pop(f"{_checked(place.key)}.json")) | {"sample_id": place.key}
            known = rows.get(place.key, ()), documents.get(place.key), copies[place.key]
            views.append(sample_view(sample, members, place.shard, *known))
    return views


def _read_dropped(store: Store, keys: Iterable[str]) -> list[SampleView]:
    keys = [_checked(key) for key in keys]
    rows = rows_by_document(store, keys)
    documents = extracted_documents(store, rows)
    views = []
    for key in keys:
        whole = next((row for row in rows.get(key, ()) if row.unit == "document" and row.lost), None)
        if whole is not None:
            views.append(dropped_view(whole, rows[key], documents.get(key)))
    return views


def _members(data: bytes) -> dict[str, bytes]:
    """Name and content of the tar members in a byte range of a shard."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
        return {info.name: file.read() for info in tar if (file := tar.extractfile(info)) is not None}


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise RunError(f"{key!r} is no key of a sample")
    return key
