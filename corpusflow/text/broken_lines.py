"""Lines that a page broke within a sentence, joined."""

from __future__ import annotations

import re
from typing import Literal

# What a line may end in without being broken, as OmniCorpus has it (. ! ? : ; ) ' "), and its like in other scripts.
_ENDS = (
    *".!?:;)'\"",
    *"\u2026\u2019\u201d\u00bb\u037e\u0589\u061b\u061f\u06d4\u0964\u0965\u104a\u104b\u1362\u1367\u17d4",
    *"\u3002\uff01\uff1f\uff1a\uff1b\uff09\u300d\u300f\u3011\uff61",
)
# Written without a space between words, so that nothing stood where the line was broken.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")

Broken = Literal["mid_sentence", "any"]


def joined(text: str, broken: Broken) -> tuple[str, int]:
    """The text with broken lines joined, and how many there were.

    broken: which are. `any`: all lines that do not end as a sentence may. `mid_sentence`: of these the ones before a
    line that goes on with a small letter and is no address; in scripts that have none, no line.
    """
    if "\n" not in text:
        return text, 0
    first, *others = text.split("\n")
    pieces, count = [first], 0
    for line in others:
        left, right = pieces[-1].rstrip(), line.lstrip()
        if left and right and not left.endswith(_ENDS) and (broken == "any" or _goes_on(right)):
            pieces[-1:] = [left, _between(left, right), right]
            count += 1
        else:
            pieces += ["\n", line]
    return ("".join(pieces), count) if count else (text, 0)


def _goes_on(line: str) -> bool:
    return line[0].islower() and not line.startswith(("http:", "https:", "www."))


def _between(left: str, right: str) -> str:
    hyphenated = left[-1] in "-\u2010" and left[-2:-1].isalpha()
    return "" if hyphenated or (_UNSPACED.match(left[-1]) and _UNSPACED.match(right[0])) else " "
