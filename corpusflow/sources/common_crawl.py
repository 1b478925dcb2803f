"""Common Crawl as a source: which archives, or which records in them, from the web or from a copy of its folders."""

from __future__ import annotations

import glob
import gzip
import hashlib
import io
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from urllib.parse import quote

from corpusflow.errors import FetchError, StartError
from corpusflow.fetch.client import ClientSettings
from corpusflow.fetch.ranges import fetch_file
from corpusflow.recipe import CommonCrawlSource
from corpusflow.sources.capture_index import read_captures
from corpusflow.sources.file_listing import files_version
from corpusflow.sources.known_parts import whole_parts
from corpusflow.sources.page import Capture, Part
from corpusflow.store.address import files_like, find_files, is_folder, join, open_input, relative_name

MAX_LIST_BYTES = 1 << 26  # of a list of archives; that of a month has 20 MB


def plan_common_crawl(source: CommonCrawlSource, settings: ClientSettings, earlier: Iterable[Part] = ()) -> list[Part]:
    """Parts of captures for an index; for archives one part each: of kind `archive` on the web, `warc` in a copy.

    The records' source is the archive's path below the base, so a document has the same id whichever way it came.
    earlier: the parts of an earlier run. Those whose captures are all still there stay as they are, so that only what
    is new in an index is fetched. Raises StartError when there is nothing, or a list cannot be read.
    """
    if source.index is not None:
        return _plan_captures(source, earlier)
    names = _archives(source, settings)[: source.limit]
    if not names:
        raise StartError(f"{source.paths or source.crawl}: no archive")
    return [_archive_part(source, _checked(name)) for name in names]


def first_captures(part: Part, number: int) -> Part:
    """A part of the first captures of a part. It stays as it is when the rest is fetched later."""
    return _captures_part(part, part.captures[:number])


def archive_url(base_url: str, archive: str) -> str:
    return base_url + quote(archive)


def _plan_captures(source: CommonCrawlSource, earlier: Iterable[Part]) -> list[Part]:
    assert source.index is not None
    left: dict[Capture, None] = {}
    for capture in read_captures(source.index):
        if source.limit is not None and len(left) == source.limit:
            break
        _checked(capture.archive)
        left[capture] = None
    index = f"{source.name}/" * bool(source.name) + PurePath(source.index).name
    base_url, root = (source.base_url, "") if source.on_web else ("", source.base_url)
    like = Part("captures", f"{index}:", (source.index,), "", base_url, root, name=source.name)
    of_index = [part for part in earlier if part.kind == "captures" and index_of(part) == index]
    if root and not is_folder(root):
        raise StartError(f"{root}: no such folder; base_url is a web address or the folder of a copy")
    parts = [_captures_part(like, part.captures) for part in whole_parts(of_index, left, lambda part: part.captures)]
    captures = sorted(left, key=lambda capture: (capture.archive, capture.offset, capture))
    for start in range(0, len(captures), source.part_records):
        parts.append(_captures_part(like, captures[start : start + source.part_records]))
    if not parts:
        raise StartError(f"{source.index}: no row in it")
    return parts


def index_of(part: Part) -> str:
    """The index that a part is of, without what tells its parts apart."""
    return part.source.rpartition(":")[0]


def _captures_part(like: Part, captures: Sequence[Capture]) -> Part:
    rows = "\n".join(f"{capture.archive} {capture.offset} {capture.length} {capture.url}" for capture in captures)
    digest = version = _digest(rows)
    if like.root:
        # A copy may be mended or be made whole later.
        version += files_version(find_files(sorted({join(like.root, capture.archive) for capture in captures})))
    return Part(
        "captures",
        f"{index_of(like)}:{digest}",
        like.paths,
        version,
        like.base_url,
        like.root,
        captures=tuple(captures),
        name=like.name,
    )


def _archive_part(source: CommonCrawlSource, archive: str) -> Part:
    name = f"{source.name}/{archive}" if source.name else archive
    if source.on_web:
        url = archive_url(source.base_url, archive)
        return Part("archive", name, (url,), _digest(url))
    path = join(source.base_url, archive)
    if not (found := find_files([path])):
        raise StartError(f"{path}: no such file in the copy")
    return Part("warc", name, (path,), files_version(found))


def _archives(source: CommonCrawlSource, settings: ClientSettings) -> list[str]:
    """Paths of the wanted archives below the base, in the order of their list."""
    if isinstance(source.paths, tuple):
        names = list(source.paths)
    elif source.paths is not None:
        try:
            with open_input(source.paths) as file:
                names = _lines(file.read(), source.paths)
        except OSError as error:
            raise StartError(f"{source.paths}: cannot be read: {error.strerror or error}") from error
    elif source.on_web:
        url = archive_url(source.base_url, f"crawl-data/{source.crawl}/warc.paths.gz")
        names = _lines(_list_file(url, settings), url)
    else:
        pattern = join(glob.escape(source.base_url), f"crawl-data/{source.crawl}/segments/*/warc/*.warc.gz")
        names = [relative_name(path, source.base_url) for path in sorted(file.path for file in files_like(pattern))]
    return _of_segments(list(dict.fromkeys(names)), source.segments) if source.segments else names


def _list_file(url: str, settings: ClientSettings) -> bytes:
    data = bytearray()
    try:
        for piece in fetch_file(url, settings):
            data += piece
            if len(data) > MAX_LIST_BYTES:
                raise StartError(f"{url}: a list of more than {MAX_LIST_BYTES} bytes")
    except FetchError as error:
        raise StartError(f"the list of the crawl's archives cannot be had: {error}") from error
    return bytes(data)


def _lines(data: bytes, name: str) -> list[str]:
    if data.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(io.BytesIO(data)) as plain:
                data = plain.read(MAX_LIST_BYTES + 1)
        except (OSError, EOFError) as error:
            raise StartError(f"{name}: does not decompress: {error}") from error
        if len(data) > MAX_LIST_BYTES:
            raise StartError(f"{name}: a list of more than {MAX_LIST_BYTES} bytes")
    return [line.strip() for line in data.decode("utf-8", "replace").splitlines() if line.strip()]


def _of_segments(names: Iterable[str], segments: Sequence[str | float]) -> list[str]:
    """YAML reads an unquoted segment as a number, in which 1.1 and 1.10 are one; their first parts tell them apart."""
    wanted: list[str] = []
    found: set[str | float] = set()
    for name in names:
        segment = name.partition("/segments/")[2].partition("/")[0]
        same = {one for one in segments if (segment == one if isinstance(one, str) else _number(segment) == one)}
        if same:
            found |= same
            wanted.append(name)
    missing = [segment for segment in segments if segment not in found]
    if missing:
        raise StartError(f"segment {missing[0]}: no archive of it is there")
    return wanted


def _number(segment: str) -> float | None:
    try:
        return float(segment)
    except ValueError:
        return None


def _checked(archive: str) -> str:
    """Raises StartError for what would lead out of the base."""
    parts = archive.split("/")
    if not archive.isprintable() or "\\" in archive or "" in parts or "." in parts or ".." in parts:
        raise StartError(f"{archive!r} is not the path of an archive below the base")
    return archive


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
