from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpusflow.errors import RecipeError
from corpusflow.recipe import NearText, parse_recipe
from corpusflow.store.block import Block
from corpusflow.store.paths import LocalStore
from corpusflow.text import minhash
from filters.registry import available_filters
from tests.transforms.blocks import commit_table, ledger, outcome, run_on_beam, small_recipe, table
from tests.web import recipe
from transforms.copies import DocumentKey
from transforms.near_pairs import Bands, bands_by_part, by_block, pairs, placed
from transforms.screen import SCHEMA as SCREENED
from transforms.select import SelectDocuments

OLD, NEW = "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"
WANTED = {"similarity": 0.7, "sizes": [1], "permutations": 64, "bands": 32, "rows": 2}


def row(name: str, text: str, fetched_at: str = OLD) -> dict[str, Any]:
    """A row of screen, its signature made as WANTED says."""
    hashed = minhash.shingles(text, "word", (1,))
    return {
        "id": name,
        "url": f"https://{name}",
        "url_key": name,
        "text_key": f"text of {name}",
        "fetched_at": fetched_at,
        "language": "en",
        "gone": [],
        "texts": 1,
        "images": [],
        "image_indices": [],
        "characters": len(text),
        "signature": minhash.to_bytes(minhash.signature(hashed, 64)) if len(hashed) else None,
        "paragraphs": None,
    }


def words(start: int, end: int) -> str:
    return " ".join(f"w{number}" for number in range(start, end))


def near(tmp_path: Path, blocks: Iterable[list[dict[str, Any]]], order: int = 1, **section: Any) -> Any:
    """The outcome on Beam, and by document the survivor, the estimate and the limit that the ledger tells."""
    store = LocalStore(str(tmp_path / f"store{order}"))
    given = [
        Block(f"b{number}", (commit_table(store, "screen", f"b{number}", SCREENED, rows),))
        for number, rows in enumerate(blocks)
    ]
    wanted = small_recipe(select={"near_text": WANTED} | section)
    done = run_on_beam(SelectDocuments(wanted, store), given[::order], tmp_path)
    rows = [entry for block in done for entry in ledger(store, block)]
    assert {(entry["filter"], entry["reason"]) for entry in rows} <= {("select", "near_same_text")}
    gone = {entry["document"]: (entry["message"], entry["measured"], entry["limit"]) for entry in rows}
    assert all(entry["message"].startswith(f"like {entry['measured_text']}; ") for entry in rows)
    kept = {entry["id"] for block in done for entry in table(store, block)}
    assert sorted([*kept, *gone]) == sorted(entry["id"] for block in blocks for entry in block)
    return outcome(done), gone


def test_a_document_goes_for_a_newer_one_that_says_nearly_the_same(tmp_path: Path) -> None:
    blocks = [
        [row("a", words(0, 100)), row("b", words(200, 300)), row("empty", ""), row("void", "")],
        [row("c", words(0, 95), NEW), row("d", words(250, 350))],
    ]
    _, gone = near(tmp_path, blocks)
    assert list(gone) == ["a"]
    message, measured, limit = gone["a"]
    assert (message, limit) == (f"like c; it is newer: {NEW} > {OLD}", 0.7)
    assert 0.7 <= measured < 1


def test_documents_at_the_limit_are_near_and_those_below_it_are_not(tmp_path: Path) -> None:
    blocks = [[row("a", words(0, 100)), row("b", words(0, 80))]]
    _, gone = near(tmp_path / "any", blocks, near_text=WANTED | {"similarity": 0})
    estimate = gone["b"][1]
    assert 0.6 < estimate < 1
    assert list(near(tmp_path / "at", blocks, near_text=WANTED | {"similarity": estimate})[1]) == ["b"]
    assert near(tmp_path / "above", blocks, near_text=WANTED | {"similarity": estimate + 1e-9})[1] == {}


def test_of_a_chain_only_the_best_is_left_and_each_is_told_the_one_it_is_near(tmp_path: Path) -> None:
    blocks = [[row("a", words(0, 100)), row("b", words(15, 115)), row("c", words(30, 130))]]
    _, gone = near(tmp_path, blocks)
    assert {name: message for name, (message, *_) in gone.items()} == {
        "b": "like a; it has the smaller id",
        "c": "like b; it has the smaller id",
    }


@pytest.mark.parametrize(
    ("keep", "gone"),
    [
        ("newest", {"a": f"like b; it is newer: {NEW} > {OLD}"}),
        ("longest", {"b": "like a; it is longer: 389 > 369 characters"}),
    ],
)
def test_the_recipe_says_which_one_stays(tmp_path: Path, keep: str, gone: dict[str, str]) -> None:
    blocks = [[row("a", words(0, 100))], [row("b", words(0, 95), NEW)]]
    assert {name: told[0] for name, told in near(tmp_path, blocks, keep=keep)[1].items()} == gone


def test_the_order_of_the_blocks_is_no_difference(tmp_path: Path) -> None:
    rng = random.Random(5)
    starts = [rng.randrange(0, 400, 20) for _ in range(60)]
    rows = [row(f"d{n}", words(start, start + 100), rng.choice([OLD, NEW])) for n, start in enumerate(starts)]
    blocks = [rows[:20], rows[20:40], rows[40:]]
    one, gone = near(tmp_path, blocks)
    other, again = near(tmp_path, blocks, order=-1)
    assert one == other
    assert gone == again
    assert 20 < len(gone) < 60


def test_documents_are_found_as_exact_similarity_finds_them(tmp_path: Path) -> None:
    rng = random.Random(6)
    texts = {}
    for number in range(30):
        base = [f"w{rng.randrange(10_000)}" for _ in range(100)]
        texts[f"{number:02d}a"] = base
        texts[f"{number:02d}b"] = [word if rng.random() > rng.choice([0, 0.05, 0.4]) else "new" for word in base]
    _, gone = near(tmp_path, [[row(name, " ".join(text)) for name, text in texts.items()]])
    hashed = {name: minhash.shingles(" ".join(text), "word", (1,)) for name, text in texts.items()}
    exact = {name: minhash.similarity(hashed[name], hashed[name[:2] + "a"]) for name in texts if name.endswith("b")}
    # Two texts that are further from the limit than three standard deviations of the estimate.
    assert {name for name, value in exact.items() if value > 0.87} <= set(gone)
    assert set(gone) <= {name for name, value in exact.items() if value > 0.53}


def bands_of(block: str, documents: list[DocumentKey], texts: list[str], parts: int = 1) -> list[tuple[int, Bands]]:
    values = np.stack([minhash.signature(minhash.shingles(text, "word", (1,)), 64) for text in texts])
    rows = placed(documents, range(len(documents)))
    return list(bands_by_part(block, rows, values, np.zeros(len(documents), np.uint64), (32, 2), parts))


def met(*blobs: tuple[int, Bands]) -> list[tuple[str, int, str, int]]:
    """Block and row of the better and of the lesser one, of all that meets."""
    found = []
    for part in {part for part, _ in blobs}:
        for better, given in pairs((part, [bands for number, bands in blobs if number == part])):
            for lesser, rows in by_block([given]):
                found += [(better, int(pair["better"]), lesser, int(pair["lesser"])) for pair in rows]
    return sorted(set(found))


def test_a_thousand_equal_documents_make_a_thousand_pairs() -> None:
    group = [DocumentKey("b0", f"{number:04d}", "", "", OLD) for number in range(1000)]
    (blob,) = bands_of("b0", group[::-1], ["a b c"] * 1000)
    assert met(blob) == [("b0", 999, "b0", row) for row in range(999)]


def test_a_document_alone_under_its_keys_makes_no_pair() -> None:
    group = [DocumentKey("b0", name, "", "", OLD) for name in "ab"]
    assert met(*bands_of("b0", group, [words(0, 50), words(50, 100)])) == []


@pytest.mark.parametrize("parts", [1, 2, 7])
def test_in_however_many_parts_the_keys_are_grouped_the_same_meet(parts: int) -> None:
    names = [DocumentKey("x", name, "", "", time) for name, time in (("a", OLD), ("b", NEW), ("c", NEW))]
    blobs = [*bands_of("x", names, ["a b c"] * 3, parts), *bands_of("y", names[:1], ["a b c"], parts)]
    assert met(*blobs) == [("x", 1, "x", 0), ("x", 1, "x", 2), ("x", 1, "y", 0)]


def test_a_document_of_an_earlier_corpus_is_always_the_better_one() -> None:
    new = [DocumentKey("x", "a", "", "", NEW, 10)]
    earlier = [DocumentKey("y", name, "", "", "", 0, "corpus") for name in "bc"]
    blobs = [*bands_of("x", new, ["a b"]), *bands_of("y", earlier, ["a b", "a b"])]
    assert met(*blobs) == [("y", 0, "x", 0)]


def test_a_published_set_is_taken_by_its_name() -> None:
    assert small_recipe(select={"near_text": "moscar"}).select.near_text == NearText(shingle="character", sizes=(4, 5))
    assert small_recipe().select.near_text is None


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("moscow", "select.near_text: there is no set 'moscow'; did you mean 'moscar'?"),
        ({"bands": 33}, "33 bands of 8 rows need more than 256 permutations"),
        ({"similarty": 0.8}, "did you mean 'similarity'?"),
        ({"sizes": []}, "select.near_text.sizes"),
    ],
)
def test_impossible_options_are_refused(given: Any, fault: str) -> None:
    data = recipe({"kind": "warc", "path": "none.warc"}, select={"near_text": given})
    with pytest.raises(RecipeError, match=fault.replace("?", r"\?")):
        parse_recipe(data, available_filters())


def test_a_copy_that_is_gone_already_takes_nobody_with_it(tmp_path: Path) -> None:
    old, new = row("a", words(0, 100), OLD) | {"url_key": "u"}, row("b", words(200, 300), NEW) | {"url_key": "u"}
    blocks = [[old, new, row("c", words(0, 95), "")]]
    store = LocalStore(str(tmp_path))
    given = [Block("b0", (commit_table(store, "screen", "b0", SCREENED, blocks[0]),))]
    for same_url, gone in ((True, [("a", "same_url")]), (False, [("c", "near_same_text")])):
        wanted = small_recipe(select={"near_text": WANTED, "same_url": same_url})
        (done,) = run_on_beam(SelectDocuments(wanted, store), given, tmp_path)
        assert [(entry["document"], entry["reason"]) for entry in ledger(store, done)] == gone
