from __future__ import annotations

from corpusflow.align.units import Unit, text_units
from tests.documents import document, image, language
from transforms.rank_scores import of_segments


def test_a_segment_has_the_smallest_rank_of_its_sentences() -> None:
    doc = document("One is red. Two is blue.", image(9, 9), "Three is green.", scores=[language("en")])
    units = text_units(doc, "sentence")
    assert of_segments(doc, units, [0.5, 0.25, 0.75]) == {0: 0.25, 2: 0.75}
    assert of_segments(doc, units, [0.5, None, None]) == {0: 0.5}
    assert of_segments(doc, units, [None] * 3) == {}


def test_all_segments_of_a_unit_have_its_rank() -> None:
    doc = document(image(9, 9), "one", "two", "three").without([2])
    assert of_segments(doc, [Unit(1, 3, 0, 5, "one\nthree")], [0.5]) == {1: 0.5, 3: 0.5}
