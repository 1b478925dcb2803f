"""A list of those who do not want to be taken: a text file with one domain or one URL pattern a line.

    example.org                     # the domain and all below it; `*.example.org` says the same
    müller.example                  # or xn--mller-kva.example
    https://example.net/            # all of one host, less its subdomains
    https://example.com/private/    # this address and all below it
    https://example.com/private/*   # what the pattern stands for as a whole; `*` is any run of characters
    *.example.com/art/*.jpg         # subdomains too

The scheme of a pattern does not matter, nor `www.` before its host, nor the port unless the pattern has one: what is
refused at one of these is refused at the others; and a pattern without a query stands for all queries. Text behind a
`#` is a comment.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpusflow.consent.url_pattern import comparable_path, wildcard_match
from corpusflow.errors import StartError
from corpusflow.extract.page_url import absolute_url
from corpusflow.store.address import open_input

# Most lines of a long list are such, and need not be parsed as a URL.
_PLAIN_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_PATTERN = re.compile(r"(?P<scheme>https?://)?(?P<subdomains>\*\.)?(?P<host>[^/*?#@\s]+)(?P<path>/\S*)?", re.IGNORECASE)
_URL = re.compile(r"https?://(?P<host>[^/:?]+)(?::(?P<port>\d+))?(?P<path>/.*)")
_DEFAULT_PORTS = (None, "80", "443")


@dataclass(frozen=True, slots=True)
class OptOutList:
    """A list by its path and the digest of its content; without a path, a list of nobody.

    What travels to the workers and into keys is this much: each process reads the file once, when it first asks. The
    digest makes sure that all of them go by the same list.
    """

    path: str = ""
    digest: str = ""

    @classmethod
    def read(cls, path: str) -> OptOutList:
        """The list as it is now. Raises StartError where it cannot be read or a line makes no sense."""
        found = cls(path, hashlib.sha256(_content(path)).hexdigest())
        _entries(found.path, found.digest)
        return found

    def entry_for(self, url: str) -> str | None:
        """The entry that an absolute URL falls under, with its line: `line 3: example.org`. None where there is none,
        and for what is no http(s) URL.

        Raises StartError where the file is not any more what it was.
        """
        if not self.path:
            return None
        normal = absolute_url("about:blank", url)
        parts = _URL.fullmatch(normal) if normal else None
        return _entries(self.path, self.digest).entry_for(parts) if parts else None


NOBODY = OptOutList()


@dataclass(frozen=True, slots=True)
class _Pattern:
    """port, path: None stands for every one. A path without a query stands for all its queries."""

    line: int
    text: str
    subdomains: bool = False
    port: str | None = None
    path: str | None = None

    def covers(self, port: str | None, path: str, below: str) -> bool:
        """below: what stands before the pattern's host in that of the URL, with its dot."""
        if (below not in ("", "www.") and not self.subdomains) or self.port not in (None, port):
            return False
        if self.path is None:
            return True
        path = comparable_path(path)
        plain = path.partition("?")[0]
        if "*" not in self.path and plain.startswith(f"{self.path.rstrip('/')}/"):
            return True
        return wildcard_match(self.path, path) or wildcard_match(self.path, plain)


class _Entries:
    """domains: line by domain. patterns: by host, without `www.`."""

    def __init__(self) -> None:
        self.domains: dict[str, int] = {}
        self.patterns: dict[str, list[_Pattern]] = {}

    def entry_for(self, url: re.Match[str]) -> str | None:
        whole = url["host"].rstrip(".")
        for start in _label_starts(whole):
            host = whole[start:]
            if line := self.domains.get(host):
                return f"line {line}: {host}"
            for pattern in self.patterns.get(host, ()):
                if pattern.covers(url["port"], url["path"], whole[:start]):
                    return f"line {pattern.line}: {pattern.text}"
        return None


def _label_starts(host: str) -> Iterator[int]:
    """Where the host and the domains above it begin in it."""
    start = 0
    while start >= 0:
        yield start
        start = host.find(".", start) + 1 or -1


def _content(path: str) -> bytes:
    try:
        with open_input(path) as file:
            return file.read()
    except OSError as error:
        raise StartError(f"{path}: the opt-out list cannot be read: {error.strerror or error}") from error


@functools.cache
def _entries(path: str, digest: str) -> _Entries:
    content = _content(path)
    if hashlib.sha256(content).hexdigest() != digest:
        raise StartError(f"{path}: the opt-out list was changed while the run went on; run again")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise StartError(f"{path}:{line}: the opt-out list is not UTF-8") from error
    entries = _Entries()
    for number, written in enumerate(text.split("\n"), start=1):
        entry = _COMMENT.sub("", written).strip()
        if entry and not _add(entries, entry, number):
            raise StartError(
                f"{path}:{number}: {entry[:200]!r} is neither a domain (example.org) nor a URL pattern "
                "(https://example.org/private/*)"
            )
    return entries


def _add(entries: _Entries, entry: str, line: int) -> bool:
    """False for what is neither a domain nor a pattern."""
    plain = entry.removeprefix("*.")
    if _PLAIN_DOMAIN.fullmatch(plain):
        _add_domain(entries, plain, line)
        return True
    found = _PATTERN.fullmatch(entry)
    url = absolute_url("about:blank", f"http://{found['host']}{found['path'] or '/'}") if found else None
    parts = _URL.fullmatch(url) if url else None
    host = parts["host"].rstrip(".") if parts else ""
    if found is None or parts is None or "." not in host or not all(host.split(".")):
        return False
    port = None if parts["port"] in _DEFAULT_PORTS else parts["port"]
    if found["scheme"] is None and found["path"] is None:
        if port is not None:
            return False
        _add_domain(entries, host, line)
        return True
    path = None if parts["path"] == "/" else comparable_path(parts["path"])
    pattern = _Pattern(line, entry, found["subdomains"] is not None, port, path)
    _add_pattern(entries, host if pattern.subdomains else host.removeprefix("www."), pattern)
    return True


def _add_domain(entries: _Entries, domain: str, line: int) -> None:
    entries.domains.setdefault(domain, line)
    if domain.startswith("www."):  # the site is meant, at either of its names
        _add_pattern(entries, domain.removeprefix("www."), _Pattern(line, domain))


def _add_pattern(entries: _Entries, host: str, pattern: _Pattern) -> None:
    entries.patterns.setdefault(host, []).append(pattern)
