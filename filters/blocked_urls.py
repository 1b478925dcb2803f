"""Keeps documents and images whose URLs are in no block list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.safety.list_file import ListFile, list_file
from corpusflow.safety.url_blocks import parse_url_blocks


@dataclass(frozen=True)
class BlockedUrls:
    """Drops documents by their URL, or the one they call canonical, and images by theirs.

    path: a file of domains and URLs, in the forms that `corpusflow/safety/url_blocks.py` shows: plain domains, a hosts
    file, Adblock filters, or a folder of the UT1 collection with its `domains` and `urls`. Relative to the recipe.
    A domain stands for all below it, a URL for all below its path. measured: the entry.

    Whoever does not want to be taken goes into `consent.opt_out`: that list is asked before anything is fetched.
    """

    path: str

    name: ClassVar[str] = "blocked_urls"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()
    files: ClassVar[tuple[str, ...]] = ("path",)

    def __post_init__(self) -> None:
        """Raises ValueError where the list cannot be read or a line makes no sense."""
        self._list.parsed(parse_url_blocks)

    @cached_property
    def _list(self) -> ListFile:
        return list_file(self.path)

    def judge(self, document: Document) -> Iterator[Decision]:
        blocks = self._list.parsed(parse_url_blocks)
        entry = blocks.entry_for(document.url) or blocks.entry_for(document.metadata.canonical_url)
        if entry is not None:
            yield Decision(self.name, "document_url_blocked", None, entry)
            return
        for image in document.images:
            entry = blocks.entry_for(image.url)
            if entry is not None:
                yield Decision(self.name, "image_url_blocked", image.index, entry)
