"""Whether a URL may be asked for: the opt-out list, robots.txt and tdmrep.json; what cannot be known means no."""

from __future__ import annotations

import codecs
import time
from collections.abc import Awaitable, Callable

from yarl import URL

from corpusflow.consent import robots_txt, tdmrep
from corpusflow.consent.agent import AGENT
from corpusflow.consent.rules import OPTED_OUT_BY_LIST, TDM_RESERVED, ConsentRules
from corpusflow.errors import ConsentError, FetchError
from corpusflow.fetch.site_file import SiteFile, Told

ROBOTS_DISALLOWED = "robots_disallowed"
ROBOTS_UNREADABLE = "robots_unreadable"
TDM_UNREADABLE = "tdm_unreadable"

# The site is not there, rather than unwilling.
_NOT_THERE = frozenset(
    {
        "address_refused",
        "bad_url",
        "connect_failed",
        "connect_timeout",
        "dns_failed",
        "dns_unavailable",
        "host_given_up",
        "network_unreachable",
        "tls_failed",
    }
)


class SiteRules:
    """What the sites that one session asks want, and what the user was told they want.

    read: gives the body at a URL, or raises FetchError. It belongs to one event loop.
    """

    def __init__(
        self,
        read: Callable[[str], Awaitable[bytes]],
        rules: ConsentRules,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules
        self._robots = SiteFile(robots_txt.PATH, read, _robots_lines, clock)
        self._tdm = SiteFile(tdmrep.PATH, read, _tdm_rules, clock)

    async def check(self, url: URL) -> float:
        """Seconds between two requests that robots.txt asks for; 0 where it does not.

        Raises ConsentError: `opted_out_by_list` (before anything is asked), `robots_disallowed`, `robots_unreadable`,
        `tdm_reserved`, `tdm_unreadable`; its detail is the signal. FetchError where the site cannot be reached at all.
        """
        entry = self._rules.opt_out.entry_for(str(url))
        if entry is not None:
            raise ConsentError(OPTED_OUT_BY_LIST, str(url), entry)
        pause = 0.0
        if self._rules.robots_txt:
            lines = await _readable(self._robots, url, ROBOTS_UNREADABLE)
            if not robots_txt.allows(lines, AGENT, str(url)):
                raise ConsentError(ROBOTS_DISALLOWED, str(url), f"by {url.origin()}{robots_txt.PATH}")
            pause = robots_txt.pause_s(lines, AGENT)
        if self._rules.tdm:
            rules = tdmrep.parse_tdmrep(await _readable(self._tdm, url, TDM_UNREADABLE))
            rule = tdmrep.matching_rule(rules, url.raw_path_qs)
            if rule is not None and rule.reserved:
                raise ConsentError(TDM_RESERVED, str(url), f"{rule.location[:200]} in {url.origin()}{tdmrep.PATH}")
        return pause


async def _readable(file: SiteFile, url: URL, unreadable: str) -> str:
    """What the file of a URL's site says. Raises ConsentError and FetchError."""
    told: Told = await file.of(url.origin())
    if told.fault in _NOT_THERE:
        raise FetchError(told.fault, str(url), told.detail)
    if told.fault:
        detail = f"{url.origin()}{file.path}: {told.fault} {told.detail}".strip()
        raise ConsentError(unreadable, str(url), detail, told.fault)
    return told.text


def _robots_lines(body: bytes | None) -> str:
    return "" if body is None else robots_txt.lines_for(AGENT, robots_txt.robots_text(body))


def _tdm_rules(body: bytes | None) -> str:
    """The file as it is, once it is known that it can be parsed."""
    # Many sites answer every path with a page or with nothing, those too that never heard of the protocol.
    said = b"" if body is None else body.removeprefix(codecs.BOM_UTF8).strip()
    if body is None or not said or said.startswith(b"<"):
        return "[]"
    text = body.decode("utf-8-sig")
    tdmrep.parse_tdmrep(text)
    return text
