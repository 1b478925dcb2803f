"""Which addresses of pages may become links."""

from __future__ import annotations


def is_web(url: str) -> bool:
    """Whether a click asks a web server and does nothing else: not so for `javascript:`, `data:` and `file:`."""
    return url.lower().startswith(("http://", "https://"))
