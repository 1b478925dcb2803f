from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from PIL import Image

from corpusflow.filtering import ImageScorer, ImageTextScorer
from corpusflow.models.registry import IMAGE_SCORERS, IMAGE_TEXT_SCORERS
from corpusflow.store.block import Block, Stage
from corpusflow.store.embeddings import KnownEmbeddings
from corpusflow.store.paths import LocalStore
from tests.transforms.blocks import after, commit_table, outcome, run_on_beam, small_recipe, table
from tests.transforms.scorers import Colours, Redness, plain_jpeg
from transforms import embed
from transforms.embed import EmbedImages, EmbedSettings, embed_block, embed_stage
from transforms.fetch import SCHEMA as FETCHED


def fetched(store: LocalStore, block: str, *pictures: bytes | None) -> Block:
    """An image block with these pictures; None is one that could not be had."""
    rows: list[dict[str, Any]] = []
    stored = b""
    for number, data in enumerate(pictures):
        row = dict.fromkeys(FETCHED.names) | {"url": f"https://x.example/{block}/{number}.jpg", "status": "failed"}
        if data is not None:
            digest = hashlib.sha256(data).hexdigest()
            row |= {"status": "ok", "sha256": digest, "bytes": len(data), "offset": len(stored)}
            stored += data
        rows.append(row)
    return Block(block, (commit_table(store, "fetch", block, FETCHED, rows, bin=stored),))


def embedding(
    store: LocalStore, similarity: ImageTextScorer | None = None, safety: ImageScorer | None = None
) -> Stage[EmbedSettings]:
    return Stage("embed", 1, None, EmbedSettings(similarity, safety, store), embed_block, store)


def vectors(store: LocalStore, block: Block) -> np.ndarray:
    data = np.frombuffer(store.read(block.latest.files["f16"].name), np.float16)
    return data.reshape(-1, block.latest.counts.get("dimension", 3))


def test_every_picture_has_a_row_of_vectors_and_its_safety(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = fetched(store, "i0", plain_jpeg("red"), plain_jpeg("blue"))
    done = after(embedding(store, Colours(), Redness()), block)
    rows = table(store, done)
    assert [(row["url"], row["row"]) for row in rows] == [
        ("https://x.example/i0/0.jpg", 0),
        ("https://x.example/i0/1.jpg", 1),
    ]
    assert [round(row["safety"], 2) for row in rows] == [1.0, 0.0]
    np.testing.assert_allclose(vectors(store, done), [[1, 0, 0], [0, 0, 1]], atol=0.01)
    assert done.latest.counts == {"items": 2, "dimension": 3, "embedded": 2, "known": 0}


def test_equal_pictures_are_embedded_once(tmp_path: Path) -> None:
    store, scorer = LocalStore(str(tmp_path)), Colours()
    red, blue = plain_jpeg("red"), plain_jpeg("blue")
    done = after(embedding(store, scorer, Redness()), fetched(store, "i0", red, blue, red, red))
    assert scorer.asked == [("images", 2)]
    assert len(vectors(store, done)) == 2
    assert [row["row"] for row in table(store, done)] == [0, 1, 0, 0]
    assert [round(row["safety"], 2) for row in table(store, done)] == [1.0, 0.0, 1.0, 1.0]


def test_an_image_that_could_not_be_had_has_no_vector_and_no_safety(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    done = after(embedding(store, Colours(), Redness()), fetched(store, "i0", None, plain_jpeg("red"), None))
    assert [(row["row"], row["safety"] is None) for row in table(store, done)] == [
        (None, True),
        (0, False),
        (None, True),
    ]


def test_a_block_without_a_picture_has_rows_and_no_vectors(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    for pictures in ((None,), ()):
        done = after(embedding(store, Colours(), Redness()), fetched(store, "i0", *pictures))
        assert len(table(store, done)) == len(pictures)
        assert len(vectors(store, done)) == 0
        assert "dimension" not in done.latest.counts


@pytest.mark.parametrize(
    ("similarity", "safety", "row", "scored"),
    [(None, None, None, False), (None, Redness(), None, True), (Colours(), None, 0, False)],
)
def test_a_scorer_that_is_not_wanted_leaves_no_number(
    tmp_path: Path, similarity: Colours | None, safety: Redness | None, row: int | None, scored: bool
) -> None:
    store = LocalStore(str(tmp_path))
    done = after(embedding(store, similarity, safety), fetched(store, "i0", plain_jpeg("red")))
    (found,) = table(store, done)
    assert (found["row"], found["safety"] is not None) == (row, scored)
    assert len(vectors(store, done)) == (similarity is not None)


def test_pictures_are_embedded_in_one_call_and_scored_in_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, scorer = LocalStore(str(tmp_path)), Colours()
    colours = ("red", "lime", "blue", "yellow", "white")
    block = fetched(store, "i0", *map(plain_jpeg, colours))
    whole = vectors(store, after(embedding(store, scorer, Redness()), block))
    monkeypatch.setattr(embed, "BATCH", 2)
    done = after(embedding(store, scorer, Redness()), block)
    assert scorer.asked == [("images", 5)]
    np.testing.assert_array_equal(vectors(store, done), whole)
    assert [round(row["safety"], 1) for row in table(store, done)] == [1.0, 0.0, 0.0, 1.0, 1.0]


def test_a_grey_picture_is_given_to_the_scorers_as_rgb(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    (tmp_path / "grey.jpg").write_bytes(plain_jpeg("white"))
    Image.open(tmp_path / "grey.jpg").convert("L").save(tmp_path / "grey.jpg")
    done = after(embedding(store, Colours()), fetched(store, "i0", (tmp_path / "grey.jpg").read_bytes()))
    np.testing.assert_allclose(vectors(store, done), [[0.577, 0.577, 0.577]], atol=0.01)


def test_the_same_block_is_embedded_to_the_same_bytes(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = fetched(store, "i0", plain_jpeg("red"), None, plain_jpeg("blue"))
    stage = embedding(store, Colours(), Redness())
    assert outcome([after(stage, block)]) == outcome([after(stage, block)])


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A recipe's section `embed` that names the scorers of these tests."""
    monkeypatch.setitem(IMAGE_TEXT_SCORERS, "colours", Colours)
    monkeypatch.setitem(IMAGE_SCORERS, "redness", Redness)
    return {"similarity": {"name": "colours"}, "safety": {"name": "redness"}}


def test_the_key_tells_the_models_and_their_versions(tmp_path: Path, known: dict[str, Any]) -> None:
    store = LocalStore(str(tmp_path))
    sections = [
        {},
        known,
        {"similarity": known["similarity"]},
        known | {"similarity": {"name": "colours", "options": {"version": 2}}},
    ]
    assert len({embed_stage(small_recipe(embed=section), store).key for section in sections}) == 4
    assert (
        embed_stage(small_recipe(embed=known, filters=[]), store).key
        == embed_stage(small_recipe(embed=known), store).key
    )


def test_beam_embeds_what_the_stage_embeds(tmp_path: Path, known: dict[str, Any]) -> None:
    wanted = small_recipe(embed=known)
    store, alone = LocalStore(str(tmp_path / "beam")), LocalStore(str(tmp_path / "alone"))
    blocks = {
        each: [
            fetched(each, "i0", plain_jpeg("red"), plain_jpeg("red")),
            fetched(each, "i1", None, plain_jpeg("blue")),
        ]
        for each in (store, alone)
    }
    by_hand = [after(embed_stage(wanted, alone), block) for block in blocks[alone]]
    by_beam = run_on_beam(EmbedImages(wanted, store), blocks[store], tmp_path)
    assert outcome(by_beam) == outcome(by_hand)
    assert [row["row"] for block in by_beam for row in table(store, block)] == [0, 0, None, 0]


def keeping(store: LocalStore, safety: ImageScorer | None = None, name: str = "known") -> Stage[EmbedSettings]:
    known = KnownEmbeddings(LocalStore(f"{store.root}/{name}"), "", Colours().name, "images")
    return Stage("embed", 1, None, EmbedSettings(Colours(), safety, store, known), embed_block, store)


@pytest.mark.parametrize("safety", [None, Redness()])
def test_what_is_known_is_not_embedded_again_and_changes_no_byte(tmp_path: Path, safety: ImageScorer | None) -> None:
    store = LocalStore(str(tmp_path))
    red, lime, blue, white = map(plain_jpeg, ("red", "lime", "blue", "white"))
    after(keeping(store), fetched(store, "i0", red, blue))
    block = fetched(store, "i1", lime, blue, None, red, white, lime)
    Colours.asked.clear()
    done = after(keeping(store, safety), block)
    assert Colours.asked == [("images", 2)]
    assert (done.latest.counts["embedded"], done.latest.counts["known"]) == (2, 2)
    fresh = [after(keeping(store, safety, "new"), block), after(embedding(store, Colours(), safety), block)]
    again = after(keeping(store, safety), block)
    assert again.latest.counts["known"] == 4
    assert outcome([done]) == outcome([again]) == outcome(fresh[:1]) == outcome(fresh[1:])


@pytest.mark.parametrize(("safety", "decoded"), [(None, 4), (Redness(), 9)])
def test_batches_are_filled_with_what_is_not_known_and_nothing_is_decoded_in_vain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, safety: ImageScorer | None, decoded: int
) -> None:
    store = LocalStore(str(tmp_path))
    pictures = [plain_jpeg("red", 200 + number) for number in range(9)]
    after(keeping(store), fetched(store, "i0", *pictures[::2]))
    opened: list[int] = []
    stored_picture = embed.stored_picture

    def counting(blob: BinaryIO, row: dict[str, Any]) -> Image.Image:
        opened.append(row["offset"])
        return stored_picture(blob, row)

    monkeypatch.setattr(embed, "BATCH", 3)
    monkeypatch.setattr(embed, "stored_picture", counting)
    Colours.asked.clear()
    after(keeping(store, safety), fetched(store, "i1", *pictures))
    assert Colours.asked == [("images", 4)]
    assert len(opened) == decoded


def test_pictures_are_decoded_as_the_scorer_takes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, opened, taken = LocalStore(str(tmp_path)), [], []
    stored_picture = embed.stored_picture
    monkeypatch.setattr(embed, "stored_picture", lambda blob, row: opened.append(row) or stored_picture(blob, row))

    class Slow(Colours):
        def embed_images(self, images: Iterable[Image.Image]) -> np.ndarray:
            return super().embed_images(taken.append(len(opened)) or image for image in images)

    after(embedding(store, Slow(), Redness()), fetched(store, "i0", *map(plain_jpeg, ("red", "lime", "blue"))))
    assert taken == [1, 2, 3]


def test_a_block_that_is_killed_before_its_commit_embeds_nothing_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(str(tmp_path))
    block = fetched(store, "i0", plain_jpeg("red"), plain_jpeg("blue"))
    publish = LocalStore.publish

    def killed(self: LocalStore, name: str) -> None:
        if name.startswith("stages/"):
            raise KeyboardInterrupt
        publish(self, name)

    monkeypatch.setattr(LocalStore, "publish", killed)
    with pytest.raises(KeyboardInterrupt):
        after(keeping(store), block)
    monkeypatch.setattr(LocalStore, "publish", publish)
    Colours.asked.clear()
    done = after(keeping(store), block)
    assert Colours.asked == []
    assert outcome([done]) == outcome([after(embedding(store, Colours()), block)])


def test_where_embeddings_are_kept_is_no_part_of_the_key(tmp_path: Path, known: dict[str, Any]) -> None:
    store = LocalStore(str(tmp_path))
    stages = [embed_stage(small_recipe(embed=known | more), store) for more in ({}, {"known": str(tmp_path / "x")})]
    assert stages[0].key == stages[1].key
    places = [stage.settings.known and stage.settings.known.store.path("") for stage in stages]
    assert places == [str(tmp_path), str(tmp_path / "x")]
