"""What a crawl is told to do, and where it begins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from corpusflow.consent.opt_out import OptOutList
from corpusflow.consent.rules import ConsentRules
from corpusflow.crawl.normal_url import normal_url
from corpusflow.crawl.scope import Scope, host_of, parse_host, parse_prefix
from corpusflow.crawl.sitemap import looks_like_sitemap, read_sitemap
from corpusflow.errors import SourceError, StartError
from corpusflow.fetch.contact import fault_of_contact


@dataclass(frozen=True, slots=True)
class Seeds:
    """Normalised URLs, each once, in the order in which they were given. bad: lines that are none."""

    pages: tuple[str, ...]
    sitemaps: tuple[str, ...]
    bad: int


@dataclass(frozen=True)
class CrawlOptions:
    """seeds: URLs, text files of URLs, files with sitemaps. sitemaps: URLs. hosts: none stands for those of the seeds.

    depth: links from a seed; pages of a sitemap are seeds. max_pages: pages asked for, images and sitemaps apart.
    robots_sitemaps: whether to ask for the sitemaps that the robots.txt files of the seeds' hosts name. opt_out: a file
    of domains and URL patterns that are not asked, empty for none. pause_s: between requests to one host.
    """

    seeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    robots_sitemaps: bool = False
    depth: int = 3
    max_pages: int = 1000
    hosts: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    images: bool = True
    contact: str = ""
    workers: int = 1
    pause_s: float = 1.0
    per_host: int = 2
    max_bytes: int = 20_000_000
    timeout_s: float = 30.0
    allow_loopback: bool = False
    opt_out: str = ""

    def __post_init__(self) -> None:
        if fault := fault_of_contact(self.contact):
            raise StartError(
                f"{fault}; write `--contact https://your.page/about` or `--contact mailto:you@your.domain`"
            )
        if not self.seeds and not self.sitemaps:
            raise StartError("nothing to begin with; give a URL, a file of URLs or `--sitemap URL`")

    @cached_property
    def begin(self) -> Seeds:
        """Raises StartError for a seed that is neither URL nor file, and where there is none at all."""
        pages: list[str] = []
        sitemaps = [_web_address(text, "--sitemap") for text in self.sitemaps]
        for seed in self.seeds:
            if "://" in seed:
                pages.append(_web_address(seed, "seed"))
            else:
                listed, nested = _read_list(seed)
                pages += listed
                sitemaps += nested
        normal = [url for url in map(normal_url, pages) if url]
        if not normal and not sitemaps:
            raise StartError(f"{', '.join(self.seeds)}: no http or https URL in it")
        return Seeds(tuple(dict.fromkeys(normal)), tuple(dict.fromkeys(sitemaps)), len(pages) - len(normal))

    @cached_property
    def scope(self) -> Scope:
        """Raises StartError."""
        begin = (*self.begin.pages, *self.begin.sitemaps)
        hosts = map(parse_host, self.hosts) if self.hosts else map(host_of, begin)
        return Scope(frozenset(hosts), tuple(map(parse_prefix, self.prefixes)))

    @cached_property
    def rules(self) -> ConsentRules:
        """All refusals count. Raises StartError where the opt-out list cannot be read."""
        return ConsentRules(opt_out=OptOutList.read(self.opt_out) if self.opt_out else OptOutList())

    def deciding(self) -> dict[str, Any]:
        """JSON-able: what decides on what a crawl gets. Patience and politeness do not, nor does the opt-out list: it
        may grow while a crawl goes on, and whoever stands in it is not asked any more. Raises StartError."""
        return {
            "seeds": list(self.begin.pages),
            "sitemaps": list(self.begin.sitemaps),
            "robots_sitemaps": self.robots_sitemaps,
            "depth": self.depth,
            "max_pages": self.max_pages,
            "hosts": sorted(self.scope.hosts),
            "prefixes": [list(prefix) for prefix in self.scope.prefixes],
            "images": self.images,
            "max_bytes": self.max_bytes,
            "allow_loopback": self.allow_loopback,
        }


def _web_address(text: str, name: str) -> str:
    url = normal_url(text)
    if url is None:
        raise StartError(f"{name} {text}: not an http or https URL")
    return url


def _read_list(path: str) -> tuple[list[str], list[str]]:
    """Pages and sitemaps of a file. Empty lines and lines that begin with `#` are passed over."""
    data = _read(path)
    if looks_like_sitemap(data):
        try:
            found = read_sitemap(data, path)
        except SourceError as error:
            raise StartError(str(error)) from error
        return list(found.pages), [url for url in map(normal_url, found.sitemaps) if url]
    lines = (line.strip() for line in data.decode("utf-8-sig", "replace").splitlines())
    return [line for line in lines if line and not line.startswith("#")], []


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise StartError(f"{path}: neither a URL nor a file that can be read: {error.strerror}") from error
