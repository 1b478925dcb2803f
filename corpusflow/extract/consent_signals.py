"""What a page and its response headers say about who may use it: robots directives and the reservation of text and
data mining (TDMRep). They are recorded here; acting on them is the business of a filter."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence

from corpusflow.consent.agent import AGENT
from corpusflow.document import Metadata

MAX_CONTENT = 10_000  # characters of one tag that are read

# Commas part directives; some pages write semicolons or nothing but blanks. Only a date may hold blanks itself.
_DIRECTIVE = re.compile(r"unavailable_after\s*:\s*(?:[a-z]+,(?=\s*\d))?[^,;]*|[^\s,;:]+(?:\s*:\s*[^\s,;]+)?")
_COLON = re.compile(r"\s*:\s*")
# A word before a colon that is none of these is the name of a robot.
_DIRECTIVES = frozenset(
    "all follow index indexifembedded max-image-preview max-snippet max-video-preview noai noarchive nocache nofollow "  # noqa: SIM905
    "noimageai noimageindex noindex noml none noodp nosnippet notranslate unavailable_after".split()
)


def robots_directives(content: str) -> list[str]:
    """The directives of a `robots` meta tag, in lower case, since case means nothing: `noai`, `max-snippet:-1`."""
    return [_COLON.sub(":", found.strip()) for found in _DIRECTIVE.findall(content[:MAX_CONTENT].lower())]


def robots_directives_for_us(value: str) -> Iterator[str]:
    """The directives of one `X-Robots-Tag` header that are meant for all robots or for ours by name.

    A directive may begin with the name of a robot (`somebot: noindex`): it and what follows is for that robot, up to
    the next name.
    """
    for_us = True
    for directive in robots_directives(value):
        name, colon, rest = directive.partition(":")
        if colon and name not in _DIRECTIVES:
            for_us, directive = name == AGENT, rest
        if for_us:
            yield directive


def tdm_reservation(values: Iterable[str]) -> str:
    """The first value; but who reserves the rights in one place ("1") has reserved them, whatever other places say.
    A header that was sent twice may arrive as one, parted by a comma."""
    told = [part.strip() for value in values for part in value.split(",") if part.strip()]
    return "1" if "1" in told else next(iter(told), "")


def with_headers(metadata: Metadata, headers: Sequence[tuple[str, str]]) -> Metadata:
    """The metadata of a page and what its response headers add.

    headers: (name in lower case, value); of `x-robots-tag` counts what is meant for all robots or for us, as in a
    page. The page's own `tdm-policy` goes before that of the header.
    """
    if not headers:
        return metadata
    robots = {*metadata.robots}
    for value in _values(headers, "x-robots-tag"):
        robots.update(robots_directives_for_us(value))
    policies = map(str.strip, _values(headers, "tdm-policy"))
    return dataclasses.replace(
        metadata,
        robots=tuple(sorted(robots)),
        tdm_reservation=tdm_reservation([metadata.tdm_reservation, *_values(headers, "tdm-reservation")]),
        tdm_policy=metadata.tdm_policy or next(filter(None, policies), ""),
    )


def _values(headers: Sequence[tuple[str, str]], wanted: str) -> list[str]:
    return [value for name, value in headers if name == wanted]
