from __future__ import annotations

import importlib.util

import pytest

from corpusflow.errors import ModelError
from corpusflow.models.toxicity import Toxicity


def test_insults_score_higher_than_herons() -> None:
    pytest.importorskip("profanity_check")
    scorer = Toxicity()
    scorer.prepare()
    scorer.load()
    insult, heron, nothing = scorer.score(["You are a stupid idiot.", "The heron stands in the marsh.", ""])
    assert 0.9 < insult <= 1
    assert 0 <= heron < 0.2
    assert 0 <= nothing < 0.2
    assert scorer.score([]) == []
    assert scorer.name.startswith("toxicity/alt-profanity-check-")


def test_without_its_package_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"profanity_check is not installed; it comes with the extra \[toxicity\]: "):
        Toxicity().prepare()
