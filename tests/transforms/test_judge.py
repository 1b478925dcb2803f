from __future__ import annotations

import dataclasses
import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document, ImageSegment, Score
from corpusflow.filtering import Filter
from corpusflow.store.block import Block, Stage
from corpusflow.store.measure_columns import MEASURE_COLUMNS, measure_columns
from corpusflow.store.paths import LocalStore
from corpusflow.store.ranges import RangeReader
from corpusflow.store.sample import END
from corpusflow.store.unit_matrix import units_left
from filters.document_shape import DocumentShape
from filters.image_size import ImageSize
from filters.registry import available_filters
from tests.documents import document, language
from tests.documents import picture as stored_picture
from tests.transforms.blocks import after, commit_table, ledger, outcome, run_on_beam, small_recipe, table
from transforms.align import SCHEMA as ALIGNED
from transforms.align import UNIT
from transforms.judge import JudgeDocuments, JudgeSettings, judge_block, judge_stage, make_sample

REGISTRY = available_filters()
BYTES = "abcdefghij"  # the stored pictures; the n-th is n + 1 bytes long and begins at the sum of those before
FILE = "stages/fetch/i0.bin"


def picture(number: int, width: int = 300, height: int = 200) -> ImageSegment:
    """The number-th image of the stored file."""
    return ImageSegment(0, f"https://x.example/{number}.jpg", picture=stored_picture(width, height, bytes(number + 1)))


def stored_bytes(number: int) -> bytes:
    return BYTES[number].encode() * (number + 1)


def piece(number: int) -> dict[str, Any]:
    return {"file": FILE, "offset": sum(range(number + 1))}


def plain_units(doc: Document) -> list[dict[str, int]]:
    """Every text of a document is a unit."""
    return [dict(zip(UNIT.names, (text.index, text.index, 0, len(text.text)), strict=True)) for text in doc.texts]


def sampled(store: LocalStore, whole: Document, gone: Sequence[int], pictures: Sequence[int], flat: Any = ()) -> Any:
    """The files of what is left of a document without these segments. flat: similarities of its texts and images.
    pictures: numbers of its images in the stored file."""
    kept = whole.without(gone)
    with RangeReader(store) as stored:
        compared = units_left(whole, kept, plain_units(whole), flat)
        return members(make_sample(whole, kept, [piece(number) for number in pictures], compared, stored) + END)


def aligned(store: LocalStore, name: str, *documents: Document, measured: bool = True) -> Block:
    """A document block with documents whose images are those of `picture`; similarities count up from 0.01."""
    store.write(FILE, b"".join(map(stored_bytes, range(len(BYTES)))))
    rows = []
    for doc in documents:
        numbers = [int(image.url.rpartition("/")[2].removesuffix(".jpg")) for image in doc.images]
        cells = len(doc.texts) * len(numbers) if measured else 0
        similarity = [round(0.01 * (cell + 1), 2) for cell in range(cells)]
        pieces = [piece(number) for number in numbers]
        units = plain_units(doc) if cells else []
        rows.append({"document": doc.to_json(), "pieces": pieces, "similarity": similarity, "units": units})
    return Block(name, (commit_table(store, "align", name, ALIGNED, rows),))


def judging(store: LocalStore, *filters: Filter) -> Stage[JudgeSettings]:
    return Stage("judge", 1, None, JudgeSettings(filters, store), judge_block, store)


def members(data: bytes) -> dict[str, bytes]:
    """What stands in a tar, in its order."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {info.name: tar.extractfile(info).read() for info in tar.getmembers()}  # type: ignore[union-attr]


def tar_of(store: LocalStore, block: Block) -> bytes:
    return store.read(block.latest.files["tar"].name)


def test_a_sample_has_the_pictures_and_the_similarities_of_what_is_left(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    store.write(FILE, b"".join(map(stored_bytes, range(len(BYTES)))))
    whole = document(picture(2), "one", picture(5), "two", picture(3), "three")
    flat = [0.11, 0.12, 0.13, 0.21, 0.22, 0.23, 0.31, 0.32, 0.33]
    found = sampled(store, whole, [2, 3], [2, 5, 3], flat)
    key = whole.id
    assert list(found) == [f"{key}.json", f"{key}.0.jpg", f"{key}.1.jpg"]
    assert (found[f"{key}.0.jpg"], found[f"{key}.1.jpg"]) == (b"ccc", b"dddd")
    sample = json.loads(found[f"{key}.json"])
    assert sample["similarity"] == [[0.11, 0.13], [0.31, 0.33]]
    assert sample["texts"] == [None, "one", None, "three"]
    assert sample["images"] == [f"{key}.0.jpg", None, f"{key}.1.jpg", None]


def test_a_sample_that_nobody_measured_has_no_similarities(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    store.write(FILE, stored_bytes(0))
    doc = document("one", picture(0))
    found = sampled(store, doc, [], [0])
    sample = json.loads(found[f"{doc.id}.json"])
    assert (sample["similarity"], sample["units"]) == ([], [])


@pytest.mark.parametrize("form", ["jpg", "webp", "png"])
def test_a_picture_has_the_extension_of_its_format_and_its_facts_in_the_json(tmp_path: Path, form: str) -> None:
    store = LocalStore(str(tmp_path))
    store.write(FILE, stored_bytes(0))
    known = stored_picture(300, 200, stored_bytes(0), form)
    doc = document(dataclasses.replace(picture(0), picture=known))
    found = sampled(store, doc, [], [0])
    assert list(found) == [f"{doc.id}.json", f"{doc.id}.0.{form}"]
    (info,) = json.loads(found[f"{doc.id}.json"])["image_info"]
    told = dataclasses.asdict(known)
    assert {name: info[name] for name in told if name in info} == {
        name: value for name, value in told.items() if name not in ("format", "bytes")
    }


def test_the_best_text_of_an_image_is_told_by_its_place_among_those_that_are_left(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    store.write(FILE, stored_bytes(0))
    scores = [Score("best_similarity/x", 0.5, 3, label="2")]
    doc = document("zero", "one", "two", picture(0), scores=scores)
    for gone, place in ((0, 1), (2, None)):
        found = sampled(store, doc, [gone], [0], [0.1, 0.2, 0.5])
        (info,) = json.loads(found[f"{doc.id}.json"])["image_info"]
        assert (info["matched_text_index"], info["matched_sim"]) == (place, 0.5)


def test_images_are_assigned_anew_to_the_texts_that_are_left(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    store.write(FILE, stored_bytes(0) + stored_bytes(1))
    scores = [Score("assigned_similarity/x", 0.9, 3, label="0"), Score("assigned_similarity/x", 0.7, 4, label="1")]
    doc = document("zero", "one", "two", picture(0), picture(1), scores=scores)
    flat = [0.9, 0.8, 0.6, 0.7, 0.2, 0.5]
    for gone, told in ((), [(0, 0.9), (1, 0.7)]), ((0,), [(0, 0.6), (1, 0.5)]), ((0, 1, 2), [(None, None)] * 2):
        found = sampled(store, doc, gone, [0, 1], flat)
        info = json.loads(found[f"{doc.id}.json"])["image_info"]
        assert [(each["assigned_text_index"], each["assigned_sim"]) for each in info] == told


def test_a_unit_goes_with_any_of_its_segments(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    store.write(FILE, stored_bytes(0))
    whole = document("ab", "cd", "x", picture(0), "ef")
    units = [(0, 1, 0, 2), (2, 2, 0, 1), (4, 4, 0, 2)]
    row = {
        "document": whole.to_json(),
        "pieces": [piece(0)],
        "similarity": [0.9, 0.1, 0.2],
        "units": [dict(zip(UNIT.names, unit, strict=True)) for unit in units],
    }
    block = Block("b0", (commit_table(store, "align", "b0", ALIGNED, [row]),))
    for dropped, left, info in (
        ((), [[0, 1, 0, 2], [2, 2, 0, 1], [3, 3, 0, 2]], (0, 0, 0, 0)),
        (("cd",), [[1, 1, 0, 1], [2, 2, 0, 2]], (None, None, 2, 1)),
        (("x", "ef"), [[0, 1, 0, 2]], (0, 0, 0, 0)),
    ):
        done = after(judging(store, DropTexts(dropped)), block)
        sample = json.loads(members(tar_of(store, done))[f"{whole.id}.json"])
        assert sample["units"] == left
        assert len(sample["similarity"]) == len(left)
        (told,) = sample["image_info"]
        keys = ("matched_text_index", "matched_unit", "assigned_text_index", "assigned_unit")
        assert tuple(told[key] for key in keys) == info


@dataclasses.dataclass(frozen=True)
class DropTexts:
    """Drops these texts."""

    texts: tuple[str, ...]
    name: ClassVar[str] = "drop_texts"
    needs: ClassVar[Any] = "scores"
    measures: ClassVar[tuple[str, ...]] = ()

    def judge(self, document: Document) -> list[Decision]:
        return [Decision(self.name, "not_wanted", text.index) for text in document.texts if text.text in self.texts]


def documents() -> list[Document]:
    """One that stays whole, one that loses its only image, one that loses one of two."""
    small = picture(1, 50, 50)
    return [
        document("ab", picture(0), "cde", scores=[language("en")], url="https://a.example"),
        document("x", small, url="https://b.example"),
        document("y", small, picture(2), url="https://c.example"),
    ]


RULES = (ImageSize(min_side=100), DocumentShape(min_images=1))


def test_the_index_tells_where_each_sample_is_in_the_tar(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    docs = documents()
    done = after(judging(store, *RULES), aligned(store, "b0", *docs))
    rows = table(store, done)
    data = tar_of(store, done)
    assert [row["key"] for row in rows] == [docs[0].id, docs[2].id]
    for row in rows:
        part = members(data[row["offset"] : row["offset"] + row["length"]] + END)
        assert list(part) == [f"{row['key']}.json", f"{row['key']}.0.jpg"]
    assert rows[0]["offset"] == 0
    assert rows[1]["offset"] == rows[0]["length"]
    assert len(data) == rows[1]["offset"] + rows[1]["length"] + len(END)
    assert [members(data)[f"{row['key']}.0.jpg"] for row in rows] == [b"a", b"ccc"]
    first = {name: rows[0][name] for name in ("url", "language", "texts", "images", "characters")}
    assert first == {"url": "https://a.example", "language": "en", "texts": 2, "images": 1, "characters": 5}
    assert rows[1]["language"] == ""


def test_the_index_has_a_column_for_every_measure_of_what_is_kept(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    scores = [language("en", 0.875), Score("perplexity/test", 120.5), Score("image_coherence/test", 0.25)]
    doc = document("The heron stands.", picture(0), "It waits in the marsh.", scores=scores)
    (row,) = table(store, after(judging(store), aligned(store, "b0", doc)))
    assert [row[name] for name in MEASURE_COLUMNS] == list(measure_columns(doc).values())
    assert (row["lang_score"], row["measure_words"], row["measure_perplexity"]) == (0.875, 8.0, 120.5)
    assert (row["measure_toxicity"], row["measure_text_quality"]) == (None, None)
    assert (row["measure_image_coherence"], row["measure_image_pair_similarity"]) == (0.25, None)
    assert row["measure_stop_word_share"] == 0.5  # the, it, in, the


def test_what_is_dropped_stands_in_the_ledger(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    docs = documents()
    done = after(judging(store, *RULES), aligned(store, "b0", *docs))
    assert [(row["unit"], row["document"], row["reason"], row["texts"]) for row in ledger(store, done)] == [
        ("image", docs[1].id, "image_too_small", 0),
        ("document", docs[1].id, "too_few_images", 1),
        ("image", docs[2].id, "image_too_small", 0),
    ]
    assert {row["stage"] for row in ledger(store, done)} == {"judge"}
    assert (done.latest.counts["items"], done.latest.counts["kept"]) == (3, 2)


@pytest.mark.parametrize(("min_side", "kept"), [(50, 3), (51, 2)])
def test_an_image_at_the_limit_is_kept(tmp_path: Path, min_side: int, kept: int) -> None:
    store = LocalStore(str(tmp_path))
    rules = (ImageSize(min_side=min_side), DocumentShape(min_images=1))
    assert len(table(store, after(judging(store, *rules), aligned(store, "b0", *documents())))) == kept


@pytest.mark.parametrize("measured", [True, False])
def test_a_document_without_images_or_without_texts_is_a_sample_too(tmp_path: Path, measured: bool) -> None:
    store = LocalStore(str(tmp_path))
    docs = [document("text"), document(picture(0), url="https://b.example"), document(url="https://c.example")]
    done = after(judging(store), aligned(store, "b0", *docs, measured=measured))
    names = list(members(tar_of(store, done)))
    assert names == [f"{docs[0].id}.json", f"{docs[1].id}.json", f"{docs[1].id}.0.jpg", f"{docs[2].id}.json"]


def test_a_block_of_which_nothing_is_kept_has_an_empty_tar(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    done = after(judging(store, DocumentShape(min_images=9)), aligned(store, "b0", *documents()))
    assert (table(store, done), members(tar_of(store, done))) == ([], {})
    assert "kept" not in done.latest.counts


def test_the_same_block_is_judged_to_the_same_bytes(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = aligned(store, "b0", *documents())
    assert outcome([after(judging(store, *RULES), block)]) == outcome([after(judging(store, *RULES), block)])


def test_only_filters_that_need_more_than_text_are_asked(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    stage = judge_stage(small_recipe(), REGISTRY, store)
    assert stage.settings.filters == (ImageSize(min_side=100), DocumentShape(min_images=1))
    longer = [{"name": "text_length", "options": {"min_words": 99}}]
    others = [{"name": rule.name, "options": dataclasses.asdict(rule)} for rule in stage.settings.filters]
    assert judge_stage(small_recipe(filters=longer + others), REGISTRY, store).key == stage.key
    assert judge_stage(small_recipe(filters=others[::-1]), REGISTRY, store).key != stage.key


def test_beam_judges_what_the_stage_judges(tmp_path: Path) -> None:
    store, alone = LocalStore(str(tmp_path / "beam")), LocalStore(str(tmp_path / "alone"))
    docs = documents()
    blocks = {each: [aligned(each, "b0", docs[0]), aligned(each, "b1", *docs[1:])] for each in (store, alone)}
    by_hand = [after(judge_stage(small_recipe(), REGISTRY, alone), block) for block in blocks[alone]]
    by_beam = run_on_beam(JudgeDocuments(small_recipe(), REGISTRY, store), blocks[store], tmp_path)
    assert outcome(by_beam) == outcome(by_hand)
    assert [row["key"] for block in by_beam for row in table(store, block)] == [docs[0].id, docs[2].id]
