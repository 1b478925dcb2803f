"""Documents of real pictures and real captions for the benchmark of alignment, as the stages before left them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.picture_web import SIDES, photograph
from corpusflow.document import Document, ImageSegment
from corpusflow.errors import ImageError
from corpusflow.images.decode import Limits, store_form
from corpusflow.store.block import Block
from corpusflow.store.paths import Store
from tests.documents import document, image_not_fetched
from tests.transforms.blocks import cleaned, commit_table
from tests.web import sentence
from transforms.fetch import SCHEMA as FETCHED
from transforms.fetch import image_row
from transforms.image_blocks import Wanted
from transforms.select import SCHEMA as SELECTED

T = TypeVar("T")

IMAGES, TEXTS = 3, 12  # of a document
REPEATED = 6  # one in so many images, and texts, is a copy of another one
ENGLISH = {"name": "language/made", "value": 1.0, "segment": None, "label": "en"}
SMALLEST = 150  # pixels, the shorter side of a picture of a site


@dataclass(frozen=True)
class Pages:
    """pictures: the stored form of each image, in the order of the documents, copies included. texts: of each
    document. Neither side has a copy within its document."""

    pictures: tuple[bytes, ...]
    texts: tuple[tuple[str, ...], ...]

    @property
    def distinct_pictures(self) -> list[bytes]:
        return list(dict.fromkeys(self.pictures))

    @property
    def distinct_texts(self) -> list[str]:
        return list(dict.fromkeys(itertools.chain.from_iterable(self.texts)))

    @property
    def images(self) -> int:
        """Of a document."""
        return len(self.pictures) // len(self.texts)


def made_pages(data: Path, documents: int, images: int = IMAGES, texts: int = TEXTS) -> Pages:
    """Pictures are small photographs and pictures of sites by turns, texts are captions; where the data is absent both
    are made. One in REPEATED of either stood in the document before."""
    pictures = _with_copies(list(itertools.islice(_pictures(data), documents * images)), images)
    captions = _with_copies(list(itertools.islice(_captions(data), documents * texts)), texts)
    starts = range(0, len(captions), texts)
    return Pages(tuple(pictures), tuple(tuple(captions[start : start + texts]) for start in starts))


def _with_copies(items: list[T], of_document: int) -> list[T]:
    back = of_document + 1
    return [
        items[number - back] if number >= back and number % REPEATED == REPEATED - 1 else item
        for number, item in enumerate(items)
    ]


def _pictures(data: Path) -> Iterator[bytes]:
    """Distinct ones, as fetch stores them."""
    photographs = sorted((data / "captions" / "images").glob("*.jpg"))
    of_sites = sorted(path for path in (data / "sites").rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    found = (path.read_bytes() for pair in zip(photographs, of_sites, strict=False) for path in pair)
    made = (photograph(seed, *SIDES[seed % len(SIDES)]) for seed in itertools.count())
    seen = set()
    for body in itertools.chain(found, made):
        try:
            stored, picture = store_form(body, "picture", Limits())
        except ImageError:
            continue
        if min(picture.width, picture.height) >= SMALLEST and picture.sha256 not in seen:
            seen.add(picture.sha256)
            yield stored


def _captions(data: Path) -> Iterator[str]:
    """Distinct ones."""
    file = data / "captions" / "captions.json"
    rows = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    made = (sentence(seed, 12) for seed in itertools.count())
    # The first of each photograph, then the second: those of one are alike.
    found = itertools.chain.from_iterable(zip(*(row["en"] for row in rows), strict=True))
    seen = set()
    for caption in itertools.chain(found, made):
        if caption not in seen:
            seen.add(caption)
            yield caption


def write_blocks(store: Store, pages: Pages) -> tuple[Block, Block]:
    """The pages as a fetched image block and a selected document block of English documents."""
    rows, offset = [], 0
    for number, data in enumerate(pages.pictures):
        _, row = image_row(Wanted(_url(number), None), data, Limits())
        rows.append(row | {"offset": offset})
        offset += len(data)
    fetched = commit_table(store, "fetch", "i0", FETCHED, rows, bin=b"".join(pages.pictures))
    documents = list(_documents(pages))
    chosen = [
        {"id": each.id, "gone": [], "images": [image.url for image in each.images], "scores": [ENGLISH]}
        for each in documents
    ]
    selected = commit_table(store, "select", "d0", SELECTED, chosen)
    return Block("i0", (fetched,)), Block("d0", (*cleaned(store, "d0", *documents), selected))


def _documents(pages: Pages) -> Iterator[Document]:
    every = max(1, len(pages.texts[0]) // pages.images)
    for number, texts in enumerate(pages.texts):
        first = number * pages.images
        shown = [image_not_fetched(_url(image)) for image in range(first, first + pages.images)]
        parts: list[str | ImageSegment] = []
        for place, text in enumerate(texts):
            if place % every == 0 and shown:
                parts.append(shown.pop(0))
            parts.append(text)
        yield document(*parts, *shown, url=f"https://site.example/{number}.html")


def _url(number: int) -> str:
    return f"https://site.example/{number}.jpg"
