"""The filters that a recipe can name: the built-in ones and those that other packages bring."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any, get_args

from corpusflow.errors import RecipeError
from corpusflow.filtering import Needs
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

ENTRY_POINT_GROUP = "corpusflow.filters"

BUILT_IN: dict[str, type[Any]] = {
    rule.name: rule
    for rule in (
        Alignment,
        AlignmentRank,
        AlikeImages,
        BareTexts,
        BenchmarkTexts,
        BlockedImages,
        BlockedUrls,
        Bylines,
        Citations,
        CommonWords,
        Credits,
        DeclaredSize,
        DocumentShape,
        Faces,
        FlaggedWords,
        ImageCoherence,
        ImageExtension,
        ImageSafety,
        ImageSize,
        ImageTextRatio,
        ImageUses,
        Language,
        OrphanHeadings,
        Perplexity,
        RepeatedImages,
        RepeatedParagraphs,
        RepeatedPictures,
        ShortTexts,
        SingleColour,
        StopWords,
        TextCharacters,
        TextLength,
        TextLines,
        TextPhrases,
        TextQuality,
        TextRepetition,
        Toxicity,
        UrlWords,
    )
}


def available_filters() -> dict[str, type[Any]]:
    """Filters by the name that a recipe gives them: the built-in ones, and those of installed packages that declare
    an entry point `NAME = "module:Class"` in the group `corpusflow.filters`.

    Raises RecipeError, which names the package, for an entry point that does not load, is no filter of that name, or
    takes the name of another filter.
    """
    available = dict(BUILT_IN)
    # Sorted, so that the error does not depend on the order of the import path.
    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: (entry.name, entry.value)):
        if entry.name in available:
            raise RecipeError(f"{_origin(entry)}: there is a filter named {entry.name!r} already")
        available[entry.name] = _load(entry)
    return available


def _load(entry: EntryPoint) -> type[Any]:
    try:
        rule = entry.load()
    except (ImportError, AttributeError) as error:
        raise RecipeError(f"{_origin(entry)} cannot be loaded: {error}") from error
    if not isinstance(rule, type) or not callable(getattr(rule, "judge", None)):
        raise RecipeError(f"{_origin(entry)} is no filter: it must be a class with a method `judge`")
    if getattr(rule, "name", None) != entry.name:
        raise RecipeError(f"{_origin(entry)}: the class must have the same name, not {getattr(rule, 'name', None)!r}")
    if getattr(rule, "needs", None) not in get_args(Needs):
        raise RecipeError(f"{_origin(entry)}: needs must be one of {', '.join(get_args(Needs))}")
    if not isinstance(getattr(rule, "measures", None), tuple):
        raise RecipeError(f"{_origin(entry)}: measures must be a tuple of the scores that it reads")
    return rule


def _origin(entry: EntryPoint) -> str:
    package = entry.dist.name if entry.dist is not None else "an unknown package"
    return f"entry point {entry.name} = {entry.value!r} of {package}"
