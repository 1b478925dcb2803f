"""Which script most of a text is written in."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection

# Blocks of the Unicode Character Database, as first and last code point, by ISO 15924 code. The letters of a block are
# taken with its marks and digits. `Hrkt` is hiragana and katakana together.
_BLOCKS = """
Latn 41-5a 61-7a aa-aa ba-ba c0-d6 d8-f6 f8-2af 1e00-1eff 2c60-2c7f a720-a7ff ab30-ab6f fb00-fb06 ff21-ff3a ff41-ff5a
Grek 370-3ff 1f00-1fff
Cyrl 400-52f 1c80-1c8f 2de0-2dff a640-a69f
Armn 530-58f fb13-fb17
Hebr 590-5ff fb1d-fb4f
Arab 600-6ff 750-77f 870-8ff fb50-fdff fe70-fefc
Syrc 700-74f 860-86f
Thaa 780-7bf
Nkoo 7c0-7ff
Deva 900-963 966-97f a8e0-a8ff
Beng 980-9ff
Guru a00-a7f
Gujr a80-aff
Orya b00-b7f
Taml b80-bff
Telu c00-c7f
Knda c80-cff
Mlym d00-d7f
Sinh d80-dff
Thai e00-e7f
Laoo e80-eff
Tibt f00-fff
Mymr 1000-109f a9e0-a9ff aa60-aa7f
Geor 10a0-10ff 1c90-1cbf 2d00-2d2f
Hang 1100-11ff 3130-318f a960-a97f ac00-d7ff
Ethi 1200-139f 2d80-2ddf ab00-ab2f
Cher 13a0-13ff ab70-abbf
Cans 1400-167f 18b0-18ff
Khmr 1780-17ff 19e0-19ff
Mong 1800-18af
Limb 1900-194f
Tale 1950-197f
Talu 1980-19df
Bugi 1a00-1a1f
Lana 1a20-1aaf
Bali 1b00-1b7f
Sund 1b80-1bbf
Olck 1c50-1c7f
Tfng 2d30-2d7f
Hani 3005-3007 3400-4dbf 4e00-9fff f900-faff 20000-323af
Hrkt 3040-30ff 31f0-31ff ff66-ff9f
Bopo 3100-312f 31a0-31bf
Yiii a000-a4cf
Lisu a4d0-a4ff
Vaii a500-a63f
Java a980-a9df
Cham aa00-aa5f
Tavt aa80-aadf
Mtei aae0-aaff abc0-abff
Osma 10480-104af
Rohg 10d00-10d3f
Cakm 11100-1114f
Gran 11300-1137f
Adlm 1e900-1e95f
"""
_RANGES = sorted(
    (int(first, 16), int(last, 16), code)
    for code, *blocks in map(str.split, _BLOCKS.strip().splitlines())
    for first, last in (block.split("-") for block in blocks)
)
_FIRSTS = [first for first, _, _ in _RANGES]


@functools.lru_cache(maxsize=4096)
def script_of(character: str) -> str:
    """ISO 15924 code of the script that a character belongs to; empty for what belongs to none or to all, such as
    punctuation and European digits, and for scripts that are not in the table."""
    place = bisect_right(_FIRSTS, ord(character)) - 1
    if place < 0:
        return ""
    _, last, code = _RANGES[place]
    return code if ord(character) <= last else ""


def pattern_of(scripts: Collection[str]) -> str:
    """Regular expression of one character in any of these scripts."""
    return "[" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last, code in _RANGES if code in scripts) + "]"


def dominant_script(text: str) -> tuple[str, float]:
    """ISO 15924 code of the script of most characters, and its share of all characters that have one.

    Text with kana is `Jpan`, with its Han characters: a Japanese text has more of these than of kana at times. Of two
    scripts that are equally frequent the first in the alphabet is told. ("", 0.0) where no character has a script.
    """
    scripts: Counter[str] = Counter()
    for character, count in Counter(text).items():
        if code := script_of(character):
            scripts[code] += count
    if kana := scripts.pop("Hrkt", 0):
        scripts["Jpan"] = kana + scripts.pop("Hani", 0)
    if not scripts:
        return "", 0.0
    most = min(scripts, key=lambda code: (-scripts[code], code))
    return most, scripts[most] / scripts.total()
