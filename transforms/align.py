"""The similarity of every text unit with every image of a document, and what is told from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa

from corpusflow.align.assignment import assign
from corpusflow.align.coherence import coherence, mean_pair_similarity
from corpusflow.align.copies import nearest_earlier
from corpusflow.align.similarity import best_text, similarity
from corpusflow.align.units import TextUnit, Unit, text_units
from corpusflow.align.windows import windows
from corpusflow.document import Document, Score, arrow_schema
from corpusflow.filtering import ImageTextScorer
from corpusflow.recipe import Recipe
from corpusflow.store.block import Block, Stage, fail_document
from corpusflow.store.commit import BlockWriter
from corpusflow.store.embeddings import KnownEmbeddings
from corpusflow.store.known_texts import TextRows
from corpusflow.store.paths import Store
from corpusflow.store.ranges import RangeReader
from transforms.embed import EmbedSettings, embed_stage, known_embeddings
from transforms.faces import face_detector
from transforms.hand_out import HandOut
from transforms.image_facts import ImageFact, pictured_documents
from transforms.negative_pools import Negatives, negatives_of
from transforms.pdq import SCORER as PDQ
from transforms.rank_scores import rank_scores
from transforms.select import surviving_documents
from transforms.stage import RunStage

VERSION = 8

# One row per document: the document with its pictures and scores; where the bytes of each of its images are, in the
# order of its images; the similarity matrix by rows, and the text unit that each row is, empty where nothing was
# compared.
PIECE = pa.struct([("file", pa.string()), ("offset", pa.int64())])
UNIT = pa.struct([(name, pa.int64()) for name in ("first", "last", "start", "end")])
SCHEMA = pa.schema(
    [
        ("document", pa.struct(list(arrow_schema()))),
        ("pieces", pa.list_(PIECE)),
        ("similarity", pa.list_(pa.float32())),
        ("units", pa.list_(UNIT)),
    ]
)

# Rows that are remembered for the documents to come: 50 MB at 512 numbers a row. `windows` bounds what waits besides.
REMEMBERED_TEXTS = 50_000


@dataclass(frozen=True)
class AlignSettings:
    similarity: ImageTextScorer | None
    safety_name: str
    store: Store
    faces_name: str = ""
    unit: TextUnit = "segment"
    negatives: int = 0
    known: KnownEmbeddings | None = None


@dataclass(frozen=True)
class Joined:
    """A document with its pictures. units: what of its texts is compared with these; none where nothing is."""

    document: Document
    facts: list[ImageFact]
    units: tuple[Unit, ...]

    @property
    def size(self) -> int:
        """Characters that it takes, roughly."""
        return sum(len(text.text) for text in self.document.texts) + 1000 * len(self.facts)


@dataclass(frozen=True)
class Compared:
    """The text units of a document beside its images; there is one unit and one image at least.

    texts: (units, D) float32; images: (images, D), likewise; matrix: (units, images), their similarity.
    """

    units: tuple[Unit, ...]
    texts: np.ndarray
    images: np.ndarray
    matrix: np.ndarray


def align_stage(recipe: Recipe, store: Store) -> Stage[AlignSettings]:
    models: EmbedSettings = embed_stage(recipe, store).settings
    safety = models.safety.name if models.safety is not None else ""
    detector = face_detector(recipe)
    faces = detector.name if detector is not None else ""
    negatives = recipe.align.negatives
    known = known_embeddings(recipe, models.similarity, store, "texts")
    settings = AlignSettings(models.similarity, safety, store, faces, recipe.align.unit, negatives, known)
    measured = [models.similarity.name, recipe.align.model_dump(mode="json")] if models.similarity else None
    section = [measured, safety, faces]
    reads = ("extract", "clean", "select", "negatives")
    return Stage("align", VERSION, section, settings, align_block, store, reads=reads, gives_up=give_up_unaligned)


def align_block(block: Block, settings: AlignSettings, out: BlockWriter) -> None:
    """Writes one row per surviving document. payload: the facts of the images that its documents mention. inputs: with
    the pools of negatives, where the recipe asks for them."""
    table = out.table("parquet", SCHEMA)
    with RangeReader(settings.store) as stored:
        embeddings = Embeddings(settings.similarity, stored, settings.known)
        negatives = negatives_of(block, settings.store, settings.negatives)
        for window in windows(joined_documents(block, settings, out), embeddings):
            embeddings.remember(unit.text for joined in window for unit in joined.units)
            for joined in window:
                row = aligned_row(joined, embeddings, negatives, settings)
                # A matrix may have ten million numbers, and whoever reads the table has a row group in memory.
                table.add(row, held=4 * len(row["similarity"]))
        embeddings.keep()


def give_up_unaligned(block: Block, settings: AlignSettings, out: BlockWriter) -> None:
    """Every document is a Failure, with all images that it still mentions."""
    out.table("parquet", SCHEMA)
    for document in surviving_documents(block, settings.store):
        fail_document(block, out, document.id, document.url, len(document.texts), len(document.images))


def joined_documents(block: Block, settings: AlignSettings, out: BlockWriter) -> Iterator[Joined]:
    """The block's survivors with their pictures; they are counted, and what they lost is noted."""
    for document, facts, lost in pictured_documents(block, settings.store):
        out.counts["items"] += 1
        for lost_row in lost:
            out.note(lost_row)
        compares = document.images and reads(settings.similarity, document)
        yield Joined(document, facts, text_units(document, settings.unit) if compares else ())


def reads(scorer: ImageTextScorer | None, document: Document) -> bool:
    """Whether there is a scorer and it reads the document's language; one that does not say reads all."""
    known = getattr(scorer, "languages", ())
    language = document.score("language")
    return scorer is not None and (not known or (language is not None and language.label in known))


def aligned_row(
    joined: Joined, embeddings: Embeddings, negatives: Negatives, settings: AlignSettings
) -> dict[str, Any]:
    """What the table tells of a document whose units are remembered."""
    document = joined.document
    vectors = embeddings.images(joined.facts)
    compared = None
    if joined.units and vectors is not None:
        texts = embeddings.texts(joined.units)
        compared = Compared(joined.units, texts, vectors, similarity(texts, vectors))
    of_images = image_scores(document, joined.facts, compared, settings)
    of_sequence = (*sequence_scores(vectors, settings), *copy_scores(document, vectors, settings))
    scores = [*document.scores, *of_images, *of_sequence]
    if compared is not None and settings.similarity is not None and negatives.pools:
        model = settings.similarity.name.partition("/")[2]
        scores += rank_scores(document, compared, negatives, model)
    return {
        "document": dataclasses.replace(document, scores=tuple(scores)).to_json(),
        "pieces": [{"file": fact.file, "offset": fact.offset} for fact in joined.facts],
        "similarity": [] if compared is None else compared.matrix.ravel(),
        "units": [{name: getattr(unit, name) for name in UNIT.names} for unit in compared.units] if compared else [],
    }


def image_scores(
    document: Document, facts: list[ImageFact], compared: Compared | None, settings: AlignSettings
) -> Iterator[Score]:
    """The scores of each image: its safety, its number of faces, the text unit most like it and the one that it is
    assigned to among all images and units that are here (the label is the index of the unit's first text)."""
    assigned = [None] * len(facts) if compared is None else assign(compared.matrix)
    for number, (image, fact) in enumerate(zip(document.images, facts, strict=True)):
        if fact.safety is not None:
            yield Score(settings.safety_name, fact.safety, image.index)
        if fact.faces is not None:
            yield Score(settings.faces_name, len(fact.faces), image.index)
        if fact.pdq is not None:
            yield Score(PDQ, fact.pdq[1], image.index, label=fact.pdq[0])
        if compared is None or settings.similarity is None:
            continue
        model = settings.similarity.name.partition("/")[2]
        best = best_text(compared.matrix, number)
        rows = {"best_similarity": best and best[0], "assigned_similarity": assigned[number]}
        for measure, row in rows.items():
            if row is not None:
                value = float(compared.matrix[row, number])
                yield Score(f"{measure}/{model}", value, image.index, label=str(compared.units[row].first))


def sequence_scores(vectors: np.ndarray | None, settings: AlignSettings) -> Iterator[Score]:
    """How the images of a document hang together, whatever its language. vectors: their embeddings, in its order."""
    if vectors is None or settings.similarity is None:
        return
    model = settings.similarity.name.partition("/")[2]
    measured = {"image_coherence": coherence(vectors), "image_pair_similarity": mean_pair_similarity(vectors)}
    for measure, value in measured.items():
        if value is not None:
            # The last bits of a sum depend on the machine, and so does the sign of a zero.
            yield Score(f"{measure}/{model}", round(value, 6) + 0.0)


def copy_scores(document: Document, vectors: np.ndarray | None, settings: AlignSettings) -> Iterator[Score]:
    """Of each image the similarity of the earlier one most like it, whose index is the label."""
    if vectors is None or settings.similarity is None:
        return
    model = settings.similarity.name.partition("/")[2]
    for image, nearest in zip(document.images, nearest_earlier(vectors), strict=True):
        if nearest is not None:
            label = str(document.images[nearest[0]].index)
            yield Score(f"copy_similarity/{model}", nearest[1], image.index, label=label)


class Embeddings:
    """The embeddings that a block needs: images read by reference, each distinct text made once, as long as no more
    than REMEMBERED_TEXTS are there."""

    def __init__(
        self, scorer: ImageTextScorer | None, stored: RangeReader, known: KnownEmbeddings | None = None
    ) -> None:
        self._rows = TextRows(scorer, known) if scorer is not None else None
        self._stored = stored
        self._texts: dict[str, np.ndarray] = {}

    def __contains__(self, text: object) -> bool:
        return text in self._texts

    def remember(self, texts: Iterable[str]) -> None:
        """Makes the rows of those that have none yet, all in one call. Those of earlier calls may go."""
        if len(self._texts) > REMEMBERED_TEXTS:
            self._texts.clear()
        missing = list(dict.fromkeys(text for text in texts if text not in self._texts))
        if missing and self._rows is not None:
            self._texts |= zip(missing, self._rows.rows(missing), strict=True)

    def keep(self) -> None:
        """Adds what was made to what is known; at the end of a block."""
        if self._rows is not None:
            self._rows.keep()

    def texts(self, units: Iterable[Unit]) -> np.ndarray:
        """(units, D) float32; of texts that are remembered. There is one at least."""
        return np.stack([self._texts[unit.text] for unit in units]).astype(np.float32)

    def images(self, facts: list[ImageFact]) -> np.ndarray | None:
        """(images, D) float32; None without a scorer or without images."""
        return np.stack([self._image(fact) for fact in facts]) if self._rows is not None and facts else None

    def _image(self, fact: ImageFact) -> np.ndarray:
        length = fact.dimension * np.dtype(np.float16).itemsize
        data = self._stored.read(fact.vectors, (fact.row or 0) * length, length)
        return np.frombuffer(data, np.float16).astype(np.float32)


class AlignDocuments(beam.PTransform):
    """Document blocks with the facts of their images, and with pools of negatives where the recipe asks for them, to
    aligned document blocks."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = align_stage(recipe, store)
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        blocks = blocks | "Hand out blocks" >> HandOut(self.progress, "pictured")
        return blocks | "Align documents" >> beam.ParDo(RunStage(self.stage, self.progress))
