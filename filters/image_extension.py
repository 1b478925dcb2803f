"""Keeps images whose URLs end like those of photographs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs

_EXTENSION = re.compile(r"\.[a-z0-9]{1,5}")
# What pictures are called; `photo.php` and `image.ashx` may be of any kind.
_PICTURES = frozenset(
    "apng avif bmp cur gif heic heif ico jfif jp2 jpe jpeg jpg jxl jxr pjp pjpeg png psd svg svgz tif tiff webp".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class ImageExtension:
    """Drops images by the extension in the path of their URL, before anything is fetched.

    wanted: extensions without the dot, in lower case. MMC4: png, jpeg and jpg.
    keep_unknown: whether a URL stays that has no extension, or none of pictures, as those of many content networks and
    of pictures that a program makes (`photo.php`); MMC4 drops it.
    measured: the extension, empty where there is none.
    """

    wanted: tuple[str, ...] = ("png", "jpeg", "jpg", "jfif", "pjpeg", "webp", "avif")
    keep_unknown: bool = True

    name: ClassVar[str] = "image_extension"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        odd = [each for each in self.wanted if not _EXTENSION.fullmatch(f".{each}")]
        if odd:
            raise ValueError(f"wanted holds {odd[0]!r}; write extensions like 'png', in lower case and without the dot")
        if not self.wanted and not self.keep_unknown:
            raise ValueError("wanted names no extension, so every image would be dropped")

    def judge(self, document: Document) -> Iterator[Decision]:
        for image in document.images:
            extension = extension_of(image.url)
            if extension in self.wanted:
                continue
            if extension in _PICTURES or not self.keep_unknown:
                yield Decision(self.name, "image_extension_not_wanted", image.index, extension, ", ".join(self.wanted))


def extension_of(url: str) -> str:
    """Of the last part of the path, in lower case; empty where it has none that looks like one."""
    extension = posixpath.splitext(urlsplit(url).path)[1].lower()
    return extension[1:] if _EXTENSION.fullmatch(extension) else ""
