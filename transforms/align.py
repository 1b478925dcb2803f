"""Documents joined with their images, and the similarity of every text with every image of a document."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow as pa

from corpusflow.align.assignment import assign
from corpusflow.align.coherence import coherence, mean_pair_similarity
from corpusflow.align.similarity import best_text, similarity
from corpusflow.consent.from_recipe import consent_rules
from corpusflow.consent.opt_out import NOBODY, OptOutList
from corpusflow.consent.rules import OPTED_OUT_BY_LIST
from corpusflow.decision import Decision, Failure, LedgerRow, decision_row, failure_row
from corpusflow.document import Document, Face, Picture, Score, arrow_schema
from corpusflow.filtering import ImageTextScorer
from corpusflow.recipe import Recipe
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.paths import Store
from corpusflow.store.ranges import RangeReader
from transforms.clean import cleaned_documents
from transforms.embed import EmbedSettings, embed_stage
from transforms.faces import face_boxes, face_detector
from transforms.image_blocks import ImageState, Place, generation_of, wanted_from
from transforms.pdq import SCORER as PDQ
from transforms.pdq import pdq_hashes
from transforms.stage import RunStage

VERSION = 7

# One row per document: the document with its pictures and scores; where the bytes of each of its images are, in the
# order of its images; the similarity matrix by rows of texts, empty without a scorer.
PIECE = pa.struct([("file", pa.string()), ("offset", pa.int64())])
SCHEMA = pa.schema(
    [("document", pa.struct(list(arrow_schema()))), ("pieces", pa.list_(PIECE)), ("similarity", pa.list_(pa.float32()))]
)


class ImageFact(NamedTuple):
    """What align needs of an image row: small, so that it can go through the join."""

    url: str
    place: tuple[str, int, str] | None
    status: str
    reason: str
    message: str
    sha256: str
    width: int
    height: int
    format: str
    bytes: int
    source_sha256: str
    source_width: int
    source_height: int
    phash: str
    dhash: str
    single_colour: bool
    file: str
    offset: int
    vectors: str
    dimension: int
    row: int | None
    safety: float | None
    source_md5: str = ""
    source_sha1: str = ""
    faces: list[list[float]] | None = None
    pdq: tuple[str, int] | None = None
    generation: int = 0


@dataclass(frozen=True)
class AlignSettings:
    similarity: ImageTextScorer | None
    safety_name: str
    store: Store
    faces_name: str = ""


def align_stage(recipe: Recipe, store: Store) -> Stage[AlignSettings]:
    models: EmbedSettings = embed_stage(recipe, store).settings
    safety = models.safety.name if models.safety is not None else ""
    detector = face_detector(recipe)
    faces = detector.name if detector is not None else ""
    settings = AlignSettings(models.similarity, safety, store, faces)
    section = [models.similarity and models.similarity.name, safety, faces]
    return Stage("align", VERSION, section, settings, align_block, store, reads=("extract", "clean", "select"))


def image_facts(block: Block, store: Store, opt_out: OptOutList = NOBODY) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """(URL, ImageFact as a tuple) for each image of an embedded image block.

    opt_out: as it is now. An image that was redirected to where it forbids goes, fetched or not; those that stand there
    themselves were not wanted in the first place.
    """
    fetched, embedded = block.commit("fetch"), block.commit("embed")
    file, vectors = fetched.files["bin"].name, embedded.files["f16"].name
    dimension = embedded.counts.get("dimension", 0)
    tables = (read_rows(store, fetched, "parquet"), read_rows(store, embedded, "parquet"))
    more = (face_boxes(block, store), pdq_hashes(block, store))
    for image, scores, faces, known_pdq in zip(*tables, *more, strict=True):
        known = {name: image[name] for name in ImageFact._fields if name in image}
        known["place"] = image["place"] and Place(**image["place"]).identity
        known |= {"file": file, "vectors": vectors, "dimension": dimension}
        known["generation"] = generation_of(block.id)
        fact = ImageFact(**known, row=scores["row"], safety=scores["safety"], faces=faces, pdq=known_pdq)
        if entry := opt_out.entry_for(image["final_url"] or ""):
            fact = fact._replace(status="dropped", reason=OPTED_OUT_BY_LIST, message=entry)
        yield fact.url, tuple(fact)


def facts_by_block(element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """(document block, ImageFact as a tuple) for every block in which the image is mentioned.

    An earlier run with other archives may have had the URL from somewhere else: the place that is wanted now decides.
    """
    url, joined = element
    # Of facts of one place the one in force, of several of these the first file's: it stands last, and stays.
    facts = sorted(map(ImageFact._make, joined["facts"]), key=lambda fact: (fact.file, fact.offset or 0), reverse=True)
    facts.sort(key=lambda fact: ImageState(fact.status, fact.reason, fact.generation).rank)
    by_place = {fact.place and tuple(fact.place): fact for fact in facts}
    for place, blocks in joined["wanted"]:
        wanted = wanted_from((url, place)).place
        fact = by_place[wanted and wanted.identity]
        for name in blocks:
            yield name, tuple(_less_its_block(fact))


def _less_its_block(fact: ImageFact) -> ImageFact:
    """A picture that could not be had says nothing of where it was looked for: a vain retry changes nothing."""
    fact = fact._replace(generation=0)
    return fact if fact.status == "ok" else fact._replace(file="", vectors="", dimension=0)


def with_facts(element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[Block]:
    _, joined = element
    for block in joined["blocks"]:
        # One fact per URL, and the URL stands first.
        yield Block(block.id, block.inputs, tuple(sorted(joined["facts"], key=lambda fact: str(fact[0]))))


def align_block(block: Block, settings: AlignSettings, out: BlockWriter) -> None:
    """Writes one row per surviving document. payload: the facts of the images that its documents mention."""
    if settings.similarity is not None:
        settings.similarity.load()
    facts = {fact[0]: ImageFact(*fact) for fact in block.payload}
    survivors = {row["id"]: row for row in read_rows(settings.store, block.commit("select"), "parquet")}
    table = out.table("parquet", SCHEMA)
    with RangeReader(settings.store) as stored:
        embeddings = Embeddings(settings.similarity, stored)
        for document in cleaned_documents(block, settings.store, survivors):
            out.counts["items"] += 1
            row = survivors[document.id]
            document = document.scored(Score(**score) for score in row["scores"]).without(row["gone"])
            document, lost = join_images(document, facts, block.id)
            for lost_row in lost:
                out.note(lost_row)
            found = [facts[image.url] for image in document.images]
            vectors = embeddings.images(found)
            matrix = embeddings.similarity(document, vectors)
            of_images = image_scores(document, found, matrix, settings)
            scores = (*document.scores, *of_images, *sequence_scores(vectors, settings))
            table.add(
                {
                    "document": dataclasses.replace(document, scores=scores).to_json(),
                    "pieces": [{"file": fact.file, "offset": fact.offset} for fact in found],
                    "similarity": [] if matrix is None else matrix.ravel().tolist(),
                }
            )


def join_images(document: Document, facts: dict[str, ImageFact], block: str) -> tuple[Document, list[LedgerRow]]:
    """The document with the pictures that could be had, and a ledger row for each image that could not."""
    segments, lost = {segment.index: segment for segment in document.segments}, []
    for image in document.images:
        fact = facts[image.url]
        if fact.status == "ok":
            picture = Picture(**{field.name: getattr(fact, field.name) for field in dataclasses.fields(Picture)})
            faces = None if fact.faces is None else tuple(Face(*face) for face in fact.faces)
            segments[image.index] = dataclasses.replace(image, picture=picture, faces=faces)
            continue
        del segments[image.index]
        if fact.status == "failed":
            failure = Failure("fetch", fact.reason, fact.message, image.url)
            row = failure_row(failure, block=block, document=document.id, segment=image.index, unit="image")
        else:
            decision = Decision("fetch", fact.reason, image.index, measured=fact.message or None)
            row = decision_row(decision, stage="fetch", block=block, document=document.id, unit="image", what=image.url)
        lost.append(row)
    return dataclasses.replace(document, segments=tuple(segments.values())), lost


def image_scores(
    document: Document, facts: list[ImageFact], matrix: np.ndarray | None, settings: AlignSettings
) -> Iterator[Score]:
    """The scores of each image: its safety, its number of faces, its best text and the one that it is assigned to
    among all images and texts that are here (the text's index is the label)."""
    texts = document.texts
    assigned = [None] * len(facts) if matrix is None else assign(matrix)
    for number, (image, fact) in enumerate(zip(document.images, facts, strict=True)):
        if fact.safety is not None:
            yield Score(settings.safety_name, fact.safety, image.index)
        if fact.faces is not None:
            yield Score(settings.faces_name, len(fact.faces), image.index)
        if fact.pdq is not None:
            yield Score(PDQ, fact.pdq[1], image.index, label=fact.pdq[0])
        best = None if matrix is None else best_text(matrix, number)
        if best is not None and settings.similarity is not None:
            model = settings.similarity.name.partition("/")[2]
            yield Score(f"best_similarity/{model}", best[1], image.index, label=str(texts[best[0]].index))
            row = assigned[number]
            if matrix is not None and row is not None:
                value = float(matrix[row, number])
                yield Score(f"assigned_similarity/{model}", value, image.index, label=str(texts[row].index))


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


class Embeddings:
    """The embeddings that a block needs: images read by reference, each distinct text made once."""

    def __init__(self, scorer: ImageTextScorer | None, stored: RangeReader) -> None:
        self._scorer = scorer
        self._stored = stored
        self._texts: dict[str, np.ndarray] = {}

    def images(self, facts: list[ImageFact]) -> np.ndarray | None:
        """(images, D); None without a scorer or without images."""
        return np.stack([self._image(fact) for fact in facts]) if self._scorer is not None and facts else None

    def similarity(self, document: Document, images: np.ndarray | None) -> np.ndarray | None:
        """(texts, images) of the document; None without a scorer that reads it, or without images."""
        if self._scorer is None or images is None or not self._reads(document):
            return None
        texts = [segment.text for segment in document.texts]
        missing = list(dict.fromkeys(text for text in texts if text not in self._texts))
        if missing:
            self._texts |= dict(zip(missing, self._scorer.embed_texts(missing), strict=True))
        rows = np.stack([self._texts[text] for text in texts]) if texts else np.empty((0, images.shape[1]))
        return similarity(rows, images)

    def _reads(self, document: Document) -> bool:
        """Whether the scorer reads the document's language; one that does not say reads all."""
        known = getattr(self._scorer, "languages", ())
        language = document.score("language")
        return not known or (language is not None and language.label in known)

    def _image(self, fact: ImageFact) -> np.ndarray:
        length = fact.dimension * np.dtype(np.float16).itemsize
        data = self._stored.read(fact.vectors, (fact.row or 0) * length, length)
        return np.frombuffer(data, np.float16).astype(np.float32)


class AlignDocuments(beam.PTransform):
    """{"documents": selected document blocks, "wanted": wanted images, "images": embedded image blocks} to aligned
    document blocks."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = align_stage(recipe, store)
        self.opt_out = consent_rules(recipe).opt_out
        self.progress = progress

    def expand(self, inputs: dict[str, beam.PCollection[Any]]) -> beam.PCollection[Block]:
        known = inputs["images"] | "Image facts" >> beam.FlatMap(image_facts, self.stage.store, self.opt_out)
        facts = (
            {"wanted": inputs["wanted"], "facts": known}
            | "Join facts" >> beam.CoGroupByKey()
            | "Facts by block" >> beam.FlatMap(facts_by_block)
        )
        blocks = inputs["documents"] | "Name blocks" >> beam.Map(lambda block: (block.id, block))
        return (
            {"blocks": blocks, "facts": facts}
            | "Join documents" >> beam.CoGroupByKey()
            | "With facts" >> beam.FlatMap(with_facts)
            | "Align documents" >> beam.ParDo(RunStage(self.stage, self.progress))
        )
