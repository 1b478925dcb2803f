"""A folder of HTML files as a source, with the images beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import quote, urljoin

from corpusflow.errors import StartError
from corpusflow.sources.file_listing import files_version, list_files, source_name
from corpusflow.sources.page import Part, Record
from corpusflow.store.address import relative_name

PAGE_TYPES = {".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml"}
IMAGE_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".svg": "image/svg+xml",
}
_TYPES = PAGE_TYPES | IMAGE_TYPES
_UNQUOTED = "/!$&'()*+,;=:@"  # what may stand in the path of a URL as it is


def plan_html(path: str, name: str, base_url: str, part_files: int) -> list[Part]:
    """Slices of at most `part_files` pages, sorted by path; the first one has the images of the whole folder too.

    path: a directory, searched recursively, a glob or one file. base_url: the URL that stands for the folder.
    name: goes before the files' names, if not empty. Raises StartError when no page is found.
    """
    found = list_files(path, tuple(_TYPES))
    pages = [file for file in found.files if _suffix(file.path) not in IMAGE_TYPES]
    images = [file for file in found.files if _suffix(file.path) in IMAGE_TYPES]
    if not pages:
        raise StartError(f"{path}: nothing found; looked for {' '.join(f'*{suffix}' for suffix in PAGE_TYPES)}")
    slices = [pages[start : start + part_files] for start in range(0, len(pages), part_files)]
    slices[0] += images
    return [
        Part(
            "html",
            source_name(slice_[0].path, found.root, name),
            tuple(file.path for file in slice_),
            files_version(slice_),
            base_url,
            found.root,
        )
        for slice_ in slices
    ]


def list_html(part: Part) -> Iterator[Record]:
    """Pages and images of a part, in its order."""
    prefix = part.source.removesuffix(source_name(part.paths[0], part.root, ""))
    for path in part.paths:
        suffix = _suffix(path)
        yield Record(
            kind="resource" if suffix in IMAGE_TYPES else "page",
            url=file_url(path, part.root, part.base_url),
            source=prefix + source_name(path, part.root, ""),
            position=0,
            path=path,
            offset=-1,
            length=-1,
            mime=_TYPES.get(suffix, "text/html"),
            fetched_at="",
        )


def file_url(path: str, root: str, base_url: str) -> str:
    """The folder's URL joined with the percent-encoded relative path; below `file:///` where no URL is given."""
    relative = relative_name(path, root)
    base = base_url or "file:///"
    # "./": else a colon in a file's name would be taken for the end of a scheme.
    return urljoin(base if base.endswith("/") else f"{base}/", "./" + quote(os.fsencode(relative), safe=_UNQUOTED))


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()
