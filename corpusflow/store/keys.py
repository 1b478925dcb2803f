"""Keys: short digests that name what something was made from."""

from __future__ import annotations

import hashlib
import json
from typing import Any

KEY_LENGTH = 16  # hex digits: 64 bits, enough for the blocks of one run directory


def key_of(value: Any) -> str:
    """Hex digest of a JSON-able value. Equal values have equal keys, on every machine and in every process."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:KEY_LENGTH]
