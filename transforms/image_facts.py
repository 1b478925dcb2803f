"""Document blocks joined with what is known of the images that they mention: small facts, no bytes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import apache_beam as beam

from corpusflow.consent.from_recipe import consent_rules
from corpusflow.consent.opt_out import NOBODY, OptOutList
from corpusflow.consent.rules import OPTED_OUT_BY_LIST
from corpusflow.decision import Decision, Failure, LedgerRow, decision_row, failure_row
from corpusflow.document import Document, Face, Picture
from corpusflow.recipe import Recipe
from corpusflow.store.block import WORKER_KILLED, Block, killed_twice
from corpusflow.store.commit import read_rows
from corpusflow.store.own_pictures import OwnPicture, own_pictures
from corpusflow.store.paths import Store
from transforms.faces import face_boxes
from transforms.group_keys import JoinKeys
from transforms.image_blocks import ImageState, Place, generation_of, wanted_from
from transforms.pdq import pdq_hashes
from transforms.select import surviving_documents


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
        yield fact.url, tuple(_unless_set_aside(fact, block))


def _unless_set_aside(fact: ImageFact, block: Block) -> ImageFact:
    """A picture of which a stage knows nothing, since it gave the block up, is a Failure: nobody said that it is safe.

    block: what should have measured it.
    """
    stage = next((commit.stage for commit in block.inputs if commit.is_set_aside), None)
    if stage is None or fact.status != "ok":
        return fact
    message = killed_twice(stage, block.id)
    return fact._replace(status="failed", reason=WORKER_KILLED, message=message, owner="", row=None)


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
            if block.commit("embed").is_set_aside:
                yield fact.url, tuple(_unless_set_aside(fact, block))
                continue
            own = own or own_pictures(block.commit("fetch"), block.commit("embed"), store)
            yield fact.url, tuple(fact._replace(**own[fact.sha256]._asdict(), owner=""))


def facts_by_block(element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """(document block, ImageFact as a tuple) for every block in which the image is mentioned.

    An earlier run with other archives may have had the URL from somewhere else: the place that is wanted now decides.
    """
    url, joined = element
    # Of facts of one place the one in force, of several of these the first file's: it stands last, and stays.
    facts = [ImageFact(*fact) for side in ("facts", "borrowed") for fact in joined[side]]
    facts.sort(key=lambda fact: (fact.file, fact.offset or 0), reverse=True)
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


def pictured_documents(block: Block, store: Store) -> Iterator[tuple[Document, list[ImageFact], list[LedgerRow]]]:
    """The documents of a joined block with the pictures that could be had, the facts of these in the order of its
    images, and a ledger row for each image that could not be had."""
    facts = {fact[0]: ImageFact(*fact) for fact in block.payload}
    for document in surviving_documents(block, store):
        document, lost = join_images(document, facts, block.id)
        yield document, [facts[image.url] for image in document.images], lost


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
            | "Join owners" >> JoinKeys(self.store)
            | "From owner" >> beam.FlatMap(from_owner, self.store)
        )
        own = known | "Own facts" >> beam.Filter(without_owner)
        facts = (
            {"wanted": inputs["wanted"], "facts": own, "borrowed": borrowed}
            | "Join facts" >> JoinKeys(self.store)
            | "Facts by block" >> beam.FlatMap(facts_by_block)
        )
        blocks = inputs["documents"] | "Name blocks" >> beam.Map(lambda block: (block.id, block))
        return (
            {"blocks": blocks, "facts": facts}
            | "Join documents" >> JoinKeys(self.store)
            | "With facts" >> beam.FlatMap(with_facts)
        )
