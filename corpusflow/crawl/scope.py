"""Which URLs belong to a crawl: by host, and by the beginning of the path."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from corpusflow.crawl.normal_url import normal_url
from corpusflow.errors import StartError


@dataclass(frozen=True, slots=True)
class Scope:
    """hosts: as `host_of` gives them. prefixes: (host, path) a URL must begin with one of; an empty host stands for all
    hosts; no prefixes: all paths."""

    hosts: frozenset[str]
    prefixes: tuple[tuple[str, str], ...] = ()

    def has_host(self, url: str) -> bool:
        return host_of(url) in self.hosts

    def contains(self, url: str) -> bool:
        """url: normalised."""
        host, path = host_of(url), urlsplit(url).path
        if host not in self.hosts:
            return False
        fits = (wanted in ("", host) and path.startswith(begin) for wanted, begin in self.prefixes)
        return not self.prefixes or any(fits)


def host_of(url: str) -> str:
    """The host of a normalised URL without `www.`, with its port unless that is the default one: a site often sends
    its visitors from one form to the other."""
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www.") + (f":{parts.port}" if parts.port else "")


def parse_host(text: str) -> str:
    """What `--host` means. Raises StartError."""
    url = normal_url(text if "://" in text else f"http://{text}")
    if url is None or urlsplit(url).path != "/":
        raise StartError(f"--host {text}: write it as example.org or example.org:8080")
    return host_of(url)


def parse_prefix(text: str) -> tuple[str, str]:
    """What `--prefix` means: a path that begins with a slash, or a URL. Raises StartError."""
    url = normal_url(f"http://host.example{text}" if text.startswith("/") else text)
    if url is None or "?" in url:
        raise StartError(f"--prefix {text}: write it as /docs/ or https://example.org/docs/")
    return "" if text.startswith("/") else host_of(url), urlsplit(url).path
