"""Which refusals count, and whether the response of an image is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from corpusflow.consent.opt_out import NOBODY, OptOutList
from corpusflow.extract.consent_signals import robots_directives_for_us, tdm_reservation

Directive = Literal["noai", "noimageai", "noimageindex", "noindex", "noml"]
DIRECTIVES: tuple[Directive, ...] = get_args(Directive)
IMAGES_ONLY = frozenset({"noimageai", "noimageindex"})  # the others are about a page and what it shows

# Reasons: of Decisions and codes of ConsentErrors alike.
OPTED_OUT_BY_ROBOTS_TAG = "opted_out_by_robots_tag"
OPTED_OUT_BY_LIST = "opted_out_by_list"
TDM_RESERVED = "tdm_reserved"


@dataclass(frozen=True)
class ConsentRules:
    """What counts as a refusal; by default everything that can be one.

    directives: of robots meta tags and X-Robots-Tag headers. tdm: reservations by the TDM Reservation Protocol.
    robots_txt: robots.txt is asked before anything else of a site.
    """

    directives: tuple[Directive, ...] = DIRECTIVES
    tdm: bool = True
    robots_txt: bool = True
    opt_out: OptOutList = NOBODY

    def refused_directives(self, told: Iterable[str]) -> Iterator[str]:
        """Those of the directives told (in lower case) that count; `none` is short for noindex and nofollow."""
        for directive in sorted(told):
            if directive in self.directives or (directive == "none" and "noindex" in self.directives):
                yield directive


EVERYTHING_COUNTS = ConsentRules()


class Refusal(NamedTuple):
    """reason: a snake_case constant. signal: what the site said, such as `x-robots-tag: noai`."""

    reason: str
    signal: str


def refusal_of_headers(headers: Sequence[tuple[str, str]], rules: ConsentRules) -> Refusal | None:
    """Why the image that came with these response headers may not be taken; None where nothing is against it.

    headers: (name in any case, value), as sent.
    """
    tags = [value for name, value in headers if name.lower() == "x-robots-tag"]
    told = {directive for value in tags for directive in robots_directives_for_us(value)}
    for directive in rules.refused_directives(told):
        return Refusal(OPTED_OUT_BY_ROBOTS_TAG, f"x-robots-tag: {directive}")
    reservations = [value for name, value in headers if name.lower() == "tdm-reservation"]
    if rules.tdm and tdm_reservation(reservations) == "1":
        return Refusal(TDM_RESERVED, "tdm-reservation: 1")
    return None
