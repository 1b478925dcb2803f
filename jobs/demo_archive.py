"""A small web archive for the demo: pages written for it, with the photographs that scikit-image brings along."""

from __future__ import annotations

import importlib.util
import io
import json
import re
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urljoin, urlsplit

from PIL import Image, ImageDraw

from corpusflow.errors import RunError

# Each page is a file of its own: a comment with its url, title and language, and `also`, another URL at which the same
# page was captured, then what stands inside the frame that all pages share.
PAGES = files("jobs") / "demo_pages"

WARCINFO = b"software: corpusflow demo\r\nformat: WARC File Format 1.0\r\n"
FIRST_CAPTURE = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)

# This photograph was cut off while it was captured.
TRUNCATED = "https://garden.example/pictures/2026/grass-500.jpg"

_MENTION = re.compile(r"""[^\s"',=()]+\.(?:jpg|png|gif)""")
_PHOTOGRAPH = re.compile(r"(?P<name>[a-z_]+)-(?P<width>\d+)\.jpg")
_BANNER_COLOUR = (190, 30, 45)


@dataclass(frozen=True)
class Page:
    """One capture of a page. body: the HTML of its article."""

    url: str
    title: str
    language: str
    body: str


def write_demo_archive(path: str | Path) -> None:
    """Writes a gzipped WARC of all pages and of the images they show; the same bytes on every run.

    Images whose file names stand for no photograph are left out, as if their server had lost them. Raises RunError
    when scikit-image is not installed.
    """
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with open(path, "wb") as file:
        writer = WARCWriter(file, gzip=True)
        writer.write_record(_record(writer, 0, "warcinfo", "", WARCINFO))
        for number, (url, content_type, body) in enumerate(captures(), start=1):
            headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
            http = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
            writer.write_record(_record(writer, number, "response", url, body, http))


def _record(writer: Any, number: int, kind: str, url: str, body: bytes, http: Any = None) -> Any:
    """A record of warcio's, with a date and an id that come neither from the clock nor by chance."""
    captured = FIRST_CAPTURE + timedelta(seconds=number)
    identity = {
        "WARC-Date": captured.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "WARC-Record-ID": f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'https://demo.example/{number}')}>",
    }
    # Without its length, warcio copies the body into a temporary file and leaves that open.
    return writer.create_warc_record(
        url, kind, io.BytesIO(body), len(body), http_headers=http, warc_headers_dict=identity
    )


def captures() -> Iterator[tuple[str, str, bytes]]:
    """URL, content type and body of every response in the archive: each page, followed by the images that are new."""
    seen: set[str] = set()
    pages = read_pages()
    for page in pages:
        html = in_frame(page, pages)
        yield page.url, "text/html; charset=utf-8", html.encode()
        for mention in _MENTION.findall(html):
            url = urljoin(page.url, mention)
            image = None if url in seen else image_at(url)
            if image is not None:
                seen.add(url)
                yield url, _content_type(url), image


def read_pages() -> list[Page]:
    """All captures of pages, in the order of their files' names."""
    pages = []
    for file in sorted(PAGES.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".html") and file.name != "frame.html":
            head, _, body = file.read_text("utf-8").removeprefix("<!--\n").partition("-->\n")
            fields = dict(line.split(": ", 1) for line in head.splitlines())
            for key in ("url", "also"):
                if key in fields:
                    pages.append(Page(fields[key], fields["title"], fields["language"], body))
    return pages


def in_frame(page: Page, pages: list[Page]) -> str:
    """The whole HTML of a page: its article inside the header, menu, cookie notice and footer of its site."""
    phrases: dict[str, str] = json.loads((PAGES / "phrases.json").read_text("utf-8"))[page.language]
    start = pages.index(page) + 1
    others: dict[str, str] = {}
    for other in pages[start:] + pages[:start]:
        if other.language == page.language and other.title != page.title:
            others.setdefault(other.title, other.url)
    links = [f'    <li><a href="{url}">{escape(title)}</a></li>' for title, url in list(others.items())[:4]]
    return Template((PAGES / "frame.html").read_text("utf-8")).substitute(
        phrases,
        url=page.url,
        title=escape(page.title),
        language=page.language,
        site=urlsplit(page.url).hostname,
        body=page.body,
        related="\n".join(links),
    )


def image_at(url: str) -> bytes | None:
    """The image that a URL of the demo names: `/NAME-WIDTH.jpg` is scikit-image's photograph NAME scaled to WIDTH
    pixels. None where there is no such photograph."""
    name = urlsplit(url).path.rpartition("/")[2]
    if name == "spacer.gif":
        return _encoded(Image.new("P", (1, 1)), "GIF")
    if name in ("icon-16.png", "icon-32.png"):
        return _encoded(_icon(int(name[5:7])), "PNG")
    match = _PHOTOGRAPH.fullmatch(name)
    if match is None:
        return None
    width = int(match["width"])
    if match["name"] == "banner":
        return _encoded(_banner(width), "JPEG")
    photograph = _photograph(match["name"])
    if photograph is None:
        return None
    height = round(photograph.height * width / photograph.width)
    data = _encoded(photograph.resize((width, height), Image.Resampling.LANCZOS), "JPEG")
    return data[: len(data) // 2] if url == TRUNCATED else data


@cache
def _photograph(name: str) -> Image.Image | None:
    spec = importlib.util.find_spec("skimage")  # found, not imported: that would take a second
    if spec is None or spec.submodule_search_locations is None:
        raise RunError("the demo takes its photographs from scikit-image: pip install scikit-image")
    folder = Path(spec.submodule_search_locations[0]) / "data"
    file = next((folder / f"{name}{end}" for end in (".png", ".jpg") if (folder / f"{name}{end}").is_file()), None)
    if file is None:
        return None
    with Image.open(file) as image:
        if not image.has_transparency_data:
            return image.convert("L" if image.mode == "L" else "RGB")
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")


def _icon(side: int) -> Image.Image:
    icon = Image.new("RGB", (side, side), "white")
    ImageDraw.Draw(icon).ellipse((1, 1, side - 2, side - 2), fill=_BANNER_COLOUR)
    return icon


def _banner(width: int) -> Image.Image:
    banner = Image.new("RGB", (width, width // 8), _BANNER_COLOUR)
    ImageDraw.Draw(banner).text((width // 16, width // 24), "SALE  SALE  SALE", fill="white")
    return banner


def _encoded(image: Image.Image, form: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


def _content_type(url: str) -> str:
    return {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif"}[url.rpartition(".")[2]]


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    write_demo_archive(target)
