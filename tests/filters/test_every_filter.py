"""What must hold for any document and any filters."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from corpusflow.document import ROLES, Document, Score
from corpusflow.filtering import Filter, apply
from filters.alignment import Alignment
from filters.blocked_images import BlockedImages
from filters.blocked_urls import BlockedUrls
from filters.document_shape import DocumentShape
from filters.flagged_words import FlaggedWords
from filters.image_safety import ImageSafety
from filters.image_size import ImageSize
from filters.language import Language
from filters.registry import BUILT_IN
from filters.repeated_images import RepeatedImages
from filters.repeated_paragraphs import RepeatedParagraphs
from filters.stop_words import StopWords
from filters.text_characters import TextCharacters
from filters.text_length import TextLength
from filters.text_phrases import TextPhrases
from filters.text_repetition import TextRepetition
from filters.url_words import UrlWords
from tests.documents import document, image, image_not_fetched, language, text

LISTS = Path(__file__).parents[1] / "data" / "lists"

FILTERS: list[Filter] = [
    Language(("en",), 0.5),
    TextLength(min_words=2, max_words=30, min_paragraph_words=2, max_paragraph_words=10),
    ImageSize(min_side=100, max_side=300),
    ImageSafety(drop="image"),
    ImageSafety(drop="document", max_nsfw=0.9),
    Alignment(0.2, ("en",)),
    DocumentShape(max_images=3, max_texts=5),
    BlockedImages(str(LISTS / "hashes.txt"), drop="image"),
    BlockedUrls(str(LISTS / "urls.txt")),
    FlaggedWords(max_paragraph_share=0.1),
    UrlWords(image_words=("2", "5")),
    StopWords(),
    TextCharacters(),
    TextPhrases(lorem_ipsum="text"),
    TextRepetition(),
    RepeatedImages(),
    RepeatedParagraphs(),
    RepeatedParagraphs(min_characters=10),
]

sides = st.integers(0, 400)
segments = st.one_of(
    st.builds(image, sides, sides),
    st.builds(image_not_fetched),
    st.builds(text, st.text(max_size=40) | st.just("some words in a row"), st.sampled_from(ROLES)),
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    parts = draw(st.lists(segments, max_size=8))
    measures = st.sampled_from(["nsfw/test", "best_similarity/test"])
    scored = st.builds(Score, measures, st.floats(0, 1), st.integers(0, 8))
    whole = draw(st.lists(st.builds(language, st.sampled_from(["en", "fi"]), st.floats(0, 1)), max_size=1))
    return document(*parts, scores=[*whole, *draw(st.lists(scored, max_size=16))])


def test_every_built_in_filter_is_tried_here() -> None:
    assert {rule.name for rule in FILTERS} == set(BUILT_IN)


@given(documents(), st.lists(st.sampled_from(FILTERS), max_size=7))
def test_what_goes_in_comes_out_kept_or_dropped_once_and_in_order(doc: Document, filters: list[Filter]) -> None:
    left, decisions = apply(doc, filters)
    if left is None:
        assert decisions[-1].segment is None
        decisions = decisions[:-1]
    dropped = [decision.segment for decision in decisions]
    assert None not in dropped
    assert len(dropped) == len(set(dropped))
    assert set(dropped) <= {segment.index for segment in doc.segments}
    if left is not None:
        assert left.segments == tuple(segment for segment in doc.segments if segment.index not in dropped)


@given(documents(), st.sampled_from(FILTERS))
def test_a_filter_gives_the_same_answer_twice_and_signs_it(doc: Document, rule: Filter) -> None:
    decisions = list(rule.judge(doc))
    assert decisions == list(rule.judge(doc))
    assert all(decision.filter == rule.name for decision in decisions)


@given(documents(), st.sampled_from(FILTERS))
def test_a_filter_has_nothing_to_say_about_the_segments_it_left(doc: Document, rule: Filter) -> None:
    left, _ = apply(doc, [rule])
    if left is not None:
        assert not [decision for decision in rule.judge(left) if decision.segment is not None]
