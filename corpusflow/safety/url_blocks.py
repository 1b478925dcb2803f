"""Lists of domains and URLs in the forms in which such lists are shared.

    example.org                     # the domain and all below it; `*.example.org` and `.example.org` say the same
    0.0.0.0 example.org             # a hosts file
    ||example.org^                  # an Adblock filter; ||example.org/banners/ too
    example.org/private             # this address and all below it, with a scheme or without, as in the UT1 collection

Lines that begin with `#` or `!` are comments. Other Adblock rules (exceptions, those for parts of a page, for scripts
or with options) say nothing of whole addresses and are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from corpusflow.extract.page_url import absolute_url

# Most lines of a long list are such, and need not be parsed as a URL.
_PLAIN_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_HOSTS = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1|::1?|fe80::1%lo0|255\.255\.255\.255)\s+(?P<names>\S.*)")
_ADBLOCK = re.compile(r"\|\|(?P<address>[^\s^*$|]+)\^?")
_OTHER_RULE = re.compile(r"@@|\[|/|\||.*#[@?$%]*#|.*\$[a-z~][a-z0-9~,=|.-]*$")
_ADDRESS = re.compile(r"(?:https?://)?(?P<address>[^/\s]+(?:/\S*)?)", re.IGNORECASE)
_URL = re.compile(r"https?://(?P<host>[^/:?]+)(?::\d+)?(?P<path>/.*)")
_OWN_NAMES = frozenset({"0.0.0.0", "127.0.0.1"})


@dataclass
class UrlBlocks:
    """domains: with all below them. addresses: host without `www.`, and path without its last slash; with none all of
    the host, less its subdomains."""

    domains: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)

    def entry_for(self, url: str) -> str | None:
        """The entry that a URL falls under; None where there is none, and for what is no http(s) URL."""
        parts = _parts(url)
        if parts is None:
            return None
        host, path = parts
        domain = host
        while domain:
            if domain in self.domains:
                return domain
            domain = domain.partition(".")[2]
        if not self.addresses:
            return None
        return next((address for address in _addresses_above(host, path) if address in self.addresses), None)


def parse_url_blocks(lines: list[str]) -> UrlBlocks:
    """Raises ValueError, `3: ...`, for a line that is neither of these."""
    blocks = UrlBlocks()
    for number, written in enumerate(lines, start=1):
        line = "" if written.startswith("!") else _COMMENT.sub("", written).strip()
        for entry in _entries(line):
            if not _add(blocks, entry):
                raise ValueError(f"{number}: {entry[:200]!r} is neither a domain nor a URL")
    return blocks


def _entries(line: str) -> Iterator[str]:
    if _PLAIN_DOMAIN.fullmatch(line):
        yield line
    elif hosts := _HOSTS.fullmatch(line):
        # `localhost` and the like are of the machine itself.
        yield from (name for name in hosts["names"].split() if "." in name and name not in _OWN_NAMES)
    elif rule := _ADBLOCK.fullmatch(line):
        yield rule["address"]
    elif line and not _OTHER_RULE.match(line):
        yield line.removeprefix("*").removeprefix(".")


def _add(blocks: UrlBlocks, entry: str) -> bool:
    if _PLAIN_DOMAIN.fullmatch(entry):
        _add_domain(blocks, entry)
        return True
    found = _ADDRESS.fullmatch(entry)
    parts = _parts(f"http://{found['address']}") if found else None
    if parts is None or "." not in parts[0]:
        return False
    host, path = parts
    if "/" in entry:
        blocks.addresses.add(f"{host.removeprefix('www.')}{path.rstrip('/')}")
    else:
        _add_domain(blocks, host)
    return True


def _add_domain(blocks: UrlBlocks, domain: str) -> None:
    if domain.startswith("www."):  # the site is meant, at either of its names, and not all that is below it
        blocks.addresses.add(domain.removeprefix("www."))
    else:
        blocks.domains.add(domain)


def _parts(url: str) -> tuple[str, str] | None:
    normal = absolute_url("about:blank", url)
    found = _URL.fullmatch(normal) if normal else None
    return (found["host"].rstrip("."), found["path"]) if found else None


def _addresses_above(host: str, path: str) -> Iterator[str]:
    """The URL itself, without its query, and every folder that it is in."""
    host = host.removeprefix("www.")
    yield f"{host}{path.rstrip('/')}"
    path = path.partition("?")[0].rstrip("/")
    while path:
        yield f"{host}{path}"
        path = path.rpartition("/")[0]
    yield host
