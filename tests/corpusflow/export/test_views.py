from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.errors import StartError
from corpusflow.export.options import ExportOptions
from corpusflow.export.placement import TextPart
from corpusflow.export.tokens import PlainTokens
from corpusflow.export.units import page_texts
from corpusflow.export.views import images_of, views_of
from corpusflow.export.windows import View
from tests.corpusflow.export.runs import Sample, sample


def shown(about: Sample, view: View) -> list[str | int]:
    texts = page_texts(about)
    return [
        texts[part.text][part.start : part.end] if isinstance(part, TextPart) else part.image + 1 for part in view.parts
    ]


def views(about: Sample, counts: Counter[str] | None = None, **options: Any) -> list[list[str | int]]:
    found = views_of(about, ExportOptions(**options), PlainTokens(), Counter() if counts is None else counts)
    return [shown(about, view) for view in found]


MARSH = sample("a", "one two three", 1, "four five", 2, "six")


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (2, []),
        (3, []),
        (4, [["one two three", 1, "four"]]),
        (5, [["one two three", 1, "four five"]]),
        (6, [["one two three", 1, "four five", 2, "six"]]),
        (7, [["one two three", 1, "four five", 2, "six"]]),
    ],
)
def test_a_window_has_so_many_tokens_and_the_images_whose_texts_it_has(tokens: int, expected: list[Any]) -> None:
    assert views(MARSH, tokens=tokens) == expected


def test_an_image_after_its_text_is_in_the_window_that_has_the_end_of_that() -> None:
    assert views(MARSH, tokens=2, images="after", window="all") == [["three", 1, "four"], ["five", 2, "six"]]
    assert views(MARSH, tokens=3, images="after") == [["one two three", 1]]


def test_windows_follow_each_other_to_the_end() -> None:
    assert views(MARSH, tokens=2, window="all") == [["three", 1, "four"], ["five", 2, "six"]]
    assert views(MARSH, tokens=5, window="all") == [["one two three", 1, "four five"], [2, "six"]]


def test_an_image_that_has_text_on_its_other_side_only_is_shown_with_that() -> None:
    about = sample("a", "one two three", 1)
    assert views(about, tokens=2, window="all") == [["three", 1]]


def test_what_is_left_out_is_counted() -> None:
    counts: Counter[str] = Counter()
    assert views(MARSH, counts, tokens=5) == [["one two three", 1, "four five"]]
    assert counts == Counter({"tokens/outside_window": 1, "images/outside_window": 1})
    counts.clear()
    assert views(MARSH, counts, tokens=3) == []
    assert +counts == Counter(
        {
            "samples/window_without_image": 1,
            "tokens/window_without_image": 3,
            "tokens/outside_window": 3,
            "images/outside_window": 2,
        }
    )


@pytest.mark.parametrize(("most", "images"), [(1, [1]), (2, [1, 2]), (3, [1, 2])])
def test_the_first_images_are_shown(most: int, images: list[int]) -> None:
    counts: Counter[str] = Counter()
    (found,) = views(MARSH, counts, max_images=most)
    assert [part for part in found if isinstance(part, int)] == images
    assert counts["images/over_max_images"] == 2 - len(images)
    assert [part for part in found if isinstance(part, str)] == ["one two three", "four five", "six"]


def test_without_windows_a_document_without_images_or_texts_is_shown() -> None:
    assert views(sample("a", "one")) == [["one"]]
    assert views(sample("a", 1, 2)) == [[1, 2]]
    assert views(sample("a", 1, 2), tokens=64) == [[1, 2]]
    assert views(sample("a", "one"), tokens=64) == []
    assert views(sample("a")) == [[]]


def test_a_random_window_begins_at_a_sentence_and_is_full() -> None:
    texts = [f"Herons {number} stand. They {number} wait in reeds." for number in range(20)]
    parts = [part for number, text in enumerate(texts) for part in (text, number)]
    total: Counter[str] = Counter()
    for number in range(60):
        about = sample(f"k{number}", *parts)
        (found,) = views_of(about, ExportOptions(tokens=30, window="random"), PlainTokens(), Counter())
        first = next(part for part in shown(about, found) if isinstance(part, str))
        assert first.startswith(("Herons", "They"))
        assert found.tokens == 30
        total[first.split()[1]] += 1
        total[first.split()[0]] += 1
    assert min(total["Herons"], total["They"]) > 10
    assert len(total) > 10


def test_a_random_window_follows_from_key_and_seed() -> None:
    parts = [part for number in range(50) for part in (f"Heron {number} waits.", number)]
    once = views(sample("a", *parts), tokens=9, window="random")
    assert once == views(sample("a", *parts), tokens=9, window="random")
    others = [views(sample("a", *parts), tokens=9, window="random", seed=seed) for seed in range(1, 6)]
    others += [views(sample(key, *parts), tokens=9, window="random") for key in "bcdef"]
    assert any(other != once for other in others[:5])
    assert any(other != once for other in others[5:])


def test_a_random_window_is_drawn_of_those_with_an_image() -> None:
    before, after = ([f"Heron {number} waits." for number in numbers] for numbers in (range(20), range(20, 40)))
    starts = set()
    for number in range(60):
        (found,) = views(sample(f"k{number}", *before, 1, *after), tokens=16, window="random")
        assert 1 in found
        starts.add(found[0])
    # Four sentences fill a window; the image goes with the sentence after it.
    assert starts == {f"Heron {number} waits." for number in (17, 18, 19)} | {1}


def test_a_window_that_ends_with_the_document_is_full() -> None:
    texts = [f"Heron {number} waits." for number in range(20)]
    drawn = [views(sample(f"k{n}", *texts[:18], 1, *texts[18:]), tokens=16, window="random")[0][0] for n in range(30)]
    assert set(drawn) == {"Heron 15 waits.", "Heron 16 waits."}


def test_where_no_full_window_has_an_image_the_first_that_has_one_is_shown() -> None:
    texts = [f"Heron {number} waits." for number in range(5)]
    for number in range(9):
        about = sample(f"k{number}", "One two three four five six seven.", *texts, 1)
        assert views(about, tokens=21, window="random") == [[*texts, 1]]
    counts: Counter[str] = Counter()
    assert views(sample("a", 1, *texts, "a " * 30, 2), counts, tokens=6, window="random", images="after")
    assert views(sample("a", "a " * 30, 2), counts, tokens=6, window="random") == []
    assert counts["samples/window_without_image"] == 1


def test_a_document_shorter_than_a_random_window_is_shown_whole() -> None:
    assert views(MARSH, tokens=7, window="random") == views(MARSH)
    assert views(MARSH, tokens=6, window="random") == views(MARSH)


def test_a_window_of_a_text_that_is_cut_at_a_sentence() -> None:
    about = sample(
        "a", 1, "One heron. Two terns fly.", assigned=[1], matrix=[[0], [1]], units=[[0, 0, 0, 10], [0, 0, 11, 25]]
    )
    assert views(about, placement="assigned", tokens=5) == [["One heron.", 1, "Two terns"]]
    assert views(about, placement="assigned", tokens=3) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"tokens": 0},
        {"max_images": 0},
        {"shard_bytes": 0},
        {"window": "all"},
        {"placement": "pages"},
        {"images": "around"},
        {"form": "parquet"},
        {"form": "mmc4", "tokens": 256},
        {"form": "mmc4", "placement": "assigned"},
    ],
)
def test_options_that_make_no_sense_are_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(StartError, match="--"):
        ExportOptions(**wrong)


TEXTS = st.text("ab .\n\r鹭ไม้\U0001f468\u200d\U0001f469\u0301é", min_size=1, max_size=30)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(TEXTS | st.integers(0, 9), max_size=12),
    st.integers(1, 12),
    st.sampled_from(["before", "after", "either"]),
)
def test_consecutive_windows_have_each_token_and_image_once(parts: list[str | int], tokens: int, images: str) -> None:
    about = sample("a", *parts)
    counts: Counter[str] = Counter()
    options = ExportOptions(tokens=tokens, images=images, window="all")  # type: ignore[arg-type]
    found = views_of(about, options, PlainTokens(), counts)
    (whole,) = views_of(about, ExportOptions(), PlainTokens(), Counter())
    assert sum(images_of(view.parts) for view in found) == len(about["image_info"])
    if about["text_info"] or about["image_info"]:
        assert sum(view.tokens for view in found) + counts["tokens/window_without_image"] == whole.tokens
    assert counts["tokens/outside_window"] == counts["images/outside_window"] == 0
