"""The index that a run leaves: the keys of the documents it kept, so that later corpora do not repeat them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from corpusflow.recipe import Recipe
from corpusflow.recipe.earlier import signature_section
from corpusflow.store.commit import Commit, read_rows
from corpusflow.store.key_index import write_index
from corpusflow.store.paths import Store
from corpusflow.text.identity import images_key, url_key
from transforms.key_rows import paragraph_keys

SCREENED = ["id", "url", "url_key", "text_key", "language", "signature", "images", "paragraphs"]


def index_run(recipe: Recipe, commits: Mapping[str, list[Commit]], store: Store) -> None:
    """Writes the index, in the order of the blocks. Memory: one block's keys."""
    screened, selected = ({commit.block: commit for commit in commits[stage]} for stage in ("screen", "select"))
    blocks = (
        list(index_rows(screened[commit.block], selected[commit.block], commit, store)) for commit in commits["judge"]
    )
    write_index(store, recipe.name, signature_section(recipe.select.near_text), blocks)


def index_rows(screen: Commit, select: Commit, judge: Commit, store: Store) -> Iterator[dict[str, Any]]:
    """Of the documents of a block that judge kept."""
    kept = {row["key"] for row in read_rows(store, judge, "parquet", ["key"])}
    shown = {row["id"]: row["images"] for row in read_rows(store, select, "parquet", ["id", "images"])}
    for row in read_rows(store, screen, "parquet", SCREENED):
        if row["id"] in kept:
            # What went as repeated counts as well: a logo that half the earlier corpus had is still one.
            images = sorted({url_key(url) for url in row["images"]})
            keys = None if row["paragraphs"] is None else paragraph_keys(row)
            yield row | {"images_key": images_key(shown[row["id"]]), "images": images, "paragraphs": keys}
