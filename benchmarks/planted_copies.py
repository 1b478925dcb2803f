"""Documents of real text in many languages, a fifth of them copies of others with so many edits."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "lang" / "sentences.jsonl.gz"
EDITS = (0, 1, 5, 10, 20)  # percent of the words; of the first only the white space is another
SENTENCES = 10
GROUP = 5  # documents of one language, of which the last is a copy of the first


class Made(NamedTuple):
    """original, edits: of a copy its original's id and the percent of words that differ; else empty and 0."""

    id: str
    text: str
    original: str = ""
    edits: int = 0


def made_documents(file: Path, count: int) -> Iterator[Made]:
    """So many documents of ten sentences in one of 75 languages, four fifths of them originals, the same on every call.

    There are 60 sentences a language, so any two of one language have a sixth in common.
    """
    by_language: dict[str, list[str]] = {}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            by_language.setdefault(row["lang"], []).append(row["text"])
    languages = sorted(by_language)
    rng = random.Random(5)
    for number in range(0, count, GROUP):
        sentences = by_language[languages[number // GROUP % len(languages)]]
        names = [f"{number + place:07d}" for place in range(GROUP)]
        group = [Made(name, "\n".join(rng.sample(sentences, SENTENCES))) for name in names[:-1]]
        yield from group
        # Each language gets each share of edits.
        first, edits = group[0], EDITS[number // GROUP // len(languages) % len(EDITS)]
        yield Made(names[-1], edited(first.text, sentences, edits, rng), first.id, edits)


def edited(text: str, sentences: list[str], percent: int, rng: random.Random) -> str:
    """The text with so many percent of its words, or characters where a script has no spaces, taken from others."""
    if not percent:
        return text.replace("\n", "\n\n")
    spaced = len(text.split()) * 12 > len(text)
    words = text.split() if spaced else list(text)
    others = rng.choice(sentences)
    source = others.split() if spaced else list(others)
    for place in rng.sample(range(len(words)), max(1, len(words) * percent // 100)):
        words[place] = rng.choice(source)
    return (" " if spaced else "").join(words)
