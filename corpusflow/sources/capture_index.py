"""Rows of a crawl's index: which pages stand where in which archive. Parquet, CSV, or the lines of a CDX server."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from corpusflow.errors import StartError
from corpusflow.sources.file_listing import list_files
from corpusflow.sources.page import Capture
from corpusflow.store.address import open_input

SUFFIXES = (".parquet", ".csv", ".csv.gz", ".json", ".json.gz", ".jsonl", ".jsonl.gz", ".cdxj", ".cdxj.gz")
# By field of a Capture, its name in the columnar index and in the CDX server's answers.
_NAMES = {
    "url": ("url",),
    "archive": ("warc_filename", "filename"),
    "offset": ("warc_record_offset", "offset"),
    "length": ("warc_record_length", "length"),
}


def read_captures(path: str) -> Iterator[Capture]:
    """The rows in their order, whatever else they tell. path: a file, a directory or a glob.

    Raises StartError for a file that is no index, naming the row that is none.
    """
    for file in list_files(path, SUFFIXES).paths:
        try:
            with open_input(file) as stored:
                for number, row in enumerate(_rows(stored), start=1):
                    yield _capture(row, f"{file} row {number}")
        except (OSError, EOFError, UnicodeDecodeError, csv.Error, json.JSONDecodeError) as error:
            raise StartError(f"{file}: no index that can be read: {error}") from error


def _rows(stored: BinaryIO) -> Iterator[Mapping[str, Any]]:
    head = stored.read(4)
    stored.seek(0)
    if head == b"PAR1":
        yield from _parquet_rows(stored)
        return
    plain = gzip.GzipFile(fileobj=stored) if head.startswith(b"\x1f\x8b") else stored
    with io.TextIOWrapper(plain, encoding="utf-8-sig", newline="") as lines:
        first = lines.readline()
        rest = _with_first(first, lines)
        yield from _json_rows(rest) if "{" in first else csv.DictReader(rest)


def _with_first(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _parquet_rows(stored: BinaryIO) -> Iterator[Mapping[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(stored) as table:
            known = {name for names in _NAMES.values() for name in names}
            columns = [name for name in table.schema_arrow.names if name in known]
            for batch in table.iter_batches(columns=columns):
                yield from batch.to_pylist()
    except pa.ArrowException as error:
        raise StartError(f"{stored.name}: no Parquet file that can be read: {error}") from error


def _json_rows(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Lines of JSON, each perhaps behind a key and a time as in CDXJ."""
    for line in lines:
        if line.strip():
            row = json.loads(line[max(line.find("{"), 0) :])
            yield row if isinstance(row, dict) else {}


def _capture(row: Mapping[str, Any], place: str) -> Capture:
    values = {field: _value(row, names, place) for field, names in _NAMES.items()}
    try:
        capture = Capture(values["url"], values["archive"], int(values["offset"]), int(values["length"]))
    except ValueError as error:
        raise StartError(f"{place}: offset and length must be numbers: {error}") from error
    if capture.offset < 0 or capture.length <= 0:
        raise StartError(f"{place}: {capture.length} bytes at {capture.offset} are no record")
    return capture


def _value(row: Mapping[str, Any], names: tuple[str, ...], place: str) -> str:
    for name in names:
        if row.get(name) not in (None, ""):
            return str(row[name])
    raise StartError(f"{place}: has no {' or '.join(repr(name) for name in names)}")
