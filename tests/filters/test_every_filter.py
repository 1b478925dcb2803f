"""What must hold for any document and any filters."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from corpusflow.document import ROLES, Document, Score
from corpusflow.filtering import Filter, apply
from filters.alignment import Alignment
from filters.alignment_rank import AlignmentRank
from filters.alike_images import AlikeImages
from filters.bare_texts import BareTexts
from filters.benchmark_texts import BenchmarkTexts
from filters.blocked_images import BlockedImages
from filters.blocked_urls import BlockedUrls
from filters.bylines import Bylines
from filters.citations import Citations
from filters.common_words import CommonWords
from filters.credits import Credits
from filters.declared_size import DeclaredSize
from filters.document_shape import DocumentShape
from filters.faces import Faces
from filters.flagged_words import FlaggedWords
from filters.image_coherence import ImageCoherence
from filters.image_extension import ImageExtension
from filters.image_safety import ImageSafety
from filters.image_size import ImageSize
from filters.image_text_ratio import ImageTextRatio
from filters.image_uses import ImageUses
from filters.language import Language
from filters.orphan_headings import OrphanHeadings
from filters.perplexity import Perplexity
from filters.registry import BUILT_IN
from filters.repeated_images import RepeatedImages
from filters.repeated_paragraphs import RepeatedParagraphs
from filters.repeated_pictures import RepeatedPictures
from filters.short_texts import ShortTexts
from filters.single_colour import SingleColour
from filters.stop_words import StopWords
from filters.text_characters import TextCharacters
from filters.text_length import TextLength
from filters.text_lines import TextLines
from filters.text_phrases import TextPhrases
from filters.text_quality import TextQuality
from filters.text_repetition import TextRepetition
from filters.toxicity import Toxicity
from filters.url_words import UrlWords
from tests.documents import document, image, image_not_fetched, language, text

LISTS = Path(__file__).parents[1] / "data" / "lists"

FILTERS: list[Filter] = [
    Language(("en",), 0.5),
    TextLength(min_words=2, max_words=30, min_paragraph_words=2, max_paragraph_words=10),
    ImageSize(min_side=100, max_side=300),
    DeclaredSize(),
    ImageCoherence(0.1),
    ImageExtension(keep_unknown=False),
    ImageSafety(drop="image"),
    ImageSafety(drop="document", max_nsfw=0.9),
    Alignment(0.2, ("en",)),
    Alignment(0.2, matched_score=0.5, min_matched_share=0.5, matched_by="assigned"),
    AlignmentRank(0.5),
    AlignmentRank(0.2, drop="texts"),
    AlikeImages(0.5),
    DocumentShape(max_images=3, max_texts=5),
    BlockedImages(str(LISTS / "hashes.txt"), drop="image"),
    BlockedUrls(str(LISTS / "urls.txt")),
    BenchmarkTexts(str(LISTS / "benchmark.txt"), words=3, min_words=2, drop="text"),
    Faces(),
    Faces(max_faces=1, drop="document"),
    FlaggedWords(max_paragraph_share=0.1),
    UrlWords(image_words=("2", "5")),
    StopWords(),
    TextCharacters(),
    TextPhrases(lorem_ipsum="text"),
    TextRepetition(),
    RepeatedImages(),
    RepeatedParagraphs(),
    Perplexity(max_perplexity=100, min_perplexity=10),
    TextQuality(),
    Toxicity(languages=("en", "fi")),
    RepeatedParagraphs(min_characters=10),
    RepeatedPictures(max_distance=4),
    SingleColour(),
    ImageUses(max_phash_uses=1),
    BareTexts(),
    Bylines(max_dates=1, max_dated_words=5),
    Citations(references_from=0.2),
    CommonWords(str(LISTS / "words.txt"), ("en",)),
    Credits(file_words=("words",)),
    FlaggedWords(max_share=None, max_distinct=0, path=str(LISTS / "words.txt")),
    ImageTextRatio(min_words_per_image=5, judged_from=1),
    OrphanHeadings(),
    OrphanHeadings(keep_first=False),
    ShortTexts(),
    TextLines(),
    TextLength(min_words=0, min_sentences=1, max_sentences=2),
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
    similar = ["best_similarity", "assigned_similarity", "copy_similarity", "text_rank", "image_rank"]
    measures = st.sampled_from([f"{name}/test" for name in ("nsfw", "phash_uses", *similar)])
    scored = st.builds(Score, measures, st.floats(0, 1), st.integers(0, 8), st.sampled_from("012345678"))
    whole = draw(st.lists(st.builds(language, st.sampled_from(["en", "fi"]), st.floats(0, 1)), max_size=1))
    texts = st.sampled_from(["perplexity/test", "text_quality/test", "toxicity/test", "image_coherence/test"])
    read = draw(st.lists(st.builds(Score, texts, st.floats(0, 200)), max_size=3))
    return document(*parts, scores=[*whole, *read, *draw(st.lists(scored, max_size=16))])


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
