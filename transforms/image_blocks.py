"""Image blocks: the images of a set of hosts, or of a stretch of an archive, planned so that none is fetched twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from corpusflow.fetch.client import ClientSettings
from corpusflow.fetch.journaled import is_settled
from corpusflow.fetch.retries import may_pass
from corpusflow.images.decode import Limits
from corpusflow.recipe import Fetch
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import committed, read_rows
from corpusflow.store.journal import Journal
from corpusflow.store.journals import JOURNAL, journals_among, open_journal
from corpusflow.store.paths import Store

BUCKETS = 64  # how many workers can fetch at once; a host, or a stretch of an archive, belongs to one bucket
STRETCH = 26  # bits: images of one archive within 64 MB belong together


class Place(NamedTuple):
    """Where in an archive an image's bytes are.

    url: under which the archive has them; a page may ask for them by another one of the same key. version: names the
    content of the archive.
    """

    source: str
    position: int
    path: str
    offset: int
    length: int
    mime: str
    url: str
    version: str

    @property
    def identity(self) -> tuple[str, int, str]:
        """What stays the same when the archive is moved."""
        return self.source, self.position, self.version


class Wanted(NamedTuple):
    """An image URL of the corpus. place: None where no archive holds it."""

    url: str
    place: Place | None


@dataclass(frozen=True)
class FetchSettings:
    """retry_failed: whether images that failed for a reason that may have passed are planned anew."""

    section: Fetch
    limits: Limits
    client: ClientSettings
    store: Store
    retry_failed: bool = False


def bucket_of(wanted: Wanted) -> str:
    """Images that one worker takes, one after the other: all of a web host, or a stretch of an archive."""
    if wanted.place is None:
        kind, place = "web", urlsplit(wanted.url).hostname or ""
    else:
        kind, place = "archive", f"{wanted.place.source} {wanted.place.offset >> STRETCH}"
    number = int.from_bytes(hashlib.sha256(place.encode()).digest()[:4], "big") % BUCKETS
    return f"{kind}-{number:02d}"


def wanted_from(fields: Iterable[Any]) -> Wanted:
    """The inverse of what plain tuples and JSON make of a Wanted."""
    url, place = fields
    return Wanted(url, Place(*place) if place else None)


def keyed_by_bucket(element: tuple[str, Any]) -> tuple[str, tuple[str, Any]]:
    """(bucket, Wanted as plain tuples) of what wanted_images gives."""
    url, (place, _) = element
    return bucket_of(wanted_from((url, place))), (url, place)


class ImageState(NamedTuple):
    """What an earlier block knows of an image."""

    status: str
    reason: str
    generation: int

    @property
    def rank(self) -> tuple[bool, int]:
        """The larger one is in force: a picture that was had once stays, else what was tried last counts."""
        return self.status == "ok", self.generation


def plan_image_blocks(bucket: str, wanted: Iterable[Any], stage: Stage[FetchSettings]) -> Iterator[Block]:
    """The blocks of a bucket: those that are committed and still wanted as they are, and new ones for the rest.

    So new input fetches new images only, although it shares hosts with the old. What failed is tried again in a block
    of its own, if that is asked for: what depends on the pictures of the old block stays as it is.
    """
    missing = {(item.url, item.place and item.place.identity): item for item in map(wanted_from, wanted)}
    known: dict[Any, tuple[ImageState, Block]] = {}
    files = [name for name in stage.store.names(stage.place) if name.startswith(f"{stage.place}/{bucket}-")]
    for block, states in _committed_blocks(files, stage):
        for key in states.keys() & missing.keys():
            if key not in known or states[key].rank > known[key][0].rank:
                known[key] = (states[key], block)
    again = {}
    if stage.settings.retry_failed:
        again = {key: missing[key] for key, (state, _) in known.items() if state.reason and may_pass(state.reason)}
    in_force = {block.id: block for key, (_, block) in known.items() if key not in again}
    yield from (in_force[name] for name in sorted(in_force))
    generation = 1 + max((known[key][0].generation for key in again), default=0)
    new = list(_new_blocks(bucket, again.values(), generation, stage))
    new += _new_blocks(bucket, (item for key, item in missing.items() if key not in known), 0, stage)
    _adopt(new, files, stage)
    yield from new


def _new_blocks(bucket: str, items: Iterable[Wanted], generation: int, stage: Stage[FetchSettings]) -> Iterator[Block]:
    ordered = sorted(items, key=_reading_order)
    size = stage.settings.section.block_images
    for start in range(0, len(ordered), size):
        yield _image_block(bucket, ordered[start : start + size], generation)


def _reading_order(item: Wanted) -> tuple[str, int, str]:
    return (item.place.path, item.place.offset, item.url) if item.place else ("", 0, item.url)


def _image_block(bucket: str, items: list[Wanted], generation: int) -> Block:
    digest = hashlib.sha256("\n".join(f"{item.url} {item.place}" for item in items).encode()).hexdigest()
    name = f"{bucket}-{digest[:12]}" + (f"-again{generation}" if generation else "")
    return Block(name, payload=tuple((item.url, item.place) for item in items))


def generation_of(block: str) -> int:
    """How many times the images of a block had failed before it; the inverse of its name."""
    return int(block.partition("-again")[2] or 0)


def bucket_of_block(block: str) -> str:
    return "-".join(block.split("-")[:2])


def _adopt(blocks: list[Block], files: Iterable[str], stage: Stage[FetchSettings]) -> None:
    """Gives the new blocks of a bucket what a killed run had of their images in blocks that are not planned any more.

    files: of the bucket.
    """
    own = {f"{stage.place}/{block.id}.{stage.made_from(block)}.{JOURNAL}": block for block in blocks}
    for name in journals_among(files):
        if name in own:
            continue
        # It may be gone meanwhile.
        with suppress(FileNotFoundError), open_journal(stage.store, name, read_only=True) as other:
            for taker, block in own.items():
                urls = [url for url, _ in block.payload if is_settled(other, url)]
                if urls:
                    _copy_entries(urls, other, stage.store, taker)


def _copy_entries(urls: Iterable[str], other: Journal, store: Store, taker: str) -> None:
    with open_journal(store, taker) as journal:
        for url in urls:
            if not is_settled(journal, url):
                journal.add(url, *other.read(url))


def _committed_blocks(
    files: Iterable[str], stage: Stage[FetchSettings]
) -> Iterator[tuple[Block, dict[Any, ImageState]]]:
    store, ending = stage.store, ".json"
    for name in files:
        file = name.rpartition("/")[2]
        if not file.endswith(ending):
            continue
        commit = committed(store, stage.place, file.removesuffix(ending), None)
        if commit is None:
            # Gone or damaged on disk: its images are planned again.
            continue
        rows = list(read_rows(store, commit, "parquet", ["url", "place", "status", "reason"]))
        items = [Wanted(row["url"], Place(**row["place"]) if row["place"] else None) for row in rows]
        generation = generation_of(file.removesuffix(ending))
        block = _image_block(bucket_of_block(file), items, generation)
        if commit.key == stage.made_from(block):
            yield block, image_states(rows, generation)


def image_states(rows: Iterable[dict[str, Any]], generation: int) -> dict[Any, ImageState]:
    """By URL and place, what the rows of a block say of its images."""
    return {
        (row["url"], Place(**row["place"]).identity if row["place"] else None): ImageState(
            row["status"], row["reason"] or "", generation
        )
        for row in rows
    }
