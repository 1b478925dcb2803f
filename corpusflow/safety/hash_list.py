"""Lists of image hashes: exact digests, or perceptual hashes that count within a distance."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal, get_args

from corpusflow.safety.hash_index import HashIndex

HashKind = Literal["sha256", "sha1", "md5", "phash", "dhash", "pdq"]
HASH_KINDS: tuple[HashKind, ...] = get_args(HashKind)
HEX_DIGITS: dict[HashKind, int] = {"sha256": 64, "sha1": 40, "md5": 32, "phash": 16, "dhash": 16, "pdq": 64}
PERCEPTUAL: tuple[HashKind, ...] = ("phash", "dhash", "pdq")

_KIND = re.compile(r"#\s*kind:\s*(?P<kind>\w+)\s*")
_HASH = re.compile(r"[0-9a-fA-F]+")
# What else may stand on the line, such as the file's name, is for the reader.
_LINE = re.compile(r"(?P<hash>[0-9a-fA-F]+)(?:[\s,;].*)?")


class HashList:
    """hashes: in lower case, all of one length."""

    def __init__(self, hashes: frozenset[str], kind: HashKind) -> None:
        self.hashes = hashes
        self._index = HashIndex(sorted(hashes)) if kind in PERCEPTUAL else None

    def nearest(self, given: str, within: int) -> int | None:
        """Bits by which the nearest perceptual hash of the list differs; None where none is within that many."""
        if given in self.hashes:
            return 0
        return self._index.nearest(given, within) if self._index is not None and within else None


def parse_hash_list(lines: list[str], kind: HashKind) -> HashList:
    """One hash in hex digits a line; `#` begins a comment, and `# kind: phash` tells the kind. Or a CSV table, whose
    first line names the columns: the one named as the kind is read, or `hash`.

    Raises ValueError, `3: ...`, for a line that has no hash of that kind, or that tells another kind.
    """
    _check_kind(lines, kind)
    digits = HEX_DIGITS[kind]
    hashes: set[str] = set()
    for number, found in _found(lines, kind):
        if len(found) != digits:
            raise ValueError(f"{number}: a hash of {len(found)} hex digits, a {kind} has {digits}")
        hashes.add(found.lower())
    return HashList(frozenset(hashes), kind)


# Made once: what is parsed is kept by the function that parsed it.
PARSERS: dict[HashKind, Callable[[list[str]], HashList]] = {
    kind: partial(parse_hash_list, kind=kind) for kind in HASH_KINDS
}


def _check_kind(lines: list[str], kind: HashKind) -> None:
    """Some kinds have the same length, and what is compared with another kind is never found."""
    for number, line in enumerate(lines, start=1):
        told = _KIND.fullmatch(line.strip())
        if told and told["kind"].lower() in HASH_KINDS and told["kind"].lower() != kind:
            raise ValueError(f"{number}: the list is of the kind {told['kind'].lower()}, not {kind}")


def _found(lines: list[str], kind: HashKind) -> Iterator[tuple[int, str]]:
    """(number of the line, hash)"""
    numbered = [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.partition("#")[0].strip()]
    if numbered and not _LINE.fullmatch(numbered[0][1]):
        yield from _in_column(numbered, kind)
        return
    for number, line in numbered:
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"{number}: {line[:80]!r} does not begin with a hash in hex digits")
        yield number, found["hash"]


def _in_column(numbered: list[tuple[int, str]], kind: HashKind) -> Iterator[tuple[int, str]]:
    """As _found, of a table whose first line names the columns."""
    number, header = numbered[0]
    names = [name.strip().lower() for name in next(csv.reader([header]))]
    column = next((names.index(name) for name in (kind, "hash") if name in names), None)
    if column is None:
        raise ValueError(f"{number}: {header[:80]!r} neither begins with a hash nor names a column {kind!r} or 'hash'")
    for number, line in numbered[1:]:
        cells = next(csv.reader([line]))
        digits = cells[column].strip() if column < len(cells) else ""
        if not _HASH.fullmatch(digits):
            raise ValueError(f"{number}: {line[:80]!r} has no hash in the column {names[column]!r}")
        yield number, digits
