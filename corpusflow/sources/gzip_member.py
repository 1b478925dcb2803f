"""One gzip member of a file, read as a stream."""

from __future__ import annotations

import zlib
from typing import BinaryIO

_BITE = 1 << 14  # bytes that are decompressed at once; they may grow a thousandfold


class GzipMember:
    """The plain bytes of the member that begins at `offset`. Moves the file.

    end: offset in the file just behind the member, None until it was read to its end.
    """

    def __init__(self, file: BinaryIO, offset: int) -> None:
        file.seek(offset)
        self.end: int | None = None
        self._file = file
        self._behind = offset  # offset in the file behind what was read of it
        self._coded = b""
        self._decoder = zlib.decompressobj(31)
        self._given = 0

    def read(self, size: int) -> bytes:
        """Some bytes, at most `size`; none at the end of the member or where the file ends inside it.

        Raises OSError where the member is damaged.
        """
        while self.end is None:
            coded = self._coded or self._file.read(_BITE)
            self._behind += 0 if self._coded else len(coded)
            try:
                plain = self._decoder.decompress(coded, size)
            except zlib.error as error:
                raise OSError(f"gzip member does not decompress: {error}") from error
            self._coded = self._decoder.unconsumed_tail
            if self._decoder.eof:
                self.end = self._behind - len(self._decoder.unused_data)
            if plain or not coded:
                self._given += len(plain)
                return plain
        return b""

    def tell(self) -> int:
        """How many plain bytes were given."""
        return self._given


def member_end(file: BinaryIO, offset: int) -> int | None:
    """Offset just behind the member that begins at `offset`; None where the file ends inside it.

    Raises OSError where the member is damaged.
    """
    member = GzipMember(file, offset)
    while member.read(1 << 20):
        pass
    return member.end
