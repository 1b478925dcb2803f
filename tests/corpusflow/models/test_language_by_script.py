from __future__ import annotations

import pickle

import pytest

from corpusflow.document import Score
from corpusflow.models.language import Cld2, FastLangdetect
from corpusflow.models.language_by_script import _LANGUAGES, NAME, LanguageByScript, by_script
from corpusflow.text.script import _RANGES

CHEROKEE = "ᏂᎦᏓ ᎠᏂᏴᏫ ᏂᎨᎫᏓᎸᎾ"


def told(label: str, probability: float, text: str) -> tuple[str, float]:
    score = by_script(Score("language/test", probability, None, label), text)
    return score.label, score.value


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("ផ្ទះ", "km"),
        ("λόγος", "el"),
        (CHEROKEE, "chr"),
        ("ባህል", "und-Ethi"),
        ("ulibhali", "und-Latn"),
        ("слово", "und-Cyrl"),
        ("كلمة", "und-Arab"),
        ("词语", "und-Hani"),
        ("言葉の", "ja"),
    ],
)
def test_what_the_detector_does_not_know_gets_the_language_of_its_script_or_the_script(text: str, label: str) -> None:
    assert told("und", 0.0, text) == (label, 1.0)


@pytest.mark.parametrize("text", ["", "12 345 €", "🎉"])
def test_a_text_without_letters_stays_without_a_language(text: str) -> None:
    assert told("und", 0.0, text) == ("und", 0.0)


@pytest.mark.parametrize(("probability", "label"), [(0.2, "sw"), (0.19, "und-Latn")])
def test_a_guess_under_the_least_probability_is_none(probability: float, label: str) -> None:
    assert told("sw", probability, "ulibhali")[0] == label


def test_a_language_that_is_not_written_in_the_script_is_not_believed_however_sure() -> None:
    assert told("es", 0.98, CHEROKEE) == ("chr", 1.0)
    assert told("ru", 0.9, "ባህል") == ("und-Ethi", 1.0)
    assert told("es", 0.98, "каша")[0] == "es"  # Cyrillic has too many languages to contradict


@pytest.mark.parametrize(
    ("label", "text"), [("ti", "ባህል"), ("dz", "བོད"), ("yi", "מענטש"), ("ja", "言葉の"), ("bn", "শব্দ")]
)
def test_a_language_of_the_script_is_believed(label: str, text: str) -> None:
    assert told(label, 0.5, text) == (label, 0.5)


def test_the_script_of_most_of_the_text_decides() -> None:
    assert told("en", 0.6, "the word is ค")[0] == "en"
    assert told("en", 0.6, "is คำพูด")[0] == "th"
    assert told("en", 0.6, "word " * 200 + "คำ" * 2000)[0] == "en"  # beyond what detectors read


def test_the_score_says_who_told_the_language() -> None:
    score = Score("language/test", 0.0, 3, "und")
    assert by_script(score, "ផ្ទះ") == Score(NAME, 1.0, 3, "km")


def test_every_detector_can_be_asked_this_way() -> None:
    texts = ["The quick brown fox jumps over the lazy dog.", CHEROKEE, "ꆈꌠꁱꂷ", "𑄃𑄇𑄱", ""]
    for detector in (Cld2(), FastLangdetect()):
        scorer = LanguageByScript(detector)
        scorer.prepare()
        scorer.load()
        assert [score.label for score in scorer.score(texts)] == ["en", "chr", "ii", "ccp", "und"]
        assert scorer.name == detector.name
        assert pickle.loads(pickle.dumps(scorer)) == scorer


def test_scripts_with_languages_are_those_of_the_table_of_scripts() -> None:
    assert _LANGUAGES.keys() - {"Jpan"} <= {code for _, _, code in _RANGES}
    assert all(_LANGUAGES.values())
