"""Which failures of a transfer may pass, how long to wait before the next try, and what Retry-After says."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# A second try may well succeed. 408, 425, 429 and 5xx by their meaning in RFC 9110 and RFC 6585.
_PASSING = frozenset(
    {
        "broken_transfer",
        "connect_failed",
        "connect_timeout",
        "dns_unavailable",
        "http_408",
        "http_425",
        "http_429",
        "http_500",
        "http_502",
        "http_503",
        "http_504",
        "network_unreachable",
        "timeout",
    }
)
# A later run may do better: nothing was asked for this URL, since its host did not answer for others; the site could
# not say whether it may be; or there was no such name, which seldom changes.
_LATER = frozenset({"dns_failed", "host_given_up", "host_busy", "robots_unreadable", "tdm_unreadable"})

# So it looks where the network is down, too; that there is no such name, or nobody listening, somebody must have said.
NO_NETWORK = frozenset({"connect_timeout", "dns_unavailable", "network_unreachable", "timeout"})
UNREACHABLE = NO_NETWORK | {"connect_failed", "dns_failed"}  # nobody answered for the host
BUSY = frozenset({"http_429", "http_503"})  # the host asks for patience

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0


def worth_retrying(code: str) -> bool:
    """Whether the same request may do better in a few seconds."""
    return code in _PASSING


def may_pass(code: str) -> bool:
    """Whether a later run may do better: for `--retry-failed`."""
    return code in _PASSING or code in _LATER


def backoff_s(attempt: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds to wait after the attempt (1 is the first): doubled each time, with jitter of half, so that what failed
    together is not asked again together."""
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1)) * (0.5 + chance())


def retry_after_s(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or a date; None where it cannot be read."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    date = date.replace(tzinfo=date.tzinfo or UTC)
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())
