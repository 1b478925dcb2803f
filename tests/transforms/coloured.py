"""Pictures of one colour each, what is known of them, and embedded blocks of them."""

from __future__ import annotations

import dataclasses
from typing import Any

from corpusflow.document import Picture
from corpusflow.images.decode import Limits
from corpusflow.store.block import Block, Stage
from corpusflow.store.paths import LocalStore
from tests.documents import image_not_fetched
from tests.transforms.blocks import after, commit_table
from tests.transforms.scorers import Colours, Redness, plain_jpeg
from transforms.embed import EmbedSettings, embed_block
from transforms.fetch import SCHEMA as FETCHED
from transforms.fetch import image_row
from transforms.image_blocks import Wanted
from transforms.image_facts import ImageFact

PICTURE = Picture("5a", 3, 2, "webp", 7, "6b", 30, 20, "7c", "8d", True)
COLOURS = {"red": plain_jpeg("red", 200, 100), "lime": plain_jpeg("lime"), "blue": plain_jpeg("blue")}


def url(colour: str) -> str:
    return f"https://x.example/{colour}.jpg"


def fact(name: str, status: str = "ok", reason: str = "", **fields: Any) -> ImageFact:
    plain = {"place": None, "message": ""} | dataclasses.asdict(PICTURE)
    stored = {"file": "f.bin", "offset": 0, "vectors": "v.f16", "dimension": 3, "row": 0, "safety": None}
    return ImageFact(**{"url": url(name), "status": status, "reason": reason, **plain, **stored, **fields})


def embedded(store: LocalStore, name: str, *colours: str, scored: bool = True, failed: str = "") -> Block:
    """An image block with pictures of these colours, embedded; `failed` is one that could not be had."""
    rows: list[dict[str, Any]] = []
    stored = b""
    for colour in colours:
        data, row = image_row(Wanted(url(colour), None), COLOURS[colour], Limits())
        rows.append(row | {"offset": len(stored)})
        stored += data
    if failed:
        rows.append(dict.fromkeys(FETCHED.names) | {"url": url(failed), "status": "failed", "reason": "http_404"})
    block = Block(name, (commit_table(store, "fetch", name, FETCHED, rows, bin=stored),))
    settings = EmbedSettings(Colours() if scored else None, Redness() if scored else None, store)
    return after(Stage("embed", 1, None, settings, embed_block, store), block)


def shown(*colours: str) -> list[Any]:
    return [image_not_fetched(url(colour)) for colour in colours]
