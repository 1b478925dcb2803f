"""The name that a site uses when it means us: the product token in robots.txt, headers and meta tags."""

from __future__ import annotations

AGENT = "corpusflow"
