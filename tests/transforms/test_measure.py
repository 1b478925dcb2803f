from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from corpusflow.document import Document, Score
from corpusflow.errors import ModelError
from corpusflow.filtering import TextScorer
from corpusflow.store.block import Block, Stage
from corpusflow.store.paths import LocalStore
from tests.documents import document, image_not_fetched, language, text
from tests.transforms.blocks import after, cleaned, outcome, run_on_beam, small_recipe, table
from transforms.measure import BATCH, MeasureSettings, MeasureTexts, measure_block, measure_stage, measured_scores


@dataclass(frozen=True)
class Length:
    """A text scorer: the number of characters. asked: all texts that it was given."""

    languages: tuple[str, ...] = ()
    measure: ClassVar[str] = "perplexity"
    files: ClassVar[tuple[str, ...]] = ()
    name: ClassVar[str] = "perplexity/length-1"
    asked: ClassVar[list[str]] = []

    def prepare(self) -> None:
        """Needs nothing."""

    def load(self) -> None:
        self.asked.clear()

    def score(self, texts: Sequence[str]) -> list[float]:
        self.asked.extend(texts)
        return [float(len(text)) for text in texts]


def measuring(store: LocalStore, *scorers: TextScorer) -> Stage[MeasureSettings]:
    settings = MeasureSettings(scorers, tuple(scorer.name for scorer in scorers), store)
    return Stage("measure", 1, None, settings, measure_block, store)


def measured(tmp_path: Path, scorers: tuple[TextScorer, ...], *documents: Document) -> tuple[LocalStore, Block]:
    store = LocalStore(str(tmp_path))
    return store, after(measuring(store, *scorers), Block("b0", cleaned(store, "b0", *documents)))


def test_a_document_is_measured_by_all_its_texts_but_code(tmp_path: Path) -> None:
    doc = document(text("Heron", "heading", 1), "It stands.", image_not_fetched(), text("x = 1", "code"), "It waits.")
    store, done = measured(tmp_path, (Length(),), doc)
    assert Length.asked == ["Heron\nIt stands.\nIt waits."]
    assert measured_scores(done, store) == {doc.id: [Score("perplexity/length-1", 26.0)]}
    assert done.latest.counts == {"items": 1}


def test_only_documents_in_the_languages_that_a_model_reads_are_measured(tmp_path: Path) -> None:
    docs = [
        document("one", url="https://a.example", scores=[language("en")]),
        document("kaksi", url="https://b.example", scores=[language("fi")]),
        document("three", url="https://c.example"),
        document(url="https://d.example", scores=[language("en")]),
    ]
    store, done = measured(tmp_path, (Length(("en", "sv")),), *docs)
    assert [len(row["scores"]) for row in table(store, done)] == [1, 0, 0, 0]
    store, done = measured(tmp_path / "all", (Length(),), *docs)
    assert [len(row["scores"]) for row in table(store, done)] == [1, 1, 1, 0]


def test_a_model_for_each_language_gives_each_document_one_score(tmp_path: Path) -> None:
    docs = [document("words", url=f"https://{code}.example", scores=[language(code)]) for code in ("en", "fi")]
    store, done = measured(tmp_path, (Length(("en",)), Length(("fi",))), *docs)
    assert [len(row["scores"]) for row in table(store, done)] == [1, 1]


def test_every_document_of_a_long_block_has_its_own_score(tmp_path: Path) -> None:
    docs = [document("x" * (number + 1), url=f"https://{number}.example") for number in range(2 * BATCH + 3)]
    store, done = measured(tmp_path, (Length(),), *docs)
    assert [row["id"] for row in table(store, done)] == [doc.id for doc in docs]
    assert [scores[0].value for scores in measured_scores(done, store).values()] == [
        float(number + 1) for number in range(len(docs))
    ]


def test_a_block_that_was_never_measured_has_no_scores(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    assert measured_scores(Block("b0", cleaned(store, "b0", document("words"))), store) == {}


def quality(path: Path, **options: object) -> dict[str, object]:
    return {"models": [{"name": "fasttext_quality", "options": {"path": str(path), "label": "hq"} | options}]}


def test_the_key_holds_the_content_of_the_models_and_no_threshold(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    for name, content in (("a", b"one"), ("b", b"one"), ("c", b"two")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "hq.bin").write_bytes(content)
    rule = [{"name": "text_quality", "options": {"min_score": 0.9}}]
    one, copy, other = (small_recipe(text=quality(tmp_path / name / "hq.bin"), filters=[]) for name in "abc")
    strict = small_recipe(text=quality(tmp_path / "a/hq.bin"), filters=rule)
    german = small_recipe(text=quality(tmp_path / "a/hq.bin", languages=["de"]), filters=[])
    label = small_recipe(text=quality(tmp_path / "a/hq.bin", label="lq"), filters=[])
    keys = [measure_stage(wanted, store).key for wanted in (one, copy, strict, other, german, label)]
    assert len({*keys[:3]}) == 1
    assert len({*keys}) == 4
    assert measure_stage(one, store).reads == ("extract", "clean")


def test_a_missing_model_is_told_before_anything_runs(tmp_path: Path) -> None:
    wanted = small_recipe(text=quality(tmp_path / "none.bin"), filters=[])
    with pytest.raises(ModelError, match="there is no fastText model"):
        MeasureTexts(wanted, LocalStore(str(tmp_path)))


def test_beam_measures_what_the_stage_measures(tmp_path: Path) -> None:
    stores = [LocalStore(str(tmp_path / name)) for name in ("beam", "alone")]
    blocks = [
        [Block(name, cleaned(store, name, document(name, url=f"https://{name}.example"))) for name in ("b0", "b1")]
        for store in stores
    ]
    transform = MeasureTexts(small_recipe(), stores[0])
    transform.stage = measuring(stores[0], Length())
    by_beam = run_on_beam(transform, blocks[0], tmp_path)
    assert outcome(by_beam) == outcome([after(measuring(stores[1], Length()), block) for block in blocks[1]])
