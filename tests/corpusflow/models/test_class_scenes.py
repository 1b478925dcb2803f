from __future__ import annotations

import importlib.util
from collections import Counter

import pytest

from corpusflow.models.class_scenes import class_scenes


def test_scenes_are_different_sentences_on_classes_that_exist() -> None:
    for scene, classes in class_scenes().items():
        assert scene.endswith(".")
        assert classes
        assert set(classes) <= set(range(1000))
        assert max(Counter(classes).values()) == 1


def test_a_range_holds_both_ends() -> None:
    dogs = class_scenes()["A dog."]
    assert (dogs[0], dogs[-1], len(dogs)) == (151, 268, 118)


@pytest.mark.skipif(importlib.util.find_spec("timm") is None, reason="the names of the classes come with timm")
@pytest.mark.parametrize(
    ("scene", "names"),
    [
        ("A dog.", {"Chihuahua", "Mexican hairless"}),
        ("A cat.", {"tabby", "Egyptian cat"}),
        ("A baseball player throws or hits the ball.", {"baseball", "ballplayer"}),
        ("A bride and a groom at a wedding.", {"groom", "gown"}),
    ],
)
def test_scenes_stand_beside_the_classes_they_are_written_for(scene: str, names: set[str]) -> None:
    from corpusflow.models.torchvision_shim import ensure_torchvision

    ensure_torchvision()
    from timm.data import ImageNetInfo

    described = {ImageNetInfo().index_to_description(index).partition(",")[0] for index in class_scenes()[scene]}
    assert names <= described
