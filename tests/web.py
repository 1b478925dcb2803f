"""A small web for tests: pages, pictures and archives made on the spot."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HOST = "http://site.example"
PROSE = "the quiet river carries old boats past green hills while people walk home and talk about rain"
WORDS = PROSE.split()


def jpeg(seed: int, width: int = 200, height: int = 160) -> bytes:
    """A picture of soft colours, different for every seed."""
    rough = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(rough).resize((width, height), Image.Resampling.BICUBIC).save(out, "JPEG")
    return out.getvalue()


def sentence(seed: int, words: int = 60) -> str:
    """Plain English words in an order that depends on the seed."""
    order = np.random.default_rng(seed).integers(0, len(WORDS), words)
    return " ".join(WORDS[number] for number in order)


def page(title: str, *parts: str) -> bytes:
    """An HTML page; a part that ends like a picture is one, any other is a paragraph."""
    body = "".join(f'<img src="{part}">' if part.endswith((".jpg", ".png")) else f"<p>{part}</p>" for part in parts)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()


def story(number: int) -> bytes:
    """A page of its own text with a picture `/NUMBER.jpg`."""
    return page(f"Story {number}", sentence(number), f"/{number}.jpg", sentence(number + 10_000))


def captures(numbers: Iterable[int]) -> list[tuple[str, bytes]]:
    """(URL, body) of stories and their pictures."""
    numbers = list(numbers)
    pages = [(f"{HOST}/{number}.html", story(number)) for number in numbers]
    return pages + [(f"{HOST}/{number}.jpg", jpeg(number)) for number in numbers]


def write_warc(path: Path, items: Iterable[tuple[str, bytes]], headers: Mapping[str, str] | None = None) -> Path:
    """A WARC (gzip by its name) with one 200 response per item; headers are added to each, over the true ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        writer = WARCWriter(file, gzip=path.name.endswith(".gz"))
        for url, body in items:
            kind = "image/jpeg" if url.endswith(".jpg") else "text/html; charset=utf-8"
            fields = {"Content-Type": kind, "Content-Length": str(len(body))} | dict(headers or {})
            http = StatusAndHeaders("200 OK", list(fields.items()), protocol="HTTP/1.1")
            # With the length given, warcio makes no temporary file that it then leaves open.
            length = len(body)
            dated = {"WARC-Date": "2026-01-02T03:04:05Z"}
            record = writer.create_warc_record(
                url, "response", io.BytesIO(body), http_headers=http, warc_headers_dict=dated, length=length
            )
            writer.write_record(record)
    return path


def recipe(*sources: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A recipe without models, for small input: blocks of three pages and two images."""
    data: dict[str, Any] = {
        "name": "small",
        "sources": [dict(source) for source in sources],
        "load": {"block_pages": 3},
        "fetch": {"web": False, "block_images": 2},
        "filters": [
            {"name": "text_length", "options": {"min_words": 10}},
            {"name": "image_size", "options": {"min_side": 100}},
            {"name": "document_shape", "options": {"min_images": 1}},
        ],
        "output": {"shard_bytes": 20_000},
    }
    return data | changes
