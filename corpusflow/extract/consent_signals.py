"""What a page and its response headers say about who may use it: robots directives and the reservation of text and
data mining (TDMRep). They are recorded here; acting on them is the business of a filter."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence

from corpusflow.document import Metadata

MAX_CONTENT = 10_000  # characters of one tag that are read

# Commas part directives; some pages write semicolons or nothing but blanks. Only a date may hold blanks itself.
_DIRECTIVE = re.compile(r"unavailable_after\s*:\s*(?:[a-z]+,(?=\s*\d))?[^,;]*|[^\s,;:]+(?:\s*:\s*[^\s,;]+)?")
_COLON = re.compile(r"\s*:\s*")
# A word before a colon that is none of these is the name of a robot.
_DIRECTIVES = frozenset(
    "all follow index indexifembedded max-image-preview max-snippet max-video-preview noai noarchive nocache nofollow "  # noqa: SIM905
    "noimageai noimageindex noindex none noodp nosnippet notranslate unavailable_after".split()
)


def robots_directives(content: str) -> list[str]:
    """The directives of a `robots` meta tag, in lower case, since case means nothing: `noai`, `max-snippet:-1`."""
    return [_COLON.sub(":", found.strip()) for found in _DIRECTIVE.findall(content[:MAX_CONTENT].lower())]


def tdm_reservation(values: Iterable[str]) -> str:
    """The first value; but who reserves the rights in one place ("1") has reserved them, whatever other places say."""
    told = [value for value in map(str.strip, values) if value]
    return "1" if "1" in told else next(iter(told), "")


def with_headers(metadata: Metadata, headers: Sequence[tuple[str, str]]) -> Metadata:
    """The metadata of a page and what its response headers add.

    headers: (name in lower case, value); of `x-robots-tag` what is meant for all robots counts, as in a page. The
    page's own `tdm-policy` goes before that of the header.
    """
    if not headers:
        return metadata
    robots = {*metadata.robots}
    for value in _values(headers, "x-robots-tag"):
        robots.update(_for_all_robots(value))
    policies = map(str.strip, _values(headers, "tdm-policy"))
    return dataclasses.replace(
        metadata,
        robots=tuple(sorted(robots)),
        tdm_reservation=tdm_reservation([metadata.tdm_reservation, *_values(headers, "tdm-reservation")]),
        tdm_policy=metadata.tdm_policy or next(filter(None, policies), ""),
    )


def _values(headers: Sequence[tuple[str, str]], wanted: str) -> list[str]:
    return [value for name, value in headers if name == wanted]


def _for_all_robots(value: str) -> Iterable[str]:
    """The directives of one header up to the first that begins with the name of a robot (`somebot: noindex`): what
    follows is for that robot."""
    for directive in robots_directives(value):
        name, colon, _ = directive.partition(":")
        if colon and name not in _DIRECTIVES:
            return
        yield directive
