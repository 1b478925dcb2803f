"""JPEG files as segments: how much memory they take to decode, and the file without what it tells of people.

Segments and markers are those of ITU-T T.81 annex B; JFIF, ICC and Adobe are told by the first bytes of APP0, APP2 and
APP14.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_SEGMENTS = 1_000  # of a file that is followed; photographs have some 20, with long XMP some 100
MAX_PROFILE_BYTES = 1 << 20  # of a colour profile, a larger one goes; that of a printing press has some 500 kB
MAX_COEFFICIENTS = 4.0  # for one pixel: four components, none at a lower resolution

_START, _END, _SCAN, _COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
_JFIF, _ICC, _ADOBE = 0xE0, 0xE2, 0xEE  # the application segments that are needed for the colours
_EXIF = 0xE1
_APPLICATIONS = range(0xE0, 0xF0)
_TABLES = frozenset((0xC4, 0xCC, 0xDB, 0xDC, 0xDD))
_FRAMES = frozenset(range(0xC0, 0xD0)) - _TABLES - {0xC8}
_PROGRESSIVE = frozenset((0xC2, 0xC6, 0xCA, 0xCE))

_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_ANY_METADATA = re.compile(rb"\xff[\xe0-\xef\xfe]")
# What ends the data of a scan: any marker but the restarts.
_SCAN_END = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


@dataclass(frozen=True, slots=True)
class JpegSegments:
    """What the segments of a JPEG tell.

    picture: the same picture, pixel by pixel, less all that stands beside it: Exif, XMP, IPTC, comments, thumbnails,
    further pictures and whatever follows the end. The colour profile and the marks of JFIF and Adobe stay: without
    them the colours would be others. None where the file is not made as the standard says, or too odd to be worth
    following. exif: the body of the first such segment. metadata: number of comments and application segments.
    scans: how often a decoder goes over the picture. coefficients: how many of them for one pixel a decoder holds of
    the whole picture at once; 0 where it works row by row. Without `picture` the three numbers are upper bounds.
    """

    picture: bytes | None
    exif: bytes
    metadata: int
    scans: int
    coefficients: float


def jpeg_segments(data: bytes) -> JpegSegments:
    """Follows the segments of a JPEG to its end."""
    walk = _Walk(data)
    if walk.reaches_end():
        return JpegSegments(walk.picture(), walk.exif, walk.metadata, walk.scans, walk.coefficients)
    metadata = sum(1 for _ in _ANY_METADATA.finditer(data))
    return JpegSegments(None, b"", metadata, data.count(bytes((0xFF, _SCAN))), MAX_COEFFICIENTS)


class _Walk:
    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._components = 0
        self._all_coefficients = MAX_COEFFICIENTS
        self._profile_bytes = 0
        self._profile_is_one = False
        self._kept: list[bytes | memoryview] = [bytes((0xFF, _START))]
        self.exif = b""
        self.metadata = 0
        self.scans = 0
        self.coefficients = 0.0

    def reaches_end(self) -> bool:
        position = 2
        for _ in range(MAX_SEGMENTS):
            marker = _MARKER.match(self._data, position)
            if marker is None:
                return False
            code, body = marker[1][0], marker.end()
            if code == _END:
                self._kept.append(bytes((0xFF, _END)))
                return self.scans > 0
            end = body + int.from_bytes(self._data[body : body + 2], "big")
            if not body + 2 <= end <= len(self._data):
                return False
            if code in _APPLICATIONS or code == _COMMENT:
                self.metadata += 1
                needed: bytes | memoryview = self._needed(code, bytes(self._data[body + 2 : end]))
            elif code == _SCAN or code in _FRAMES or code in _TABLES:
                if code == _SCAN:
                    end = self._scan(body, end)
                elif code in _FRAMES:
                    self._frame(code, self._data[body + 2 : end])
                needed = self._data[body - 2 : end]
            else:
                return False
            self._kept.append(needed)
            position = end
        return False

    def picture(self) -> bytes:
        if self._profile_bytes > MAX_PROFILE_BYTES or not self._profile_is_one:
            self._kept = [piece for piece in self._kept if piece[1:2] != bytes((_ICC,))]
        return b"".join(self._kept)

    def _needed(self, code: int, body: bytes) -> bytes:
        """What stays of a comment or application segment, nothing of most."""
        if code == _EXIF and body.startswith(b"Exif\x00\x00") and not self.exif:
            self.exif = body
        if code == _JFIF and body.startswith(b"JFIF\x00") and len(body) >= 14:
            # The last two bytes tell the size of the thumbnail that follows them.
            return b"\xff\xe0\x00\x10" + body[:12] + b"\x00\x00"
        if code == _ADOBE and body.startswith(b"Adobe") and len(body) >= 12:
            return b"\xff\xee\x00\x0e" + body[:12]
        if code == _ICC and body.startswith(b"ICC_PROFILE\x00"):
            self._profile_bytes += len(body)
            # The first part begins with the profile's header, and that has its mark. Else it may be anything.
            self._profile_is_one |= body[12:13] == b"\x01" and body[50:54] == b"acsp"
            return bytes((0xFF, _ICC)) + (len(body) + 2).to_bytes(2, "big") + body
        return b""

    def _frame(self, code: int, body: memoryview) -> None:
        factors = [(factor >> 4, factor & 15) for factor in body[7::3] if factor >> 4 and factor & 15]
        self._components = len(factors)
        if factors:
            whole = max(across for across, _ in factors) * max(down for _, down in factors)
            self._all_coefficients = sum(across * down for across, down in factors) / whole
        if code in _PROGRESSIVE:
            self.coefficients = self._all_coefficients

    def _scan(self, body: int, end: int) -> int:
        """Where the data of a scan end."""
        self.scans += 1
        if end > body + 2 and self._data[body + 2] < self._components:
            # Its components come one after the other: a decoder keeps each until the last is there.
            self.coefficients = max(self.coefficients, self._all_coefficients)
        following = _SCAN_END.search(self._data, end)
        return following.start() if following else len(self._data)
