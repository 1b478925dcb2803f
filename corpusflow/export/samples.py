"""Samples of a finished run to those of an export: members of a tar, and what the shard's table tells of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from corpusflow.errors import RunError
from corpusflow.export.mmc4 import mmc4_json
from corpusflow.export.options import ExportOptions
from corpusflow.export.pieces import pieces
from corpusflow.export.tokens import Tokens
from corpusflow.export.units import page_texts
from corpusflow.export.view_json import view_json
from corpusflow.export.views import views_of
from corpusflow.inspect.problem import Problem
from corpusflow.inspect.tar_samples import tar_samples
from corpusflow.store.commit import digest_of
from corpusflow.store.manifest import read_manifest
from corpusflow.store.paths import Store
from corpusflow.store.sample import member

# One row per sample, in the order of the tar, as of a run's shards. document: the key of the run's sample that it is
# made of.
SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("document", pa.string()),
        ("url", pa.string()),
        ("language", pa.string()),
        ("texts", pa.int64()),
        ("images", pa.int64()),
        ("characters", pa.int64()),
        ("faces", pa.int64()),
        ("tokens", pa.int64()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
    ]
)


class StoredSample(NamedTuple):
    """about: the json. pictures: by name of their member."""

    about: dict[str, Any]
    pictures: dict[str, bytes]


class Exported(NamedTuple):
    """members: of the tar. row: of the table, without its place in the tar. pictures: names of the members that are
    pictures, without the sample's key: `0.jpg`."""

    members: bytes
    row: dict[str, Any]
    pictures: list[str]


def run_samples(store: Store) -> Iterator[StoredSample]:
    """All samples in the order of the shards. Memory: one sample. Raises RunError before the run's end, and where a
    shard is not as the run wrote it."""
    for shard in read_manifest(store)["shards"]:
        path = store.path(shard["name"])
        # Read twice, but a changed letter of a text is found by nothing else.
        if digest_of(store, shard["name"]) != shard["sha256"]:
            raise RunError(f"{path} is not as the run wrote it; `corpusflow verify` tells more")
        with store.open(shard["name"]) as file:
            for found in tar_samples(file, shard["name"]):
                if isinstance(found, Problem):
                    raise RunError(f"{path}: {found.fault} {found.detail}")
                members = dict(found.members)
                about = json.loads(members.pop(f"{found.key}.json"))
                yield StoredSample(about, members)


def exported(
    samples: Iterable[StoredSample], options: ExportOptions, tokens: Tokens, counts: Counter[str]
) -> Iterator[Exported]:
    """counts: what comes in and what is left out is added."""
    for sample in samples:
        counts["documents"] += 1
        counts["images_in"] += len(sample.about["image_info"])
        if options.form == "mmc4":
            yield from _mmc4(sample, tokens, counts)
        else:
            yield from _views(sample, options, tokens, counts)


def _views(sample: StoredSample, options: ExportOptions, tokens: Tokens, counts: Counter[str]) -> Iterator[Exported]:
    name = sample.about["sample_id"]
    for number, view in enumerate(views_of(sample.about, options, tokens, counts)):
        # Numbered wherever one document may give several samples, so that keys do not depend on how many it gave.
        key = f"{name}-{number}" if options.window == "all" else name
        about, pictures = view_json(sample.about, view, key)
        files = [member(f"{key}.json", _json(about))]
        names = [info["member"] for info in about["image_info"]]
        files += [member(new, sample.pictures[old]) for new, old in zip(names, pictures, strict=True)]
        yield Exported(b"".join(files), _row(about, name, view.tokens), [new.removeprefix(f"{key}.") for new in names])


def _mmc4(sample: StoredSample, tokens: Tokens, counts: Counter[str]) -> Iterator[Exported]:
    about = mmc4_json(sample.about, sample.pictures)
    if about is None:
        counts["samples/not_measured"] += 1
        counts["images/not_measured"] += len(sample.about["image_info"])
        return
    key = sample.about["sample_id"]
    texts = page_texts(sample.about)
    total = sum(piece.tokens for text in texts for piece in pieces(text, tokens.spans(text)))
    yield Exported(member(f"{key}.json", _json(about)), _row(sample.about, key, total), [])


def _json(about: Mapping[str, Any]) -> bytes:
    return json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode()


def _row(about: Mapping[str, Any], document: str, tokens: int) -> dict[str, Any]:
    faces = [info.get("faces") for info in about["image_info"]]
    texts = page_texts(about)
    return {
        "key": about["sample_id"],
        "document": document,
        "url": about["url"],
        "language": about["metadata"]["lang"],
        "texts": len(texts),
        "images": len(faces),
        "characters": sum(map(len, texts)),
        "faces": None if None in faces else sum(map(len, faces)),
        "tokens": tokens,
    }
