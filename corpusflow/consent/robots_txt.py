"""robots.txt (RFC 9309): what of it is meant for one robot, and what that says."""

from __future__ import annotations

import codecs
import functools
import re
from collections.abc import Iterator

from protego import Protego

PATH = "/robots.txt"
MAX_LINES = 20_000  # for one robot; the longest of real files have some thousand
PARSED = 2048  # files that are kept parsed; a block of images has some hundreds of hosts

# The lines that say something to a crawler, in the spellings that Protego forgives. Every other line, known or not,
# is as if it were not there: RFC 9309 lets none of them end a group.
_LINE = re.compile(
    r"\s*(?:(?P<agent>user[- ]?agent)|allow|dis+al+ow|diasllow|disallaw|crawl[- ]delay|request[- ]rate)"
    r"(?:\s*:|\s)\s*(?P<value>.*)",
    re.IGNORECASE,
)
_PRODUCT_TOKEN = re.compile(r"[\w-]+", re.ASCII)


def robots_text(body: bytes) -> str:
    """The text of a robots.txt; what cannot be decoded does not matter to the lines that can."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    return body.decode("utf-8-sig", "replace")


def lines_for(agent: str, text: str) -> str:
    """Less of a robots.txt: the groups of one robot and of all robots.

    A robot is named by a product token: `Foo Bar` and `Foo/1.0` name `foo`. Protego would take both as other names,
    and `fo` as one of foo's. Raises ValueError where there are more than MAX_LINES.
    """
    kept: list[str] = []
    for line in _lines_for(agent.lower(), text):
        kept.append(line)
        if len(kept) > MAX_LINES:
            raise ValueError(f"more than {MAX_LINES} lines")
    return "\n".join(kept)


def _lines_for(agent: str, text: str) -> Iterator[str]:
    among_names = meant = False
    for line in text.splitlines():
        line = line.partition("#")[0].rstrip()
        found = _LINE.match(line)
        if found is None:
            continue
        if not found["agent"]:
            among_names = False
            if meant:
                yield line
            continue
        if not among_names:
            among_names, meant = True, False
        name = _robot_name(found["value"])
        if name in (agent, "*"):
            meant = True
            yield f"User-agent: {name}"


def _robot_name(value: str) -> str:
    token = _PRODUCT_TOKEN.match(value.replace("*", ""))
    return token[0].lower() if token else value.strip()[:1]


def allows(lines: str, agent: str, url: str) -> bool:
    """Whether what `lines_for` left allows the robot an absolute URL."""
    allowed: bool = _parsed(lines).can_fetch(url, agent.lower())
    return allowed


def pause_s(lines: str, agent: str) -> float:
    """Seconds between two requests that are asked for: Crawl-delay or Request-rate, the longer; 0 for neither."""
    rules = _parsed(lines)
    rate = rules.request_rate(agent.lower())
    return max(rules.crawl_delay(agent.lower()) or 0.0, rate.seconds / rate.requests if rate else 0.0)


@functools.lru_cache(maxsize=PARSED)
def _parsed(lines: str) -> Protego:
    """Many sites have the same few lines."""
    return Protego.parse(lines)
