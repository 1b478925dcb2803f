from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from corpusflow.document import Document
from corpusflow.images.decode import Limits
from corpusflow.images.pdq import pdq
from corpusflow.store.block import Block
from corpusflow.store.paths import LocalStore
from tests.documents import document, image_not_fetched
from tests.transforms.blocks import after, cleaned, commit_table, outcome, run_on_beam, small_recipe, table
from tests.transforms.scorers import plain_jpeg
from transforms import pdq as module
from transforms.align import align_stage
from transforms.embed import embed_stage
from transforms.fetch import SCHEMA as FETCHED
from transforms.fetch import image_row
from transforms.image_blocks import Wanted
from transforms.image_facts import ImageFact, image_facts
from transforms.pdq import HashImages, asks_for_pdq, pdq_stage
from transforms.select import SCHEMA as SELECTED


def noise(seed: int) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").rotate(30 * seed).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def fetched(store: LocalStore, *pictures: bytes | None) -> Block:
    """An image block; None is a picture that could not be had."""
    rows: list[dict[str, Any]] = []
    stored = b""
    for number, data in enumerate(pictures):
        url = f"https://x.example/{number}.jpg"
        if data is None:
            rows.append(dict.fromkeys(FETCHED.names) | {"url": url, "status": "failed", "reason": "http_404"})
            continue
        kept, row = image_row(Wanted(url, None), data, Limits())
        rows.append(row | {"offset": len(stored)})
        stored += kept
    return Block("i0", (commit_table(store, "fetch", "i0", FETCHED, rows, bin=stored),))


def test_every_picture_has_its_hash_and_quality_and_equal_ones_are_hashed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, hashed = LocalStore(str(tmp_path)), []

    def counted(image: Image.Image) -> tuple[str, int]:
        hashed.append(image.size)
        return pdq(image)

    monkeypatch.setattr(module, "pdq", counted)
    rows = table(store, after(pdq_stage(store), fetched(store, noise(1), None, noise(1), noise(2))))
    expected = [pdq(Image.open(io.BytesIO(noise(seed))).convert("RGB")) for seed in (1, 2)]
    assert [(row["pdq"], row["quality"]) for row in rows] == [expected[0], (None, None), expected[0], expected[1]]
    assert len(hashed) == 2


def test_beam_hashes_what_the_stage_hashes(tmp_path: Path) -> None:
    stores = [LocalStore(str(tmp_path / name)) for name in ("beam", "alone")]
    by_beam = run_on_beam(HashImages(stores[0]), [fetched(stores[0], noise(1), None)], tmp_path)
    assert outcome(by_beam) == outcome([after(pdq_stage(stores[1]), fetched(stores[1], noise(1), None))])


def test_hashes_cost_no_other_embedding_and_reach_the_document(tmp_path: Path) -> None:
    store, wanted = LocalStore(str(tmp_path)), small_recipe()
    plain = fetched(store, noise(1), plain_jpeg("red"), None)
    hashed = after(pdq_stage(store), plain)
    embed = embed_stage(wanted, store)
    assert embed.made_from(plain) == embed.made_from(hashed)
    facts = tuple(sorted(fact for _, fact in image_facts(after(embed, hashed), store)))
    assert [ImageFact(*fact).pdq for _, fact in image_facts(after(embed, plain), store)] == [None, None, None]
    shown = document(*(image_not_fetched(f"https://x.example/{number}.jpg") for number in range(3)))
    aligned = after(align_stage(wanted, store), selected(store, shown, facts))
    (row,) = table(store, aligned)
    made = Document.from_json(row["document"])
    scores = [made.score("pdq", image.index) for image in made.images]
    digits, quality = pdq(Image.open(io.BytesIO(noise(1))).convert("RGB"))
    assert next((score.label, score.value) for score in scores if score) == (digits, quality)
    assert [score.name for score in scores if score] == ["pdq/1", "pdq/1"]


def selected(store: LocalStore, doc: Document, facts: tuple[Any, ...]) -> Block:
    row = {"id": doc.id, "gone": [], "images": [image.url for image in doc.images], "scores": []}
    return Block("b0", (*cleaned(store, "b0", doc), commit_table(store, "select", "b0", SELECTED, [row])), facts)


def test_hashes_are_made_where_a_filter_compares_with_them(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("0" * 64)
    rule = {"name": "blocked_images", "options": {"path": str(tmp_path / "list")}}
    assert not asks_for_pdq(small_recipe(filters=[]))
    assert not asks_for_pdq(small_recipe(filters=[rule]))
    wanted = rule | {"options": {"path": str(tmp_path / "list"), "kind": "pdq"}}
    assert asks_for_pdq(small_recipe(filters=[rule, wanted]))
