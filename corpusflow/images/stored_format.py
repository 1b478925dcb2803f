"""The formats in which pictures are stored."""

from __future__ import annotations

from typing import Literal

StoredFormat = Literal["jpeg", "webp", "png"]

EXTENSIONS: dict[StoredFormat, str] = {"jpeg": "jpg", "webp": "webp", "png": "png"}
LONGEST_SIDE: dict[StoredFormat, int] = {"jpeg": 65_500, "webp": 16_383, "png": 65_500}  # pixels that encoders take
