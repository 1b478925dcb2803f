"""The filters that need only text, before anything dear is done: kept apart from extraction, so that another
threshold extracts nothing again."""

from __future__ import annotations

import functools
import importlib.metadata
from collections import Counter
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, cast

import apache_beam as beam
import pyarrow as pa

from corpusflow import __version__
from corpusflow.consent.from_recipe import consent_rules
from corpusflow.consent.rules import ConsentRules
from corpusflow.decision import decision_row
from corpusflow.document import Document, TextSegment, arrow_schema
from corpusflow.filtering import Filter, LanguageScorer, Registry, apply
from corpusflow.models.document_language import language_of
from corpusflow.models.language_by_script import NAME as BY_SCRIPT
from corpusflow.models.registry import LANGUAGE_SCORERS
from corpusflow.recipe import NearText, Recipe, build_filters, keyed_spec
from corpusflow.recipe.earlier import signature_section
from corpusflow.safety.list_file import file_digest
from corpusflow.store.block import Block, Stage, fail_document
from corpusflow.store.commit import BlockWriter
from corpusflow.store.paths import Store
from corpusflow.text import minhash
from corpusflow.text.identity import paragraph_key, text_key, url_key
from corpusflow.text.letters import weighted_length
from corpusflow.text.personal_data import VERSION as PERSONAL_DATA
from filters.consent import Consent
from filters.language import Language
from filters.personal_data import DropPersonalData
from transforms.clean import cleaned_documents
from transforms.extract import extract_stage
from transforms.measure import measured_scores
from transforms.stage import RunStage

VERSION = 4

SENTENCE = 40  # characters; a shorter list item names a thing

# One row per document that passed. gone: indices of the segments that a filter dropped. images: the URLs of the
# images that are left, in order; image_indices: their segments. characters: of all texts that are left. signature: of
# these, for near copies; null for a document without words. paragraphs: their keys within the host. Both are null
# where the recipe does not ask for them. scores: those that extraction did not give, or gave otherwise.
PARAGRAPH = pa.struct([("index", pa.int64()), ("key", pa.string())])
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("url", pa.string()),
        ("url_key", pa.string()),
        ("text_key", pa.string()),
        ("fetched_at", pa.string()),
        ("language", pa.string()),
        ("gone", pa.list_(pa.int64())),
        ("texts", pa.int64()),
        ("images", pa.list_(pa.string())),
        ("image_indices", pa.list_(pa.int64())),
        ("characters", pa.int64()),
        ("signature", pa.binary()),
        ("paragraphs", pa.list_(PARAGRAPH)),
        arrow_schema().field("scores"),
    ]
)


@dataclass(frozen=True)
class FilterSettings:
    filters: tuple[Filter, ...]
    store: Store


@dataclass(frozen=True)
class ScreenSettings(FilterSettings):
    """near_text: how signatures are made, None for none. paragraphs: whether their keys are wanted; headings: of
    headings and the like, too. language: tells the language of what filters left of a document; None where that of
    extraction stands."""

    near_text: NearText | None = None
    paragraphs: bool = False
    headings: bool = False
    language: LanguageScorer | None = None

    def section(self) -> list[Any]:
        """What of it decides on the keys that screen writes."""
        paragraphs = [self.paragraphs, self.headings]
        return [signature_section(self.near_text), paragraphs, self.language and [self.language.name, BY_SCRIPT]]


def filter_section(filters: tuple[Filter, ...]) -> list[Any]:
    """What of the filters decides on a stage's output: their names, the version of their package, every threshold."""
    return [[rule.name, package_version(type(rule).__module__), _options(rule)] for rule in filters]


def _options(rule: Filter) -> dict[str, Any]:
    """Of an option that names a file its content counts, wherever the file is."""
    options = asdict(cast(Any, rule))
    named = (name for name in getattr(rule, "files", ()) if options[name] is not None)
    return options | {name: file_digest(options[name]) for name in named}


@functools.cache
def package_version(module: str) -> str:
    """Version of the distribution that a filter's module comes from: another one may judge otherwise."""
    package = module.partition(".")[0]
    if package == "filters":
        return __version__
    names = importlib.metadata.packages_distributions().get(package, ())
    return " ".join(importlib.metadata.version(name) for name in sorted(set(names)))


def consent_section(rules: ConsentRules) -> list[Any]:
    """What of the rules decides on the output: of an opt-out list its content, wherever the file is."""
    return [sorted(rules.directives), rules.tdm, rules.opt_out.digest]


def screen_stage(recipe: Recipe, registry: Registry, store: Store) -> Stage[ScreenSettings]:
    """Consent is asked first, then personal data dropped if it shall be, whatever filters the recipe names."""
    rules = consent_rules(recipe)
    filters = tuple(rule for rule in build_filters(recipe, registry) if rule.needs == "text")
    wanted, drops = recipe.select, recipe.text.personal_data == "drop"
    always = (Consent(rules), DropPersonalData()) if drops else (Consent(rules),)
    paragraphs = wanted.domain_paragraphs is not None
    language = extract_stage(recipe, store).settings.language if recipe.text.language_again else None
    settings = ScreenSettings(
        (*always, *filters), store, wanted.near_text, paragraphs, wanted.domain_headings, language
    )
    # Of options that are not in the detector's name, too: extraction may say the same with both of them.
    again = keyed_spec(recipe.extract.language, LANGUAGE_SCORERS) if recipe.text.language_again else None
    section = [
        settings.section(),
        again,
        PERSONAL_DATA if drops else None,
        consent_section(rules),
        *filter_section(filters),
    ]
    reads = ("extract", "clean", "measure")
    return Stage("screen", VERSION, section, settings, screen_block, store, reads=reads, gives_up=give_up_unscreened)


def screen_block(block: Block, settings: ScreenSettings, out: BlockWriter) -> None:
    """Writes one row per document that passes; what is dropped goes to the ledger."""
    table, measured = out.table("parquet", SCHEMA), measured_scores(block, settings.store)
    if settings.language is not None:
        settings.language.load()
    for document in cleaned_documents(block, settings.store):
        out.counts["items"] += 1
        scored = document.scored(measured.get(document.id, ()))
        kept = judge_document(scored, settings.filters, block.id, out)
        if kept is not None:
            kept = judge_language_again(scored, kept, settings, block.id, out)
        if kept is not None:
            left, extracted = {segment.index for segment in kept.segments}, frozenset(document.scores)
            language = kept.score("language")
            table.add(
                {
                    "id": document.id,
                    "url": document.url,
                    "url_key": url_key(document.url),
                    "text_key": text_key(kept),
                    "fetched_at": document.provenance.fetched_at,
                    "language": language.label if language else "",
                    "gone": [segment.index for segment in document.segments if segment.index not in left],
                    "texts": len(kept.texts),
                    "images": [image.url for image in kept.images],
                    "image_indices": [image.index for image in kept.images],
                    "characters": sum(len(text.text) for text in kept.texts),
                    "signature": text_signature(kept, settings.near_text),
                    "paragraphs": paragraph_keys(kept, settings.headings) if settings.paragraphs else None,
                    "scores": [asdict(score) for score in kept.scores if score not in extracted],
                }
            )


def give_up_unscreened(block: Block, settings: ScreenSettings, out: BlockWriter) -> None:
    """Every document is a Failure."""
    out.table("parquet", SCHEMA)
    for document in cleaned_documents(block, settings.store):
        fail_document(block, out, document.id, document.url, len(document.texts), len(document.images))


def judge_language_again(
    whole: Document, kept: Document, settings: ScreenSettings, block: str, out: BlockWriter
) -> Document | None:
    """What is left of a document, with the language of what is left where texts are gone; None where that language is
    not wanted. mOSCAR tells it again, too."""
    if settings.language is None or len(kept.texts) == len(whole.texts):
        return kept
    again = language_of(kept, settings.language)
    if again == kept.score("language"):
        return kept
    rules = tuple(rule for rule in settings.filters if isinstance(rule, Language))
    return judge_document(kept.scored([again]), rules, block, out)


def text_signature(document: Document, wanted: NearText | None) -> bytes | None:
    """The signature of all texts together, None where none is wanted or there is no word."""
    if wanted is None:
        return None
    text = "\n".join(segment.text for segment in document.texts)
    hashed = minhash.shingles(text, wanted.shingle, wanted.sizes)
    return minhash.to_bytes(minhash.signature(hashed, wanted.permutations)) if len(hashed) else None


def paragraph_keys(document: Document, headings: bool) -> list[dict[str, Any]]:
    """Of what may be boilerplate of a host. headings: of headings, code and short list items, too."""
    return [
        {"index": text.index, "key": paragraph_key(document.url, text.text)}
        for text in document.texts
        if headings or _may_be_boilerplate(text)
    ]


def _may_be_boilerplate(text: TextSegment) -> bool:
    if text.role == "list_item":
        return weighted_length(text.text) >= SENTENCE
    return text.role not in ("heading", "code")


def judge_document(document: Document, filters: tuple[Filter, ...], block: str, out: BlockWriter) -> Document | None:
    """Applies filters and puts every Decision into the ledger. Returns what is left of the document, or None."""
    kept, decisions = apply(document, filters)
    segments = {segment.index: segment for segment in document.segments}
    left = Counter("text" if isinstance(segment, TextSegment) else "image" for segment in document.segments)
    for decision in decisions:
        add = partial(decision_row, decision, stage=out.stage, block=block, document=document.id)
        if decision.segment is None:
            out.note(add(unit="document", what=document.url, texts=left["text"], images=left["image"]))
            continue
        segment = segments[decision.segment]
        if isinstance(segment, TextSegment):
            out.note(add(unit="text"))
            left["text"] -= 1
        else:
            out.note(add(unit="image", what=segment.url))
            left["image"] -= 1
    return kept


class ScreenDocuments(beam.PTransform):
    """Document blocks with documents to document blocks with a table of what passed the text filters."""

    def __init__(self, recipe: Recipe, registry: Registry, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = screen_stage(recipe, registry, store)
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return blocks | "Screen documents" >> beam.ParDo(RunStage(self.stage, self.progress))
