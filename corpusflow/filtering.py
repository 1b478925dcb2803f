"""Filters compare, scorers measure: the two protocols, and how filters are applied to a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from corpusflow.decision import Decision
from corpusflow.document import Document, Face, Score

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

Needs = Literal["text", "pixels", "scores"]


class Filter(Protocol):
    """A frozen dataclass of thresholds that says what a document must lose.

    needs: what it compares. A filter that needs only text runs before any image is fetched; one that needs pixels
    (width, height) or scores runs in `judge`. measures: the scores that it reads (`nsfw`). A filter with options that
    name files lists these options in a class attribute `files`: a recipe's paths are then relative to the recipe, and
    what is made by the filter is keyed by the content. `judge` yields nothing for
    what may stay, a Decision with a segment for a segment that must go, and one without for a document that must go.
    No I/O, no clock, no randomness.
    """

    name: ClassVar[str]
    needs: ClassVar[Needs]
    measures: ClassVar[tuple[str, ...]]

    def judge(self, document: Document) -> Iterable[Decision]: ...


class Scorer(Protocol):
    """A model or measure. Made and prepared in the launcher, pickled to the workers, loaded once per process.

    name: measure, model and version, as Scores carry it.
    """

    @property
    def name(self) -> str: ...

    def prepare(self) -> None:
        """Check that weights and packages are at hand, before any worker starts. Raises ModelError with the ways
        out. Must not leave the model in memory."""

    def load(self) -> None:
        """Bring the model into this process; a second call does nothing."""


class LanguageScorer(Scorer, Protocol):
    def score(self, texts: Sequence[str]) -> list[Score]:
        """For each text its likeliest language: label ISO 639-1 (639-3 where there is no shorter), value its
        probability in [0, 1]; label `und` and value 0 for a text without letters."""


class TextScorer(Scorer, Protocol):
    """Measures documents by their texts.

    measure: the part of its name before the slash, as filters read it. languages: of the documents that it reads, as
    the language detector names them; all where it is empty. files: options that name files.
    """

    measure: ClassVar[str]
    files: ClassVar[tuple[str, ...]]

    @property
    def languages(self) -> tuple[str, ...]: ...

    def score(self, texts: Sequence[str]) -> list[float]:
        """One number per text: all of a document's, with line ends between them."""


class ImageScorer(Scorer, Protocol):
    def score(self, images: Sequence[Image]) -> list[float]:
        """One number per RGB image."""


class FaceDetector(Scorer, Protocol):
    def find(self, images: Sequence[Image]) -> list[tuple[Face, ...]]:
        """The faces in each RGB image, surest first."""


class ImageTextScorer(Scorer, Protocol):
    """Puts images and texts into one space; their similarity is the cosine."""

    def embed_images(self, images: Iterable[Image]) -> np.ndarray:
        """(images, D) float32, rows of unit length, from RGB images. They are taken one by one: all together may be
        more than memory holds."""

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), D) float32, rows of unit length. Long texts are cut to what the model reads."""


Registry = Mapping[str, type[Any]]


def apply(document: Document, filters: Iterable[Filter]) -> tuple[Document | None, list[Decision]]:
    """Runs filters in their order, each on what the earlier ones left.

    Returns what is left of the document (None when a filter drops all of it) and every Decision in order. After a
    Decision about the whole document no further filter is asked.
    """
    decisions: list[Decision] = []
    left = document
    for rule in filters:
        found = list(rule.judge(left))
        if not found:
            continue
        whole = next((decision for decision in found if decision.segment is None), None)
        if whole is not None:
            return None, [*decisions, whole]
        # A segment goes once, whatever else is wrong with it: the ledger must add up.
        first = {decision.segment: decision for decision in reversed(found)}
        decisions += [decision for decision in found if first[decision.segment] is decision]
        left = left.without(segment for segment in first if segment is not None)
    return left, decisions
