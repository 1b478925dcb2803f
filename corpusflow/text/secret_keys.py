"""Keys of services and private keys in a text, by the marks that their makers give them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_KEY = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"(?:AKIA|ASIA)[A-Z0-9]{16}"  # Amazon Web Services
    r"|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}"  # GitHub
    r"|glpat-[A-Za-z0-9_-]{20,64}"  # GitLab
    r"|sk-(?:proj-|ant-)?(?=[A-Za-z_-]{0,40}\d)[A-Za-z0-9_-]{20,200}"  # OpenAI, Anthropic; `sk-` alone begins CSS names
    r"|[sr]k_(?:live|test)_[A-Za-z0-9]{16,128}"  # Stripe
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,200}"  # Slack
    r"|AIza[A-Za-z0-9_-]{35}"  # Google
    r"|hf_[A-Za-z]{34}|npm_[A-Za-z0-9]{36}"  # Hugging Face, npm
    r"|eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}"  # JSON Web Token, RFC 7519
    r")(?![A-Za-z0-9_])"
)
_MARKS = (
    *("AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "sk-", "k_live_", "k_test_"),
    *("xox", "AIza", "hf_", "npm_", "eyJ", "-----BEGIN"),
)
_BLOCK_START = re.compile(r"-----BEGIN (?:[A-Z]{2,9} ){0,2}PRIVATE KEY(?: BLOCK)?-----")
_BLOCK_END = re.compile(r"-----END (?:[A-Z]{2,9} ){0,2}PRIVATE KEY(?: BLOCK)?-----")


def may_have_key(text: str) -> bool:
    """A quick look: False is certain."""
    return any(mark in text for mark in _MARKS)


def secret_keys(text: str) -> Iterator[tuple[int, int]]:
    """Where keys stand, as (start, end). A private key whose end is missing goes to the end of the text."""
    for found in _KEY.finditer(text):
        yield found.span()
    start = _BLOCK_START.search(text)
    while start is not None:
        end = _BLOCK_END.search(text, start.end())
        yield start.start(), end.end() if end else len(text)
        start = _BLOCK_START.search(text, end.end()) if end else None
