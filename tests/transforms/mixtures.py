"""Pages that speak of a mixture of colours and show it, in blocks that are joined with their pictures."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from corpusflow.document import Document, Picture
from corpusflow.recipe import Recipe
from corpusflow.store.block import Block
from corpusflow.store.paths import LocalStore
from tests.documents import document, image_not_fetched, language
from tests.transforms.blocks import cleaned, commit_table, small_recipe
from tests.transforms.scorers import COLOURS
from transforms.image_facts import ImageFact
from transforms.select import SCHEMA as SELECTED

PICTURE = Picture("", 200, 160, "jpg", 4, "6b", 200, 160, "7c", "8d", False)

# Each page has a mixture of colours of its own, in its text and in its picture.
MIXTURES = [(red, green, blue) for red in (1, 2, 3) for green in (1, 2, 3) for blue in (1, 3)][:-1]


def text_of(mixture: Sequence[int]) -> str:
    words = [colour for colour, times in zip(COLOURS, mixture, strict=True) for _ in range(times)]
    return f"{' '.join(words)} ".ljust(50, "x")  # all of one length class


def url(mixture: Sequence[int]) -> str:
    return f"https://x.example/{'-'.join(map(str, mixture))}.jpg"


def fact_of(store: LocalStore, mixture: Sequence[int], status: str = "ok", side: int = 160) -> ImageFact:
    """A picture of a mixture; its embedding stands in a file of its own. side: its short one, where it was."""
    digest = hashlib.sha256(url(mixture).encode()).hexdigest()
    name = f"stages/embed/{digest}.f16"
    vector = np.array(mixture, np.float32)
    store.write(name, (vector / np.linalg.norm(vector)).astype(np.float16).tobytes())
    store.write("stages/fetch/i0.bin", b"data")
    known = dataclasses.asdict(PICTURE) | {"sha256": digest, "file": "stages/fetch/i0.bin", "offset": 0}
    known |= {
        "source_height": side,
        "place": None,
        "reason": "" if status == "ok" else "http_404",
        "message": "",
        "safety": None,
    }
    return ImageFact(url(mixture), **known, status=status, vectors=name, dimension=3, row=0)


def page(name: str, *parts: Any, label: str = "en") -> Document:
    """A document of texts and, given as mixtures, pictures."""
    made = [image_not_fetched(url(part)) if isinstance(part, tuple) else part for part in parts]
    return document(*made, url=f"https://{name}.example", scores=[language(label)])


def pages() -> list[Document]:
    """Pages with a text and a picture of one mixture; the last has another picture, of blue, that does not belong."""
    own = [page(f"p{number}", text_of(mixture), mixture) for number, mixture in enumerate(MIXTURES)]
    return [*own, page("planted", text_of((5, 0, 0)), (5, 0, 0), (0, 0, 1))]


def block_of(
    store: LocalStore, name: str, *documents: Document, lost: Sequence[str] = (), sides: Mapping[str, int] | None = None
) -> Block:
    """A selected block with the facts of its images. lost: URLs that could not be had. sides: short ones, by URL."""
    rows = [
        {"id": each.id, "gone": [], "images": [image.url for image in each.images], "scores": []} for each in documents
    ]
    urls = sorted({image.url for each in documents for image in each.images})
    mixtures = {found: tuple(map(int, found.rpartition("/")[2][:-4].split("-"))) for found in urls}
    facts = [
        fact_of(store, mixtures[found], "failed" if found in lost else "ok", (sides or {}).get(found, 160))
        for found in urls
    ]
    commits = (*cleaned(store, name, *documents), commit_table(store, "select", name, SELECTED, rows))
    return Block(name, commits, tuple(map(tuple, facts)))


def wanted(negatives: int = 63, **changes: Any) -> Recipe:
    return small_recipe(embed={"similarity": {"name": "colours"}}, align={"negatives": negatives}, **changes)
