"""Input of any size for benchmarks: real pages again and again, each time in other words, on other hosts and with other
pictures, so that none is a copy of another.

Every word of a page is changed for another one of the same language, length and case, by a permutation that belongs to
the copy; the commonest words stay, so that texts keep their language and their shape. Markup stays as it is.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import json
import random
import re
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image, ImageChops

from benchmarks.web_data import sources
from corpusflow.errors import RecordError
from corpusflow.extract.encoding import decode_html
from corpusflow.extract.html import extract_document
from corpusflow.models.language import Cld2
from corpusflow.recipe import parse_recipe
from corpusflow.sources.record_reader import RecordReader
from corpusflow.store.paths import LocalStore
from filters.registry import available_filters
from jobs.demo_archive import captures
from transforms.load import document_blocks, load_stage, page_records, plan_parts
from transforms.stage import run_block

PART = 2_500  # documents of one archive
PICTURES = 3  # of a page, at most, whose bytes are in the archive
SIDES = (320, 240)  # pixels
MIN_WORDS = 50  # a page that says less could not be told from its copies
MAX_BYTES = 150_000  # of a page: a few huge ones would decide everything
COMMONEST = 150  # words of a language that stay, or a tenth of them where the pages have few

# What is copied as it stands, and in text outside it: Chinese characters one by one, words of letters.
_MARKUP = re.compile(r"<script\b.*?</script\s*>|<style\b.*?</style\s*>|<!--.*?-->|<[^>]*>|&#?\w+;", re.S | re.I)
_WORD = re.compile(r"([\u4e00-\u9fff]|[^\W\d_\u3040-\u30ff\u4e00-\u9fff]{2,})")
_HOST = re.compile(r"((?<![^\"'=:( ,])//[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)")
_CHARSET = re.compile(r"(charset\s*=\s*[\"']?)[\w-]+", re.I)


@dataclass(frozen=True)
class RealPage:
    """pieces: of the HTML; those that `words` or `hosts` have are changed in a copy. pictures: addresses."""

    url: str
    language: str
    pieces: tuple[str, ...]
    words: tuple[str, ...]
    hosts: tuple[str, ...]
    pictures: tuple[str, ...]


@functools.cache
def real_pages(data: Path) -> tuple[RealPage, ...]:
    """The pages of the data that say something, in a fixed order; the demo's where there is no such folder."""
    pages: dict[str, RealPage] = {}
    seen: set[str] = set()
    for number, (url, html) in enumerate(_raw_pages(data)):
        if url in seen or not urlsplit(url).hostname:
            url = f"http://page-{number}.test/page.html"
        seen.add(url)
        found = _real_page(url, html)
        if found is not None:
            text, page = found
            pages.setdefault(text, page)  # some stand in the archives twice
    return tuple(pages.values())


def _raw_pages(data: Path) -> Iterator[tuple[str, bytes]]:
    if not data.is_dir():
        yield from ((url, body) for url, kind, body in captures() if kind.startswith("text/html"))
        return
    for gold in sorted((data / "extraction").glob("*/gold.json")):
        for row in json.loads(gold.read_text("utf-8")):
            yield row["url"], gzip.decompress((gold.parent / row["html"]).read_bytes())
    recipe = parse_recipe({"name": "pages", "sources": sources(data), "fetch": {"web": False}}, available_filters())
    with tempfile.TemporaryDirectory() as folder, RecordReader() as reader:
        store = LocalStore(folder)
        stage = load_stage(recipe, store)
        for part in plan_parts(recipe):
            for block in document_blocks(run_block(stage, part)[0], stage.settings):
                for record in page_records(block, store):
                    try:
                        yield record.url, reader.read(record, MAX_BYTES).body
                    except RecordError:
                        continue


def _real_page(url: str, html: bytes) -> tuple[str, RealPage] | None:
    """With its text; None where a page cannot be read, is too large or says too little."""
    try:
        document = extract_document(html, url, max_bytes=MAX_BYTES)
    except RecordError:
        return None
    text = "\n".join(segment.text for segment in document.texts)
    if len(_WORD.findall(text)) < MIN_WORDS:
        return None
    language = Cld2().score([text])[0].label
    pieces, words, hosts = _pieces(_CHARSET.sub(r"\g<1>utf-8", decode_html(html)))
    pictures = [image.url for image in document.images if image.url.startswith("http")]
    return text, RealPage(url, language, tuple(pieces), tuple(words), tuple(hosts), tuple(pictures[:PICTURES]))


def _pieces(html: str) -> tuple[list[str], list[str], list[str]]:
    pieces, words, hosts, end = [], [], [], 0
    for markup in _MARKUP.finditer(html):
        parts = _WORD.split(html[end : markup.start()])
        words += parts[1::2]
        addresses = _HOST.split(markup[0])
        hosts += addresses[1::2]
        pieces += parts + addresses
        end = markup.end()
    pieces.append(html[end:])
    return [piece for piece in pieces if piece], words, hosts


@functools.cache
def _vocabulary(data: Path) -> dict[str, dict[tuple[int, str], list[str]]]:
    """By language and by what must stay alike, the words that change for one another."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for page in real_pages(data):
        counts[page.language].update(page.words)
    found: dict[str, dict[tuple[int, str], list[str]]] = {}
    for language, words in sorted(counts.items()):
        groups: dict[tuple[int, str], list[str]] = defaultdict(list)
        staying = {word for word, _ in words.most_common(min(COMMONEST, len(words) // 10))}
        for word in sorted(words.keys() - staying):
            case = "upper" if word.isupper() else "title" if word.istitle() else "lower"
            groups[len(word), f"{case} {unicodedata.name(word[0], '').partition(' ')[0]}"].append(word)
        found[language] = groups
    return found


@functools.lru_cache(maxsize=2)
def _changes(data: Path, copy: int) -> dict[str, dict[str, str]]:
    """By language, what each word and host becomes in a copy."""
    changes: dict[str, dict[str, str]] = {}
    for language, groups in _vocabulary(data).items():
        draw = random.Random(f"{copy} {language}")
        changes[language] = {
            word: other
            for words in groups.values()
            for word, other in zip(words, draw.sample(words, len(words)), strict=True)
        }
    for page in real_pages(data):
        changes[page.language].update({host: _moved(host, copy) for host in page.hosts})
    return changes


def grown(page: RealPage, copy: int, changes: dict[str, str]) -> tuple[str, str, list[str]]:
    """URL, HTML and addresses of the pictures of a copy of a page."""
    html = "".join([changes.get(piece, piece) for piece in page.pieces])
    return _moved(page.url, copy), html, [_moved(url, copy) for url in page.pictures]


def _moved(url: str, copy: int) -> str:
    return _HOST.sub(rf"\1.copy-{copy}.test", url, count=1)


@functools.cache
def _grains() -> list[Image.Image]:
    return [Image.frombytes("RGB", SIDES, random.Random(n).randbytes(SIDES[0] * SIDES[1] * 3)) for n in range(16)]


def picture(url: str) -> bytes:
    """A JPEG of some 12 kB that differs from all others to the eye as well: 6 x 5 soft colours under a fine grain."""
    draw = random.Random(url)
    soft = Image.frombytes("RGB", (6, 5), draw.randbytes(90)).resize(SIDES, Image.Resampling.BILINEAR)
    out = io.BytesIO()
    Image.blend(soft, ImageChops.multiply(soft, draw.choice(_grains())), 0.2).save(out, "JPEG", quality=80)
    return out.getvalue()


def write_part(data: Path, number: int, documents: int, path: Path) -> None:
    """The archive with that number: documents and the pictures that they are the first to show; the same bytes on every
    run. It stands under its name only once it is whole."""
    pages = real_pages(data)
    partial = path.with_suffix(".partial")
    with open(partial, "wb") as file:
        shown: set[str] = set()
        for document in range(number * PART, number * PART + documents):
            copy, place = divmod(document, len(pages))
            page = pages[place]
            url, html, pictures = grown(page, copy, _changes(data, copy)[page.language])
            file.write(_record(url, "text/html; charset=utf-8", html.encode("utf-8", "replace"), 1))
            for address in pictures:
                if address not in shown:
                    shown.add(address)
                    file.write(_record(address, "image/jpeg", picture(address), 0))
    partial.rename(path)


def _record(url: str, kind: str, body: bytes, level: int) -> bytes:
    """A response, as a gzip member of its own. By hand: warcio would take longer than everything else."""
    http = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    name = hashlib.sha256(url.encode()).hexdigest()
    identity = f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:32]}"
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n"
        f"WARC-Record-ID: <urn:uuid:{identity}>\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(http) + len(body)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + http + body + b"\r\n\r\n", level, mtime=0)


def write_grown_web(data: Path, folder: Path, documents: int, processes: int) -> list[Path]:
    """Archives with so many documents in all; those that stand there already are taken as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with ProcessPoolExecutor(processes) as pool:
        waiting = []
        for number, start in enumerate(range(0, documents, PART)):
            count = min(PART, documents - start)
            paths.append(folder / f"part-{number:03d}-{count}.warc.gz")
            if not paths[-1].exists():
                waiting.append(pool.submit(write_part, data, number, count, paths[-1]))
        for written in waiting:
            written.result()
    return paths
