from __future__ import annotations

import pickle

import pytest

from corpusflow.document import Score
from corpusflow.models.py3langid_language import Py3langid

pytest.importorskip("py3langid", reason="py3langid is an extra of its own")


def test_common_languages_are_told_by_their_iso_code() -> None:
    scorer = Py3langid()
    scorer.prepare()
    scorer.load()
    texts = [
        "The quick brown fox jumps over the lazy dog.",
        "Le renard brun saute par-dessus le chien.",
        "Быстрая лиса.",
    ]
    scores = scorer.score(texts)
    assert [score.label for score in scores] == ["en", "fr", "ru"]
    assert all(0 < score.value <= 1 for score in scores)


@pytest.mark.parametrize("text", ["", "12 345 €", "🎉", "\ud83d"])
def test_a_text_without_letters_has_no_language(text: str) -> None:
    assert Py3langid().score([text]) == [Score(Py3langid().name, 0.0, label="und")]


def test_only_the_first_characters_are_read() -> None:
    text = "plain English words"
    assert Py3langid(max_chars=19).score([text + " Быстрая лиса" * 9]) == Py3langid().score([text])


def test_the_name_carries_the_version_and_the_scorer_travels() -> None:
    assert Py3langid().name.startswith("language/py3langid-0")
    assert pickle.loads(pickle.dumps(Py3langid())) == Py3langid()
