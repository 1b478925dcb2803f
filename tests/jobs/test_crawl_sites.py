"""Real small sites, served under addresses of their own and crawled from their front pages."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow.parquet as pq
import pytest

from corpusflow.crawl.options import CrawlOptions
from jobs.crawl import run_crawl
from tests.sites import Answer, Site, serve

SITES = Path(__file__).parents[2] / ".." / "shared" / "data" / "sites"
# Pictures that the extractor takes for logos (a dove in a heading, firefox-logo120.png and its larger form).
LEFT_OUT = {"mdn-learning-area": 3}

pytestmark = pytest.mark.skipif(not (SITES / "sites.json").exists(), reason="the sites are not there")


def folder(root: Path, name: str, address: list[str]) -> Callable[[str], Answer | None]:
    """Answers from the files below a folder; text names the site by its address and not by its name.

    address: filled in once it is known.
    """

    def answer(path: str) -> Answer | None:
        file = root / unquote(urlsplit(path).path).lstrip("/")
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file() or not file.resolve().is_relative_to(root.resolve()):
            return None
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        body = file.read_bytes()
        if "text" in kind or "xml" in kind:
            body = body.replace(f"http://{name}.test".encode(), address[0].encode())
        return Answer(body, kind)

    return answer


def wanted(site: dict[str, Any], served: Site) -> tuple[set[str], set[str]]:
    """URLs of the gold's pages, and of their images that are there and no icons."""

    def here(url: str) -> str:
        return unquote(url.replace(site["host"], served.url))

    gold = json.loads((SITES / site["gold"]).read_text(encoding="utf-8"))
    images = [part for page in gold for part in page["segments"] if part["type"] == "image"]
    there = {here(image["src"]) for image in images if image["exists"] and not image.get("minor")}
    return {here(page["url"]) for page in gold}, there


def test_all_pages_and_images_of_the_sites_are_found(tmp_path: Path) -> None:
    sites = json.loads((SITES / "sites.json").read_text(encoding="utf-8"))
    with ExitStack() as stack:
        served = {}
        for number, site in enumerate(sites, start=2):
            address: list[str] = []
            answer = folder(SITES / site["dir"], site["site"], address)
            served[site["site"]] = stack.enter_context(serve(answer, f"127.0.0.{number}"))
            address.append(served[site["site"]].url)
        options = CrawlOptions(
            tuple(site.url for site in served.values()),
            contact="mailto:us@site.example",
            pause_s=0.0,
            per_host=4,
            allow_loopback=True,
        )
        run_crawl(options, str(tmp_path / "out"))
        asked_twice = {path for site in served.values() for path, count in site.asked.items() if count > 1}
    rows = pq.read_table(tmp_path / "out" / "pages.parquet").to_pylist()
    stored = {unquote(row["url"]) for row in rows if row["outcome"] == "stored"}
    for site in sites:
        pages, images = wanted(site, served[site["site"]])
        assert pages <= stored, site["site"]
        assert len(images - stored) <= LEFT_OUT.get(site["site"], 0), (site["site"], images - stored)
    assert asked_twice <= {"/robots.txt", "/.well-known/tdmrep.json"}
