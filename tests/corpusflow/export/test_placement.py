from __future__ import annotations

import pytest

from corpusflow.export.options import ExportOptions
from corpusflow.export.placement import ImagePart, TextPart, bound_text, image_sides, placed
from corpusflow.export.units import page_texts
from tests.corpusflow.export.runs import Sample, sample

PAGE = ("Herons.", 1, "Reeds.", "Tides.", 2)
SENTENCES = sample(
    "a",
    1,
    "Herons stand. They wait. They fish.",
    2,
    "The tide falls.",
    assigned=[1, 3],
    matrix=[[0, 0], [1, 0], [0, 0], [0, 1]],
    units=[[0, 0, 0, 13], [0, 0, 14, 24], [0, 0, 25, 35], [1, 1, 0, 15]],
)


def shown(about: Sample, **options: object) -> list[str]:
    """Texts, and images as `<1>`: their number in the sample, with the side on which their text is."""
    texts = page_texts(about)
    signs = {"before": "{}>", "after": "<{}"}
    return [
        texts[part.text][part.start : part.end] if isinstance(part, TextPart) else signs[part.side].format(part.image)
        for part in placed(about, ExportOptions(**options))  # type: ignore[arg-type]
    ]


def test_the_page_keeps_its_order() -> None:
    assert shown(sample("a", *PAGE)) == ["Herons.", "0>", "Reeds.", "Tides.", "1>"]


def test_an_assigned_image_stands_before_its_text() -> None:
    about = sample("a", *PAGE, assigned=[2, 0], matrix=[[0, 1], [0, 0], [1, 0]])
    assert shown(about, placement="assigned") == ["1>", "Herons.", "Reeds.", "0>", "Tides."]


def test_an_assigned_image_stands_after_its_text_where_that_is_asked_for() -> None:
    about = sample("a", *PAGE, assigned=[2, 0], matrix=[[0, 1], [0, 0], [1, 0]])
    assert shown(about, placement="assigned", images="after") == ["Herons.", "<1", "Reeds.", "Tides.", "<0"]


def test_images_of_one_text_keep_their_order() -> None:
    about = sample("a", 1, 2, "Herons.", "Reeds.", assigned=[1, 1], matrix=[[0, 0], [1, 1]])
    assert shown(about, placement="assigned") == ["Herons.", "0>", "1>", "Reeds."]


def test_a_text_is_cut_at_the_sentence_that_an_image_is_assigned_to() -> None:
    assert shown(SENTENCES, placement="assigned") == [
        "Herons stand.",
        "0>",
        "They wait. They fish.",
        "1>",
        "The tide falls.",
    ]
    assert shown(SENTENCES, placement="assigned", images="after") == [
        "Herons stand. They wait.",
        "<0",
        "They fish.",
        "The tide falls.",
        "<1",
    ]


@pytest.mark.parametrize(("row", "expected"), [(0, ["0>", "One. Two."]), (1, ["One.", "0>", "Two."])])
def test_the_first_sentence_of_a_text_cuts_nothing_off(row: int, expected: list[str]) -> None:
    about = sample("a", "One. Two.", 1, assigned=[row], matrix=[[1], [1]], units=[[0, 0, 0, 4], [0, 0, 5, 9]])
    assert shown(about, placement="assigned") == expected


def test_an_image_after_a_unit_of_several_texts_stands_behind_the_last() -> None:
    about = sample("a", 1, "One", "Two", "Three", assigned=[0], matrix=[[1], [0]], units=[[0, 1, 0, 3], [2, 2, 0, 5]])
    assert shown(about, placement="assigned", images="after") == ["One", "Two", "<0", "Three"]


def test_images_that_are_assigned_to_nothing_stay_where_the_page_has_them() -> None:
    about = sample("a", "Herons.", 1, "Reeds.", 2, assigned=[None, 0], matrix=[[0, 1], [0, 0]])
    assert shown(about, placement="assigned") == ["1>", "Herons.", "0>", "Reeds."]
    assert shown(sample("a", *PAGE), placement="assigned") == shown(sample("a", *PAGE))
    assert shown(sample("a", 1, 2), placement="assigned") == ["0>", "1>"]


def test_an_image_that_follows_its_text_stands_ahead_of_one_that_precedes_the_next() -> None:
    about = sample("a", 1, 2, "Herons.", "Reeds.", assigned=[1, 0], matrix=[[0, 1], [1, 0]])
    for seed in range(40):
        if shown(about, images="either", seed=seed)[:2] == ["0>", "<1"]:
            break
    assert shown(about, placement="assigned", images="either", seed=seed) == ["Herons.", "<1", "0>", "Reeds."]


def test_either_is_a_coin_per_image_that_falls_alike_each_time() -> None:
    samples = [sample(f"k{number}", 1, "Herons.", 2) for number in range(200)]
    options = ExportOptions(images="either")
    sides = [side for about in samples for side in image_sides(about, options)]
    assert sides == [side for about in samples for side in image_sides(about, options)]
    assert 150 < sides.count("before") < 250
    assert sides != [side for about in samples for side in image_sides(about, ExportOptions(images="either", seed=1))]


@pytest.mark.parametrize(("side", "expected"), [("before", [1, 4, 4, 4]), ("after", [1, 1, 1, 4])])
def test_an_image_is_bound_to_the_text_of_its_side_and_to_the_other_where_there_is_none(
    side: str, expected: list[int]
) -> None:
    parts = placed(sample("a", 1, "Herons.", 2, 3, "Reeds.", 4), ExportOptions(images=side))  # type: ignore[arg-type]
    assert [bound_text(parts, place) for place, part in enumerate(parts) if isinstance(part, ImagePart)] == expected


def test_without_texts_an_image_is_bound_to_nothing() -> None:
    assert bound_text([ImagePart(0, "before")], 0) is None


def test_a_text_is_not_bound() -> None:
    with pytest.raises(ValueError, match="no image"):
        bound_text([TextPart(0, 0, 1)], 0)
