from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.store.block import Block, Stage
from corpusflow.store.own_pictures import own_pictures
from corpusflow.store.paths import LocalStore
from tests.transforms.blocks import after, run_on_beam, table
from tests.transforms.scorers import Colours, Redness, plain_jpeg
from tests.transforms.test_embed import embedding, fetched, vectors
from transforms.embed import EmbedSettings
from transforms.picture_owners import OPEN, SharePictures, picture_holders, pictures_elsewhere

RED, LIME, BLUE = (plain_jpeg(colour) for colour in ("red", "lime", "blue"))


@pytest.mark.parametrize(
    ("holders", "elsewhere"),
    [
        ({"web-01-b": OPEN}, {}),
        ({"web-01-b": OPEN, "web-01-a": OPEN, "web-02-c": OPEN}, {"web-01-b": "web-01-a", "web-02-c": "web-01-a"}),
        # A block of a retry comes later than any other.
        ({"web-01-a-again1": OPEN, "web-01-b": OPEN}, {"web-01-a-again1": "web-01-b"}),
        # Who has it keeps it, whoever comes; two that have it both stay as they are.
        ({"web-01-a": OPEN, "web-01-b": "web-01-b"}, {"web-01-a": "web-01-b"}),
        ({"web-01-a": "web-01-a", "web-01-b": "web-01-b", "c": "web-01-b"}, {"c": "web-01-b"}),
        # The owner is gone: of those that are left, one embeds it.
        ({"web-01-b": "web-01-a"}, {}),
        ({"web-01-b": "web-01-a", "web-01-c": "web-01-a"}, {"web-01-c": "web-01-b"}),
    ],
)
def test_of_the_blocks_that_have_a_picture_one_embeds_it(holders: dict[str, str], elsewhere: dict[str, str]) -> None:
    for order in (list(holders.items()), list(holders.items())[::-1]):
        found = dict(pictures_elsewhere(("5a", order)))
        assert found == {block: ("5a", owner) for block, owner in elsewhere.items()}


def shared(store: LocalStore, stage: Stage[EmbedSettings], folder: Path, *blocks: Block) -> dict[str, Block]:
    """The blocks with what each leaves to others."""
    return {block.id: block for block in run_on_beam(SharePictures(stage), blocks, folder)}


def test_a_picture_of_two_blocks_is_embedded_in_one_and_found_from_the_other(tmp_path: Path) -> None:
    store, scorer = LocalStore(str(tmp_path)), Colours()
    stage = embedding(store, scorer, Redness())
    given = [fetched(store, "a", LIME, RED), fetched(store, "b", BLUE, RED, None, RED)]
    blocks = shared(store, stage, tmp_path, *given)
    assert blocks["a"].payload == ()
    assert [owner for _, owner in blocks["b"].payload] == ["a"]
    done = {name: after(stage, block) for name, block in blocks.items()}
    assert [(row["row"], row["owner"]) for row in table(store, done["b"])] == [
        (0, None),
        (None, "a"),
        (None, None),
        (None, "a"),
    ]
    assert [row["safety"] is None for row in table(store, done["b"])] == [False, True, True, True]
    assert len(vectors(store, done["b"])) == 1
    ((digest, _),) = blocks["b"].payload
    own = {name: own_pictures(block.commit("fetch"), block.latest, store) for name, block in done.items()}
    assert own["a"][digest].row == 1
    assert round(own["a"][digest].safety or 0, 2) == 1
    assert digest not in own["b"]


def test_a_committed_block_keeps_its_pictures_whoever_comes_later(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    stage = embedding(store, Colours(), Redness())
    old = [fetched(store, "m", RED), fetched(store, "n", RED, BLUE)]
    before = {name: after(stage, block) for name, block in shared(store, stage, tmp_path, *old).items()}
    grown = shared(store, stage, tmp_path, *old, fetched(store, "a", BLUE, RED, LIME))
    assert [owner for _, owner in grown["a"].payload] in (["n", "m"], ["m", "n"])
    for name in ("m", "n"):
        assert stage.committed(grown[name]) == before[name].latest


def test_a_block_whose_owner_is_gone_is_made_again_and_no_other_one(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    stage = embedding(store, Colours(), Redness())
    blocks = [fetched(store, "a", RED), fetched(store, "b", RED, BLUE), fetched(store, "c", BLUE)]
    for block in shared(store, stage, tmp_path, *blocks).values():
        after(stage, block)
    left = shared(store, stage, tmp_path, *blocks[1:])
    assert left["b"].payload == ()
    assert stage.committed(left["b"]) is None
    assert stage.committed(left["c"]) is not None


def test_a_damaged_table_settles_nothing(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    stage = embedding(store, Colours())
    block = fetched(store, "a", RED, None)
    assert [owner for _, (_, owner) in picture_holders(block, stage)] == [OPEN]
    done = after(stage, block)
    assert [owner for _, (_, owner) in picture_holders(block, stage)] == ["a"]
    Path(store.path(done.latest.files["parquet"].name)).write_bytes(b"PAR1")
    assert [owner for _, (_, owner) in picture_holders(block, stage)] == [OPEN]
