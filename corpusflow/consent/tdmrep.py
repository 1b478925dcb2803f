"""`/.well-known/tdmrep.json`: for which paths a site reserves the rights of text and data mining.

The final report of the TDM Reservation Protocol (https://www.w3.org/community/reports/tdmrep/): an array of rules, the
first whose location matches counts, and what no rule matches is not reserved.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any

from corpusflow.consent.url_pattern import comparable_path, wildcard_match

PATH = "/.well-known/tdmrep.json"
MAX_CHARACTERS = 1 << 20
MAX_RULES = 1_000
PARSED = 2048  # files that are kept parsed; a block of images has some hundreds of hosts


@dataclass(frozen=True, slots=True)
class TdmRule:
    """location: as the site wrote it. pattern: what stands for whole paths. policy: URL of the terms, or empty."""

    location: str
    pattern: str
    reserved: bool
    policy: str = ""


@functools.lru_cache(maxsize=PARSED)
def parse_tdmrep(text: str) -> tuple[TdmRule, ...]:
    """The rules in their order. Raises ValueError for what is not JSON of this shape, or too much of it."""
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"{len(text)} characters, limit {MAX_CHARACTERS}")
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(data, list):
        raise ValueError("not an array of rules")
    if len(data) > MAX_RULES:
        raise ValueError(f"{len(data)} rules, limit {MAX_RULES}")
    return tuple(_rule(item) for item in data)


def matching_rule(rules: tuple[TdmRule, ...], path: str) -> TdmRule | None:
    """The rule that counts for a path with its query, None where there is none."""
    path = comparable_path(path)
    return next((rule for rule in rules if wildcard_match(rule.pattern, path)), None)


def _rule(item: Any) -> TdmRule:
    if not isinstance(item, dict):
        raise ValueError("a rule is not an object")
    location, reservation, policy = (item.get(key) for key in ("location", "tdm-reservation", "tdm-policy"))
    if not isinstance(location, str) or not location:
        raise ValueError("a rule has no location")
    if str(reservation) not in ("0", "1"):
        raise ValueError(f"the rule of {location[:100]!r} has no tdm-reservation of 0 or 1")
    return TdmRule(location, _pattern(location), str(reservation) == "1", policy if isinstance(policy, str) else "")


def _pattern(location: str) -> str:
    """As in robots.txt: a location stands for all that begins with it, unless `$` marks its end."""
    pattern = comparable_path(location)
    pattern = pattern if pattern.startswith(("/", "*")) else f"/{pattern}"
    return pattern[:-1] if pattern.endswith("$") else f"{pattern}*"
