"""The index of a corpus: the keys of the documents that a run kept, against which later corpora are compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpusflow.store.address import folder_of, is_folder, last_name
from corpusflow.store.commit import digest_of
from corpusflow.store.paths import Store, open_store
from corpusflow.store.run_files import INDEX

VERSION = 1
ABOUT = b"corpusflow"  # of the file's metadata

# One row per kept document, a row group per block. signature: null where the run wanted no near texts, and for a
# document without words. images: keys of all image URLs that the filters of text left; images_key: of those that
# select left too. paragraphs: their keys within the host; null where the run did not ask for them.
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("url", pa.string()),
        ("url_key", pa.string()),
        ("text_key", pa.string()),
        ("language", pa.string()),
        ("signature", pa.binary()),
        ("images_key", pa.string()),
        ("images", pa.list_(pa.string())),
        ("paragraphs", pa.list_(pa.string())),
    ]
)


@dataclass(frozen=True)
class KeyIndex:
    """An index that lies somewhere.

    digest: of its content. corpus: what it holds. signatures: how these were made, None for none. groups: how many
    rows each row group has.
    """

    store: Store
    file: str
    digest: str
    corpus: str
    signatures: Mapping[str, Any] | None
    groups: tuple[int, ...]

    @property
    def name(self) -> str:
        """For people and for the ledger; the same wherever the file lies."""
        return f"corpus '{self.corpus}', index {self.digest[:8]}"

    def rows(self, group: int, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Of one row group."""
        with self.store.open(self.file) as file, pq.ParquetFile(file) as table:
            yield from table.read_row_group(group, columns=list(columns)).to_pylist()


def read_index(path: str) -> KeyIndex:
    """The index in a run directory, or that file itself. Raises ValueError where there is none."""
    try:
        folder, file = (path, INDEX) if is_folder(path) else (folder_of(path), last_name(path))
    except OSError as error:
        raise ValueError(str(error)) from error
    store = open_store(folder)
    try:
        with store.open(file) as opened, pq.ParquetFile(opened) as table:
            about = json.loads((table.schema_arrow.metadata or {})[ABOUT])
            groups = tuple(table.metadata.row_group(number).num_rows for number in range(table.num_row_groups))
        version, corpus, signatures = about["version"], about["corpus"], about["signatures"]
    except FileNotFoundError as error:
        raise ValueError(f"{store.path(file)} is not there; run that corpus to its end, which writes it") from error
    except (OSError, ValueError, LookupError, TypeError, pa.ArrowException) as error:
        raise ValueError(f"{store.path(file)} is no index of a corpus, or damaged: {error}") from error
    if version != VERSION:
        raise ValueError(f"{store.path(file)} is of version {version}, not {VERSION}; run that corpus again")
    return KeyIndex(store, file, digest_of(store, file), corpus, signatures, groups)


def write_index(
    store: Store, corpus: str, signatures: Mapping[str, Any] | None, blocks: Iterable[Sequence[Mapping[str, Any]]]
) -> None:
    """Writes the index of a run. blocks: rows of SCHEMA, held one block at a time."""
    about = {"version": VERSION, "corpus": corpus, "signatures": signatures}
    schema = SCHEMA.with_metadata({ABOUT: json.dumps(about, sort_keys=True).encode()})
    with store.create(INDEX) as file, pq.ParquetWriter(file, schema, compression="zstd", compression_level=1) as writer:
        for rows in blocks:
            if rows:
                writer.write_table(pa.Table.from_pylist(list(rows), schema=schema))
    store.publish(INDEX)
