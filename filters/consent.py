"""Keeps documents and images whose sites let them be taken, as far as the pages and the opt-out list tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.consent.rules import (
    EVERYTHING_COUNTS,
    IMAGES_ONLY,
    OPTED_OUT_BY_LIST,
    OPTED_OUT_BY_ROBOTS_TAG,
    TDM_RESERVED,
    ConsentRules,
    Refusal,
)
from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs


@dataclass(frozen=True)
class Consent:
    """Drops what its site does not want taken. It is no choice of a recipe's filters: it runs first in every run, by
    the rules in the recipe's section `consent`.

    rules: which signals count. A page goes for `noai`, `noindex`, `noml` or `none` in its robots tags (meta tags and
    header), for a reservation by the TDM Reservation Protocol, and for an entry in the opt-out list for its URL or the
    one it calls canonical. Its images alone go for `noimageai` and `noimageindex`, and each that is in the list.

    measured: the signal. What sites say in robots.txt and tdmrep.json, and image hosts in headers, is for the fetcher.
    """

    rules: ConsentRules = EVERYTHING_COUNTS

    name: ClassVar[str] = "consent"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def judge(self, document: Document) -> Iterator[Decision]:
        refusal = self._refusal_of_page(document)
        if refusal is not None:
            yield Decision(self.name, refusal.reason, None, refusal.signal)
            return
        told = next(self._robots_tag(document, images_only=True), None)
        for image in document.images:
            refusal = told or self._listed(image.url)
            if refusal is not None:
                yield Decision(self.name, refusal.reason, image.index, refusal.signal)

    def _refusal_of_page(self, document: Document) -> Refusal | None:
        for refusal in self._robots_tag(document, images_only=False):
            return refusal
        if self.rules.tdm and document.metadata.tdm_reservation == "1":
            return Refusal(TDM_RESERVED, "tdm-reservation: 1")
        return self._listed(document.url) or self._listed(document.metadata.canonical_url)

    def _robots_tag(self, document: Document, *, images_only: bool) -> Iterator[Refusal]:
        for directive in self.rules.refused_directives(document.metadata.robots):
            if (directive in IMAGES_ONLY) is images_only:
                yield Refusal(OPTED_OUT_BY_ROBOTS_TAG, f"robots: {directive}")

    def _listed(self, url: str) -> Refusal | None:
        entry = self.rules.opt_out.entry_for(url)
        return None if entry is None else Refusal(OPTED_OUT_BY_LIST, entry)
