from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from corpusflow.align import windows
from corpusflow.align.units import TextUnit, text_units
from corpusflow.document import Document, Score
from corpusflow.models.registry import IMAGE_SCORERS, IMAGE_TEXT_SCORERS
from corpusflow.store.block import Block, Stage
from corpusflow.store.paths import LocalStore
from tests.documents import document, language, text
from tests.transforms.blocks import after, cleaned, commit_table, ledger, outcome, run_on_beam, small_recipe, table
from tests.transforms.coloured import COLOURS, embedded, fact, shown, url
from tests.transforms.scorers import Colours, Redness
from transforms import align
from transforms.align import (
    AlignDocuments,
    AlignSettings,
    Compared,
    align_block,
    align_stage,
    image_scores,
    sequence_scores,
)
from transforms.image_facts import JoinImages, image_facts
from transforms.select import SCHEMA as SELECTED


def selected(store: LocalStore, name: str, *documents: Document, gone: tuple[int, ...] = ()) -> Block:
    """A document block of which all these documents survive, less the segments that are gone."""
    rows = [
        {
            "id": each.id,
            "gone": list(gone),
            "images": [image.url for image in each.without(gone).images],
            "scores": [],
        }
        for each in documents
    ]
    return Block(name, (*cleaned(store, name, *documents), commit_table(store, "select", name, SELECTED, rows)))


def aligning(store: LocalStore, scored: bool = True, unit: TextUnit = "segment") -> Stage[AlignSettings]:
    scorers = (Colours(), Redness.name) if scored else (None, "")
    settings = AlignSettings(*scorers, store, unit=unit)
    return Stage("align", 1, None, settings, align_block, store, reads=("extract", "clean", "select"))


def aligned(store: LocalStore, block: Block, *images: Block, scored: bool = True, unit: TextUnit = "segment") -> Block:
    facts = sorted(found for each in images for _, found in image_facts(each, store))
    return after(aligning(store, scored, unit), Block(block.id, block.inputs, tuple(facts)))


SETTINGS = AlignSettings(Colours(), "nsfw/x-1", LocalStore("nowhere"))


def compared_by(doc: Document, unit: TextUnit, matrix: np.ndarray) -> Compared:
    """A document whose texts have this similarity with its images, whatever the embeddings."""
    none = np.empty((0, 3), np.float32)
    return Compared(text_units(doc, unit), none, none, matrix)


def test_the_best_text_of_an_image_is_named_by_its_index() -> None:
    doc = document("zero", *shown("a"), "two", *shown("b"), "four")
    matrix = np.array([[0.1, 0.9], [0.5, 0.2], [0.5, 0.95]], np.float32)
    compared = compared_by(doc, "segment", matrix)
    scores = list(image_scores(doc, [fact("a", safety=0.25), fact("b")], compared, SETTINGS))
    assert [(score.name, round(score.value, 4), score.segment, score.label) for score in scores] == [
        ("nsfw/x-1", 0.25, 1, ""),
        ("best_similarity/colours-1", 0.5, 1, "2"),  # the first of equals
        ("assigned_similarity/colours-1", 0.5, 1, "2"),
        ("best_similarity/colours-1", 0.95, 3, "4"),
        ("assigned_similarity/colours-1", 0.95, 3, "4"),
    ]


def test_an_image_is_assigned_to_a_text_that_no_other_image_has() -> None:
    doc = document("zero", *shown("a"), "two", *shown("b"))
    matrix = np.array([[0.5, 0.75], [0.125, 0.625]], np.float32)
    scores = list(image_scores(doc, [fact("a"), fact("b")], compared_by(doc, "segment", matrix), SETTINGS))
    assert [(score.measure, score.value, score.segment, score.label) for score in scores] == [
        ("best_similarity", 0.5, 1, "0"),
        ("assigned_similarity", 0.5, 1, "0"),
        ("best_similarity", 0.75, 3, "0"),
        ("assigned_similarity", 0.625, 3, "2"),
    ]


def test_two_images_may_be_assigned_to_two_sentences_of_a_text() -> None:
    doc = document("zero", "A red one. A blue one.", *shown("a", "b"))
    matrix = np.array([[0.1, 0.1], [0.9, 0.8], [0.2, 0.5]], np.float32)
    scores = list(image_scores(doc, [fact("a"), fact("b")], compared_by(doc, "sentence", matrix), SETTINGS))
    assert [(score.measure, round(score.value, 4), score.label) for score in scores] == [
        ("best_similarity", 0.9, "1"),
        ("assigned_similarity", 0.9, "1"),
        ("best_similarity", 0.8, "1"),
        ("assigned_similarity", 0.5, "1"),
    ]


def test_a_document_with_two_images_or_more_tells_how_they_hang_together() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    assert list(sequence_scores(vectors, SETTINGS)) == [
        Score("image_coherence/colours-1", 0.166667),
        Score("image_pair_similarity/colours-1", 0.666667),
    ]
    assert list(sequence_scores(vectors[:1], SETTINGS)) == list(sequence_scores(None, SETTINGS)) == []


def test_two_images_are_no_sequence_whatever_they_show() -> None:
    for angle in np.linspace(0, 3, 40):
        vectors = np.array([[1, 0], [np.cos(angle), np.sin(angle)]], np.float32)
        assert str(next(sequence_scores(vectors, SETTINGS)).value) == "0.0"


def test_an_image_with_which_nothing_was_compared_has_no_best_text() -> None:
    doc = document(*shown("a"))
    assert list(image_scores(doc, [fact("a")], None, SETTINGS)) == []
    assert list(image_scores(document("text"), [], None, SETTINGS)) == []


def test_a_document_has_its_pictures_scores_and_the_similarity_of_every_text_with_every_image(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    doc = document("red red", *shown("red"), "blue", *shown("blue"), "nothing here", scores=[language("en")])
    done = aligned(store, selected(store, "b0", doc), embedded(store, "i0", "blue", "red"))
    (row,) = table(store, done)
    made = Document.from_json(row["document"])
    assert [segment.index for segment in made.segments] == [0, 1, 2, 3, 4]
    assert [image.picture and image.picture.width for image in made.images] == [200, 200]
    np.testing.assert_allclose(np.reshape(row["similarity"], (3, 2)), [[1, 0], [0, 1], [0, 0]], atol=0.01)
    assert made.scores[0] == language("en")
    assert [(score.name, score.segment, score.label, round(score.value, 1)) for score in made.scores[1:]] == [
        ("nsfw/redness-1", 1, "", 1.0),
        ("best_similarity/colours-1", 1, "0", 1.0),
        ("assigned_similarity/colours-1", 1, "0", 1.0),
        ("nsfw/redness-1", 3, "", 0.0),
        ("best_similarity/colours-1", 3, "2", 1.0),
        ("assigned_similarity/colours-1", 3, "2", 1.0),
        ("image_coherence/colours-1", None, "", 0.0),
        ("image_pair_similarity/colours-1", None, "", 0.5),
        ("copy_similarity/colours-1", 3, "1", 0.0),
    ]
    for piece, image, colour in zip(row["pieces"], made.images, ("red", "blue"), strict=True):
        assert image.picture is not None
        stored = store.read(piece["file"])
        assert stored[piece["offset"] : piece["offset"] + image.picture.bytes] == COLOURS[colour]


@pytest.mark.parametrize(
    ("unit", "units", "matrix", "label"),
    [
        ("segment", [(0, 0, 0, 3), (1, 1, 0, 20), (3, 3, 0, 3)], [[0, 0], [0.7, 0.7], [1, 0]], "3"),
        ("paragraph", [(0, 1, 0, 20), (3, 3, 0, 3)], [[0.7, 0.7], [1, 0]], "3"),
        (
            "sentence",
            [(0, 0, 0, 3), (1, 1, 0, 10), (1, 1, 11, 20), (3, 3, 0, 3)],
            [[0, 0], [1, 0], [0, 1], [1, 0]],
            "1",
        ),
    ],
)
def test_each_row_is_a_unit_of_the_wanted_kind(
    tmp_path: Path, unit: TextUnit, units: list[tuple[int, ...]], matrix: list[list[float]], label: str
) -> None:
    store = LocalStore(str(tmp_path))
    doc = document(text("sky", "heading", 2), "It red ok. It blue .", *shown("red"), "red", *shown("blue"))
    done = aligned(store, selected(store, "b0", doc), embedded(store, "i0", "red", "blue"), unit=unit)
    (row,) = table(store, done)
    assert [tuple(found.values()) for found in row["units"]] == units
    np.testing.assert_allclose(np.reshape(row["similarity"], (-1, 2)), matrix, atol=0.01)
    best = Document.from_json(row["document"]).score("best_similarity", 2)
    assert best is not None
    assert best.label == label


def test_the_matrix_is_the_product_of_what_is_rounded_as_it_is_stored(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    doc = document("red red red blue", *shown("red"))
    done = aligned(store, selected(store, "b0", doc), images := embedded(store, "i0", "red"))
    vector = np.frombuffer(store.read(images.latest.files["f16"].name), np.float16).astype(np.float32)
    rounded = Colours().embed_texts(["red red red blue"])[0].astype(np.float16).astype(np.float32)
    assert table(store, done)[0]["similarity"] == [np.float32(rounded.astype(np.float64) @ vector)]


def test_scores_that_screen_gave_take_the_place_of_those_of_extraction(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    was = [Score("language/test", 0.9, None, "fi"), Score("language/test", 0.8, 0, "en")]
    kept = document("red", *shown("red"), scores=was)
    now = [Score("perplexity/test", 120.0), Score("language/test", 0.7, None, "en")]
    scores = [dataclasses.asdict(score) for score in now]
    row = {"id": kept.id, "gone": [], "images": [url("red")], "scores": scores}
    commits = (*cleaned(store, "b0", kept), commit_table(store, "select", "b0", SELECTED, [row]))
    done = aligned(store, Block("b0", commits), embedded(store, "i0", "red"))
    made = Document.from_json(table(store, done)[0]["document"])
    assert [score for score in made.scores if score.measure in ("language", "perplexity")] == [was[1], *now]


def test_only_survivors_are_aligned_less_what_filters_dropped(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    kept = document("red", "short", *shown("red", "blue"))
    copy = document("red", url="https://copy.example")
    row = {"id": kept.id, "gone": [1, 3], "images": [url("red")], "scores": []}
    commits = (*cleaned(store, "b0", copy, kept), commit_table(store, "select", "b0", SELECTED, [row]))
    done = aligned(store, Block("b0", commits), embedded(store, "i0", "red"))
    (row,) = table(store, done)
    made = Document.from_json(row["document"])
    assert made.id == kept.id
    assert [segment.index for segment in made.segments] == [0, 2]
    assert (len(row["pieces"]), len(row["similarity"])) == (1, 1)
    assert done.latest.counts == {"items": 1}


def test_an_image_that_could_not_be_had_goes_into_the_ledger_and_has_no_column(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = selected(store, "b0", document("red", *shown("gone", "red")))
    done = aligned(store, block, embedded(store, "i0", "red", failed="gone"))
    (row,) = table(store, done)
    assert (len(row["pieces"]), len(row["similarity"])) == (1, 1)
    assert [(entry["stage"], entry["reason"], entry["segment"]) for entry in ledger(store, done)] == [
        ("fetch", "http_404", 1)
    ]


@pytest.mark.parametrize("parts", [["red"], [*shown("red")], []])
def test_a_document_without_texts_or_without_images_has_no_similarity(tmp_path: Path, parts: list[Any]) -> None:
    store = LocalStore(str(tmp_path))
    done = aligned(store, selected(store, "b0", document(*parts)), embedded(store, "i0", "red"))
    (row,) = table(store, done)
    assert (row["similarity"], row["units"]) == ([], [])
    assert len(row["document"]["segments"]) == len(parts)
    assert not any(score["name"].startswith("best") for score in row["document"]["scores"])


def test_without_scorers_documents_have_pictures_and_no_scores(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = selected(store, "b0", document("red", *shown("red")))
    (row,) = table(store, aligned(store, block, embedded(store, "i0", "red", scored=False), scored=False))
    assert (row["similarity"], row["document"]["scores"], len(row["pieces"])) == ([], [], 1)
    assert row["document"]["segments"][1]["picture"]["width"] == 200


def test_each_text_is_embedded_once_in_a_block(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    docs = [
        document("red", "red", "blue", *shown("red")),
        document("blue", *shown("red"), url="https://two.example"),
        document("no image, no need", url="https://three.example"),
    ]
    images = embedded(store, "i0", "red")
    aligned(store, selected(store, "b0", *docs), images)
    assert Colours.asked == [("texts", 2)]


def test_texts_of_many_documents_are_embedded_in_one_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(str(tmp_path))
    docs = [document(f"red {n}", "red", *shown("red"), url=f"https://{n}.example") for n in range(7)]
    images = embedded(store, "i0", "red")
    block = selected(store, "b0", *docs)
    whole = aligned(store, block, images)
    assert Colours.asked == [("texts", 8)]
    monkeypatch.setattr(windows, "WINDOW_TEXTS", 3)
    parts = aligned(store, block, images)
    assert Colours.asked == [("texts", 3), ("texts", 3), ("texts", 2)]
    assert outcome([parts]) == outcome([whole])
    assert [row["document"]["id"] for row in table(store, parts)] == [doc.id for doc in docs]


def test_texts_that_were_forgotten_are_embedded_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(str(tmp_path))
    docs = [document("red", *words, *shown("red"), url=f"https://{words[0]}.example") for words in ("ab", "cd", "ef")]
    images = embedded(store, "i0", "red")
    block = selected(store, "b0", *docs)
    whole = aligned(store, block, images)
    monkeypatch.setattr(windows, "WINDOW_TEXTS", 1)
    monkeypatch.setattr(align, "REMEMBERED_TEXTS", 3)
    few = aligned(store, block, images)
    assert Colours.asked == [("texts", 3), ("texts", 2), ("texts", 3)]
    assert outcome([few]) == outcome([whole])


class ReadsEnglish(Colours):
    """A scorer of one language."""

    languages: ClassVar[tuple[str, ...]] = ("en",)


def test_only_documents_in_a_language_that_the_scorer_reads_are_compared(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    docs = [
        document("red", *shown("red"), scores=[language(label)], url=f"https://{label}.example")
        for label in ("en", "fi")
    ]
    docs.append(document("red", *shown("red"), url="https://unknown.example"))
    images = embedded(store, "i0", "red")
    stage = aligning(store)
    stage = dataclasses.replace(stage, settings=dataclasses.replace(stage.settings, similarity=ReadsEnglish()))
    facts = tuple(found for _, found in image_facts(images, store))
    done = after(stage, dataclasses.replace(selected(store, "b0", *docs), payload=facts))
    assert [(len(row["similarity"]), len(row["units"])) for row in table(store, done)] == [(1, 1), (0, 0), (0, 0)]
    assert Colours.asked == [("texts", 1)]


def test_the_same_block_is_aligned_to_the_same_bytes(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = selected(store, "b0", document("red", *shown("gone", "red")))
    images = embedded(store, "i0", "red", failed="gone")
    assert outcome([aligned(store, block, images)]) == outcome([aligned(store, block, images)])


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A recipe's section `embed` that names the scorers of these tests."""
    monkeypatch.setitem(IMAGE_TEXT_SCORERS, "colours", Colours)
    monkeypatch.setitem(IMAGE_SCORERS, "redness", Redness)
    return {"similarity": {"name": "colours"}, "safety": {"name": "redness"}}


def test_the_key_tells_the_models(tmp_path: Path, known: dict[str, Any]) -> None:
    store = LocalStore(str(tmp_path))
    sections = [{}, {"similarity": known["similarity"]}, {"safety": known["safety"]}, known]
    assert len({align_stage(small_recipe(embed=section), store).key for section in sections}) == 4


def test_the_key_tells_the_unit_where_texts_are_compared(tmp_path: Path, known: dict[str, Any]) -> None:
    store = LocalStore(str(tmp_path))
    kinds: list[TextUnit] = ["segment", "paragraph", "sentence"]
    stages = [align_stage(small_recipe(embed=known, align={"unit": unit}), store) for unit in kinds]
    assert [stage.settings.unit for stage in stages] == kinds
    assert len({stage.key for stage in stages}) == 3
    assert len({align_stage(small_recipe(align={"unit": unit}), store).key for unit in kinds}) == 1


def test_beam_aligns_what_the_stage_aligns_whatever_order_the_blocks_come_in(
    tmp_path: Path, known: dict[str, Any]
) -> None:
    wanted = small_recipe(embed=known)
    outcomes = []
    for name, order in (("one", 1), ("two", -1), ("alone", 0)):
        store = LocalStore(str(tmp_path / name))
        documents = [
            selected(store, "b0", document("red", *shown("red", "lime"))),
            selected(store, "b1", document("blue", *shown("blue", "red"), url="https://two.example")),
            selected(store, "b2", document("without images")),
        ]
        images = [embedded(store, "i0", "red", "blue"), embedded(store, "i1", "lime")]
        if order:
            shown_in = {"red": ("b0", "b1"), "lime": ("b0",), "blue": ("b1",)}
            wanted_now = [(url(colour), (None, blocks)) for colour, blocks in shown_in.items()]
            given = {"documents": documents[::order], "wanted": wanted_now[::order], "images": images[::order]}
            outcomes.append(
                outcome(run_on_beam(JoinImages(wanted, store) | AlignDocuments(wanted, store), given, tmp_path))
            )
            continue
        needed = (("red", "lime"), ("blue", "red"), ())
        facts = {found[0]: found for block in images for _, found in image_facts(block, store)}
        blocks = [
            Block(block.id, block.inputs, tuple(facts[url(colour)] for colour in sorted(colours)))
            for block, colours in zip(documents, needed, strict=True)
        ]
        outcomes.append(outcome(after(align_stage(wanted, store), block) for block in blocks))
    assert outcomes[0] == outcomes[1] == outcomes[2]
