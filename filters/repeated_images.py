"""Drops an image that the document has shown before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.text.identity import url_key


@dataclass(frozen=True)
class RepeatedImages:
    """Keeps the first of the images of a document that have one URL, as OBELICS and mOSCAR do.

    URLs are compared as select compares them: scheme, `www.` and fragment are no difference. The Decision measures
    which time it is that the image is shown.
    """

    name: ClassVar[str] = "repeated_images"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def judge(self, document: Document) -> Iterator[Decision]:
        times: dict[str, int] = {}
        for image in document.images:
            key = url_key(image.url)
            times[key] = times.get(key, 0) + 1
            if times[key] > 1:
                yield Decision(self.name, "image_shown_before", image.index, times[key], 1)
