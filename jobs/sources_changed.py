"""Whether the sources are at a run's end what they were at its beginning: pictures are read long after pages."""

from __future__ import annotations

from collections.abc import Iterable

from corpusflow.errors import SourceChangedError
from corpusflow.sources.file_listing import files_version
from corpusflow.sources.page import Part
from corpusflow.store.address import find_files
from corpusflow.store.block import Block
from corpusflow.store.commit import Commit, read_rows, sidecar
from corpusflow.store.paths import Store
from corpusflow.store.run_files import read_commits

FILES = ("warc", "html")  # kinds of parts whose files others may write to


def hold_sources(parts: Iterable[Block], store: Store) -> None:
    """Raises SourceChangedError where a file of a part was written or removed since it was listed, and takes back the
    blocks of pictures that were read of it: their keys tell of what it was."""
    changed = [part for part in (Part.from_json(block.payload[0]) for block in parts) if _has_changed(part)]
    if not changed:
        return
    sources = {part.source for part in changed}
    for commit in read_commits(store)["fetch"]:
        if _is_made_of(commit, sources, store):
            store.remove(sidecar(commit.folder, commit.block))
    names = ", ".join(sorted(sources)[:3]) + (f" and {len(sources) - 3} more" if len(sources) > 3 else "")
    raise SourceChangedError(
        f"{names} changed while the run worked on it: no shards are told finished; run again to take it as it is now"
    )


def _has_changed(part: Part) -> bool:
    return part.kind in FILES and files_version(find_files(part.paths)) != part.version


def _is_made_of(commit: Commit, sources: set[str], store: Store) -> bool:
    places = (row["place"] for row in read_rows(store, commit, "parquet", ["place"]))
    return any(place is not None and place["source"] in sources for place in places)
