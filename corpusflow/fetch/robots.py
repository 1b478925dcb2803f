"""robots.txt (RFC 9309): what a site allows, asked once per origin; unreadable means no."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from protego import Protego
from yarl import URL

from corpusflow.errors import ConsentError, FetchError

AGENT = "corpusflow"  # the product token that robots.txt may name
TOO_MANY_REQUESTS = "http_429"  # no answer yet, rather than "there is no robots.txt"
UNREACHABLE = ("address_refused", "bad_url", "connect_failed", "dns_failed", "tls_failed")


class Robots:
    """The robots.txt files of the origins that one session asks.

    read: gives the body of a robots.txt, or raises FetchError.
    """

    def __init__(self, read: Callable[[str], Awaitable[bytes]]) -> None:
        self._read = read
        self._origins: dict[URL, asyncio.Task[Protego]] = {}

    async def check(self, url: URL) -> None:
        """Raises ConsentError: `robots_disallowed`, `robots_unreadable` (anything but an answer or a plain 4xx); and
        FetchError where the site cannot be reached at all."""
        origin = url.origin()
        if origin not in self._origins:
            self._origins[origin] = asyncio.create_task(self._rules(origin))
        try:
            rules = await asyncio.shield(self._origins[origin])
        except FetchError as error:
            if error.code in UNREACHABLE:
                raise FetchError(error.code, str(url), error.detail) from error
            raise ConsentError("robots_unreadable", str(url), f"{origin}/robots.txt: {error.code}") from error
        if not rules.can_fetch(str(url), AGENT):
            raise ConsentError("robots_disallowed", str(url), f"by {origin}/robots.txt")

    async def _rules(self, origin: URL) -> Protego:
        try:
            body = await self._read(str(origin / "robots.txt"))
        except FetchError as error:
            if error.code.startswith("http_4") and error.code != TOO_MANY_REQUESTS:
                return Protego.parse("")
            raise
        return Protego.parse(body.decode("utf-8", "replace"))
