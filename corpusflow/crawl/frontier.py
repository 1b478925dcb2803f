"""What a crawl asks for next: every URL once, in the order in which it was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from corpusflow.crawl.normal_url import normal_url
from corpusflow.crawl.options import CrawlOptions
from corpusflow.crawl.traps import QueryVariants, trap
from corpusflow.text.identity import url_key

MAX_SITEMAPS = 1_000
SITEMAP_DEPTH = 3  # an index within an index; the protocol allows none

Kind = Literal["page", "image", "sitemap", "robots"]
Row = Mapping[str, Any]

_ORDER: dict[Kind, int] = {"robots": 0, "sitemap": 1, "page": 2, "image": 3}


class Item(NamedTuple):
    """A URL to ask for.

    rank: its number in the whole crawl. depth: links from a seed; for a sitemap, indices above it. referrer: the page
    or sitemap that names it; empty for a seed.
    """

    rank: int
    url: str
    kind: Kind
    depth: int
    referrer: str

    @property
    def is_seed(self) -> bool:
        return self.kind == "page" and not self.referrer


class Frontier:
    """Gives the rounds of a crawl, and gets what came of each.

    not_queued: how many URLs were found and are not asked for, by reason: `out_of_scope`, `over_max_pages`,
    `over_max_sitemaps`, `bad_url`, `url_too_long`, `path_too_deep`, `path_repeats`, `too_many_queries`. Links of the
    pages at the last depth are not looked at.
    """

    def __init__(self, options: CrawlOptions) -> None:
        self._options = options
        self._seen: set[str] = set()
        self._variants = QueryVariants()
        self._found: list[tuple[str, Kind, int, str]] = []
        self._ranks = self._pages = self._sitemaps = 0
        self.not_queued: Counter[str] = Counter()
        begin = options.begin
        self.not_queued["bad_url"] += begin.bad
        if options.robots_sitemaps:
            for origin in dict.fromkeys(map(_origin, begin.pages)):
                self._found.append((f"{origin}/robots.txt", "robots", 0, ""))
        for url in begin.sitemaps:
            self._add_sitemap(url, 0, "")
        for url in begin.pages:
            self._add_page(url, 0, "")

    def take(self) -> list[Item]:
        """The next round: what was found since the last; none when the crawl is at its end."""
        items: list[Item] = []
        for url, kind, depth, referrer in sorted(self._found, key=lambda found: _ORDER[found[1]]):
            if kind == "page":
                if self._pages >= self._options.max_pages:
                    self.not_queued["over_max_pages"] += 1
                    continue
                self._pages += 1
            items.append(Item(self._ranks, url, kind, depth, referrer))
            self._ranks += 1
        self._found = []
        return items

    def again(self, items: Iterable[Item]) -> list[Item]:
        """A round of items that were asked for before. They count towards no limit once more."""
        items = [item._replace(rank=rank) for rank, item in enumerate(items, self._ranks)]
        self._ranks += len(items)
        return items

    def absorb(self, rows: Sequence[Row]) -> None:
        """What came of a round, in the order of its ranks."""
        for row in rows:
            # Where a redirect led counts as asked, wherever else it is named.
            if row["kind"] == "page" and row["final_url"]:
                self._seen.add(normal_url(row["final_url"]) or row["final_url"])
        for row in rows:
            self._follow(row)

    def _follow(self, row: Row) -> None:
        listed = row["outcome"] == "sitemap"
        here = row["url"]
        for url in row["sitemaps"]:
            self._add_sitemap(url, row["depth"] + 1, here)
        if row["canonical"]:
            self._add_page(row["canonical"], row["depth"], here)
        depth = 0 if listed else row["depth"] + 1
        if depth <= self._options.depth:
            for url in row["links"]:
                self._add_page(url, depth, here)
        if self._options.images:
            for url in row["images"]:
                self._add_image(url, row["depth"], here)

    def _add_page(self, address: str, depth: int, referrer: str) -> None:
        url = normal_url(address)
        if url in self._seen:
            return
        self._seen.add(url or address)
        if reason := self._refusal(url, referrer):
            self.not_queued[reason] += 1
        elif url is not None:
            self._found.append((url, "page", depth, referrer))

    def _refusal(self, url: str | None, referrer: str) -> str | None:
        if url is None:
            return "bad_url"
        # What a person asks for need not stand below a prefix: it may be the page that leads there.
        scope = self._options.scope
        if not (scope.contains(url) if referrer else scope.has_host(url)):
            return "out_of_scope"
        return trap(url) or ("too_many_queries" if self._variants.add(url) else None)

    def _add_image(self, url: str, depth: int, referrer: str) -> None:
        # The key under which a corpus looks for it in an archive.
        key = f"image {url_key(url)}"
        if key not in self._seen:
            self._seen.add(key)
            self._found.append((url, "image", depth, referrer))

    def _add_sitemap(self, address: str, depth: int, referrer: str) -> None:
        url = normal_url(address)
        key = f"sitemap {url}"
        if url is None or key in self._seen:
            return
        self._seen.add(key)
        if depth > SITEMAP_DEPTH or self._sitemaps >= MAX_SITEMAPS:
            self.not_queued["over_max_sitemaps"] += 1
            return
        self._sitemaps += 1
        self._found.append((url, "sitemap", depth, referrer))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
