"""A document as a person looks at it: its segments in their places, kept and dropped, and what is known of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from corpusflow.decision import LedgerRow
from corpusflow.document import Document, Face, ImageSegment, Picture, Score, Segment, TextSegment
from corpusflow.images.content_keys import USES
from corpusflow.inspect.copies import copies_text
from corpusflow.inspect.matches import Match, images_of, matches_of


@dataclass(frozen=True, slots=True)
class Part:
    """A segment in its place.

    row: why it went, None where it did not. member: name of its picture in the shard, empty where there is none.
    matches: the texts that an image goes with. rank: among texts of other documents, None where nobody compared: see
    `rank_text`. nsfw: the image's safety score. uses: documents of the corpus that show it, None where nobody counted.
    number: among the sample's texts or images, where these were compared. images: how each image that goes with a text
    does so, by the image's number.
    """

    segment: Segment
    row: LedgerRow | None = None
    member: str = ""
    matches: tuple[Match, ...] = ()
    rank: float | None = None
    nsfw: float | None = None
    uses: int | None = None
    number: int | None = None
    images: Mapping[int, str] = field(default_factory=dict)

    @property
    def is_image(self) -> bool:
        return isinstance(self.segment, ImageSegment)

    @property
    def counts(self) -> tuple[str, ...]:
        """What was counted of an image and is told: how many documents show it, how many faces are on it."""
        told = [(self.uses, "in {:,} documents")] if (self.uses or 0) > 1 else []
        faces = self.segment.faces if isinstance(self.segment, ImageSegment) else None
        if faces is not None:
            told.append((len(faces), "{:,} face" if len(faces) == 1 else "{:,} faces"))
        return tuple(form.format(number) for number, form in told)


@dataclass(frozen=True)
class SampleView:
    """A kept sample, or a document that was dropped as a whole.

    facts: what is known of it, by name, ready to show. parts: by their index in the page. pictures: stored bytes by
    member name. sample: its json as stored, empty for a dropped document. whole: why the document was dropped, None
    for a sample. hidden: how many parts are left out for shortness.
    """

    key: str
    title: str
    facts: Mapping[str, str]
    parts: tuple[Part, ...]
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    sample: Mapping[str, Any] = field(default_factory=dict)
    whole: LedgerRow | None = None
    hidden: int = 0


def sample_view(
    sample: Mapping[str, Any],
    pictures: Mapping[str, bytes],
    shard: str,
    rows: Iterable[LedgerRow],
    document: Document | None,
    copies: Sequence[LedgerRow] = (),
) -> SampleView:
    """What was kept, and in its place what was dropped.

    rows: of the document in the ledger. document: as it was extracted, None where that is not stored any more. copies:
    the rows of the documents that went for it.
    """
    rows = list(rows)
    parts = [*_kept_parts(sample), *_dropped_parts(rows, document)]
    about = sample["metadata"]
    facts = {
        "url": sample["url"],
        "language": _with_score(about["lang"], about["lang_score"]),
        "declared language": about["declared_lang"],
        **_declared(about, sample["url"]),
        "source": _place(about["source"], about["position"]),
        "fetched": about["fetched_at"],
        "shard": shard,
        "scores": _scores(about["scores"]),
        "scores by": _scorers(about["scorers"]),
        "copies": copies_text(copies),
        "noted": _notes(rows),
    }
    return SampleView(sample["sample_id"], about["title"], _told(facts), _in_order(parts), pictures, sample)


def _scores(scores: Iterable[Mapping[str, Any]]) -> str:
    """`perplexity 312.4, text_quality 0.91 (good)`: all of a document but its language, which is told by itself."""
    told = ((Score(score["name"], score["value"]).measure, score) for score in scores)
    return ", ".join(
        _with_label(f"{measure} {score['value']:.4g}", score["label"])
        for measure, score in told
        if measure != "language"
    )


def _scorers(names: Iterable[str]) -> str:
    """`opennsfw-1: nsfw; pixels: dhash_uses, phash_uses`: a model once, however many measures are its."""
    measures: dict[str, list[str]] = {}
    for name in names:
        measure, _, model = name.partition("/")
        measures.setdefault(model, []).append(measure)
    return "; ".join(f"{model}: {', '.join(found)}" for model, found in measures.items())


def _with_label(text: str, label: str) -> str:
    return f"{text} ({label})" if label else text


def _place(source: str, position: int) -> str:
    return f"{source} at {position:,}" if position >= 0 else source


def dropped_view(whole: LedgerRow, rows: Iterable[LedgerRow], document: Document | None) -> SampleView:
    """A document that was dropped as a whole, with the segments that it had lost before."""
    rows = list(rows)
    parts = list(_dropped_parts(rows, document))
    if document is None:
        return SampleView(whole.document, "", _told({"url": whole.what}), _in_order(parts), whole=whole)
    gone = {part.segment.index for part in parts}
    parts += [Part(segment) for segment in document.segments if segment.index not in gone]
    language = document.score("language")
    facts = {
        "url": document.url,
        "language": _with_score(language.label, language.value) if language else "",
        "declared language": document.metadata.language,
        **_declared(document.metadata.to_json(), document.url),
        "source": _place(document.provenance.source, document.provenance.position),
        "fetched": document.provenance.fetched_at,
        "about": "" if whole.what == document.url else whole.what,
        "noted": _notes(rows),
    }
    return SampleView(document.id, document.metadata.title, _told(facts), _in_order(parts), whole=whole)


def _declared(about: Mapping[str, Any], url: str) -> dict[str, str]:
    """What a page declares of itself. about: by the names of Metadata."""
    return {
        "canonical url": about["canonical_url"] if about["canonical_url"] != url else "",
        "published": about["published"],
        "licenses": ", ".join(about["licenses"]),
        "robots": ", ".join(about["robots"]),
        "tdm reservation": about["tdm_reservation"],
        "tdm policy": about["tdm_policy"],
    }


def _kept_parts(sample: Mapping[str, Any]) -> Iterator[Part]:
    matches = [matches_of(sample, info) for info in sample["image_info"]]
    measured = any(matches)
    for number, info in enumerate(sample["text_info"]):
        text = TextSegment(info["index"], sample["texts"][info["pos"]], info["role"], info["level"], info["number"])
        yield Part(text, number=number if measured else None, images=images_of(number, matches))
    for number, (info, found) in enumerate(zip(sample["image_info"], matches, strict=True)):
        told = {field.name: info[field.name] for field in dataclasses.fields(Picture) if field.name in info}
        picture = Picture(**told, format=info["member"].rpartition(".")[2], bytes=0)
        # A shard that an older version wrote has no faces and no uses.
        boxes = info.get("faces")
        faces = None if boxes is None else tuple(Face(*box) for box in boxes)
        segment = ImageSegment(info["index"], info["url"], info["alt"], info["caption"], picture=picture, faces=faces)
        uses = max((info[name] for name in USES.values() if info.get(name) is not None), default=None)
        yield Part(
            segment,
            member=info["member"],
            matches=found,
            rank=info.get("text_rank"),
            nsfw=info["nsfw"],
            uses=uses,
            number=number if measured else None,
        )


def _dropped_parts(rows: Iterable[LedgerRow], document: Document | None) -> Iterator[Part]:
    extracted = {segment.index: segment for segment in document.segments} if document else {}
    for row in rows:
        if row.segment is None or not row.lost:
            continue
        # Without the extracted document the ledger still tells an image's URL.
        known: Segment = ImageSegment(row.segment, row.what) if row.unit == "image" else TextSegment(row.segment, "")
        yield Part(extracted.get(row.segment, known), row)


def _in_order(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda part: part.segment.index))


def _told(facts: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value}


def _with_score(label: str, score: float | None) -> str:
    return f"{label} ({score:.2f})" if label and score is not None else label


def _notes(rows: Iterable[LedgerRow]) -> str:
    return ", ".join(sorted({row.reason for row in rows if not row.lost}))
