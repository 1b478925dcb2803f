"""Documents joined with their images, and the similarity of every text unit with every image of a document."""

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
from corpusflow.align.copies import likest_earlier
from corpusflow.align.similarity import best_text, similarity
from corpusflow.align.units import TextUnit, Unit, text_units
from corpusflow.align.windows import windows
from corpusflow.consent.from_recipe import consent_rules
from corpusflow.consent.opt_out import NOBODY, OptOutList
from corpusflow.consent.rules import OPTED_OUT_BY_LIST
from corpusflow.decision import Decision, Failure, LedgerRow, decision_row, failure_row
from corpusflow.document import Document, Face, Picture, Score, arrow_schema
from corpusflow.filtering import ImageTextScorer
from corpusflow.recipe import Recipe
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.embeddings import KnownEmbeddings
from corpusflow.store.known_texts import TextRows
from corpusflow.store.own_pictures import OwnPicture, own_pictures
from corpusflow.store.paths import Store
from corpusflow.store.ranges import RangeReader
from transforms.clean import cleaned_documents
from transforms.embed import EmbedSettings, embed_stage, known_embeddings
from transforms.faces import face_boxes, face_detector
from transforms.image_blocks import ImageState, Place, generation_of, wanted_from
from transforms.negative_pools import Negatives, negatives_of
from transforms.pdq import SCORER as PDQ
from transforms.pdq import pdq_hashes
from transforms.rank_scores import rank_scores
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


class ImageFact(NamedTuple):
    """What align needs of an image row: small, so that it can go through the join.

    owner: the image block that embedded the picture, until its row and safety are taken from there.
    """

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
    owner: str = ""


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
    return Stage("align", VERSION, section, settings, align_block, store, reads=reads)


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
        known |= {"owner": scores["owner"] or "", "row": scores["row"], "safety": scores["safety"]}
        fact = ImageFact(**known, faces=faces, pdq=known_pdq)
        if entry := opt_out.entry_for(image["final_url"] or ""):
            fact = fact._replace(status="dropped", reason=OPTED_OUT_BY_LIST, message=entry)
        yield fact.url, tuple(fact)


def without_owner(element: tuple[str, tuple[Any, ...]]) -> bool:
    return not ImageFact(*element[1]).owner


def by_owner(element: tuple[str, tuple[Any, ...]]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """(image block, ImageFact as a tuple) of a picture that this block embedded for another one."""
    owner = ImageFact(*element[1]).owner
    if owner:
        yield owner, element[1]


def from_owner(element: tuple[str, dict[str, Iterable[Any]]], store: Store) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """What image_facts gives, of pictures that a block embedded for others: with its rows and its safety."""
    _, joined = element
    facts = map(ImageFact._make, joined["facts"])
    for block in joined["blocks"]:
        own: dict[str, OwnPicture] = {}
        for fact in facts:
            own = own or own_pictures(block.commit("fetch"), block.commit("embed"), store)
            yield fact.url, tuple(fact._replace(**own[fact.sha256]._asdict(), owner=""))


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
    """Writes one row per surviving document. payload: the facts of the images that its documents mention. inputs: with
    the pools of negatives, where the recipe asks for them."""
    table = out.table("parquet", SCHEMA)
    with RangeReader(settings.store) as stored:
        embeddings = Embeddings(settings.similarity, stored, settings.known)
        negatives = negatives_of(block, settings.store, settings.negatives)
        for window in windows(joined_documents(block, settings, out), embeddings):
            embeddings.remember(unit.text for joined in window for unit in joined.units)
            for joined in window:
                table.add(aligned_row(joined, embeddings, negatives, settings))
        embeddings.keep()


def joined_documents(block: Block, settings: AlignSettings, out: BlockWriter) -> Iterator[Joined]:
    """The block's survivors with their pictures; they are counted, and what they lost is noted."""
    facts = {fact[0]: ImageFact(*fact) for fact in block.payload}
    survivors = {row["id"]: row for row in read_rows(settings.store, block.commit("select"), "parquet")}
    for document in cleaned_documents(block, settings.store, survivors):
        out.counts["items"] += 1
        row = survivors[document.id]
        document = document.scored(Score(**score) for score in row["scores"]).without(row["gone"])
        document, lost = join_images(document, facts, block.id)
        for lost_row in lost:
            out.note(lost_row)
        compares = document.images and reads(settings.similarity, document)
        units = text_units(document, settings.unit) if compares else ()
        yield Joined(document, [facts[image.url] for image in document.images], units)


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
    for image, likest in zip(document.images, likest_earlier(vectors), strict=True):
        if likest is not None:
            label = str(document.images[likest[0]].index)
            yield Score(f"copy_similarity/{model}", likest[1], image.index, label=label)


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


class JoinImages(beam.PTransform):
    """{"documents": selected document blocks, "wanted": wanted images, "images": embedded image blocks} to document
    blocks with the facts of their images."""

    def __init__(self, recipe: Recipe, store: Store) -> None:
        super().__init__()
        self.store = store
        self.opt_out = consent_rules(recipe).opt_out

    def expand(self, inputs: dict[str, beam.PCollection[Any]]) -> beam.PCollection[Block]:
        known = inputs["images"] | "Image facts" >> beam.FlatMap(image_facts, self.store, self.opt_out)
        owners = inputs["images"] | "Name owners" >> beam.Map(lambda block: (block.id, block))
        borrowed = (
            {"facts": known | "By owner" >> beam.FlatMap(by_owner), "blocks": owners}
            | "Join owners" >> beam.CoGroupByKey()
            | "From owner" >> beam.FlatMap(from_owner, self.store)
        )
        whole = (known | "Own facts" >> beam.Filter(without_owner), borrowed) | "All facts" >> beam.Flatten()
        facts = (
            {"wanted": inputs["wanted"], "facts": whole}
            | "Join facts" >> beam.CoGroupByKey()
            | "Facts by block" >> beam.FlatMap(facts_by_block)
        )
        blocks = inputs["documents"] | "Name blocks" >> beam.Map(lambda block: (block.id, block))
        return (
            {"blocks": blocks, "facts": facts}
            | "Join documents" >> beam.CoGroupByKey()
            | "With facts" >> beam.FlatMap(with_facts)
        )


class AlignDocuments(beam.PTransform):
    """Document blocks with the facts of their images, and with pools of negatives where the recipe asks for them, to
    aligned document blocks."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = align_stage(recipe, store)
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return blocks | "Align documents" >> beam.ParDo(RunStage(self.stage, self.progress))
