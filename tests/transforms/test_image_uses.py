from __future__ import annotations

import dataclasses
import json
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from corpusflow.document import Document, ImageSegment, Score
from corpusflow.store.block import Block
from corpusflow.store.paths import LocalStore
from filters.registry import available_filters
from tests.documents import DHASH, PHASH, document, picture
from tests.transforms.blocks import after, commit_table, outcome, run_on_beam, small_recipe, table
from transforms.align import SCHEMA as ALIGNED
from transforms.image_uses import CountImageUses, picture_uses, shared_uses, use_scores, with_uses
from transforms.judge import JudgeDocuments, judge_stage

REGISTRY = available_filters()
FILE = "stages/fetch/i0.bin"
ASKS = [{"name": "image_uses", "options": {"max_sha256_uses": 2, "max_phash_uses": None, "max_dhash_uses": None}}]


def shown(sha256: str, phash: str = PHASH, dhash: str = DHASH, single_colour: bool = False) -> ImageSegment:
    known = dataclasses.replace(
        picture(300, 200, b"data"), sha256=sha256, phash=phash, dhash=dhash, single_colour=single_colour
    )
    return ImageSegment(0, "", picture=known)


def page(name: str, *images: ImageSegment) -> Document:
    return document("text", *images, url=f"https://{name}.example")


def aligned(store: LocalStore, name: str, *documents: Document) -> Block:
    store.write(FILE, b"data")
    rows = [
        {
            "document": doc.to_json(),
            "pieces": [{"file": FILE, "offset": 0}] * len(doc.images),
            "similarity": [],
            "units": [],
        }
        for doc in documents
    ]
    return Block(name, (commit_table(store, "align", name, ALIGNED, rows),))


def test_a_document_counts_once_for_a_picture_that_it_shows_twice(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = aligned(store, "b0", page("one", shown("a"), shown("a"), shown("b")), page("two", shown("a")), page("none"))
    assert list(picture_uses(block, store)) == [
        (f"dhash {DHASH}", ("b0", 2)),
        (f"phash {PHASH}", ("b0", 2)),
        ("sha256 a", ("b0", 2)),
        ("sha256 b", ("b0", 1)),
    ]


@pytest.mark.parametrize(
    "flat", [shown("a", single_colour=True), shown("a", phash="8000000000000000", dhash="00000000000000ff")]
)
def test_a_flat_picture_is_counted_by_its_bytes_alone(tmp_path: Path, flat: ImageSegment) -> None:
    store = LocalStore(str(tmp_path))
    uses = dict(picture_uses(aligned(store, "b0", page("one", flat)), store))
    assert "sha256 a" in uses
    assert not any(key.startswith("phash") for key in uses)
    assert ("dhash 00000000000000ff" in uses) == (not (flat.picture and flat.picture.single_colour))


def test_what_one_document_shows_is_not_told() -> None:
    assert list(shared_uses(("sha256 a", [("b0", 1)]))) == []
    assert list(shared_uses(("sha256 a", [("b0", 2)]))) == [("b0", ("sha256", "a", 2))]
    assert list(shared_uses(("sha256 a", [("b0", 1), ("b1", 1)]))) == [
        ("b0", ("sha256", "a", 2)),
        ("b1", ("sha256", "a", 2)),
    ]


def test_the_order_in_which_uses_arrive_is_no_difference() -> None:
    uses = [("sha256", "a", 2), ("phash", "c", 3)]
    blocks = [list(with_uses(("b0", {"blocks": [Block("b0")], "uses": given}))) for given in (uses, uses[::-1])]
    assert blocks[0] == blocks[1] == [Block("b0", payload=(("phash", "c", 3), ("sha256", "a", 2)))]


def test_every_picture_has_its_uses_as_scores() -> None:
    doc = page("one", shown("a"), shown("b", single_colour=True))
    scores = list(use_scores(doc, {("sha256", "a"): 5}))
    assert [(score.name, score.value, score.segment) for score in scores] == [
        ("sha256_uses/documents", 5, 1),
        ("phash_uses/documents", 1, 1),
        ("dhash_uses/documents", 1, 1),
        ("sha256_uses/documents", 1, 2),
    ]


def in_language(doc: Document, language: str) -> Document:
    return doc.scored([Score("language/a", 0.9, None, language), Score("language/a", 0.9, 0, "la")])


def test_translations_that_show_one_picture_do_not_make_it_frequent(tmp_path: Path) -> None:
    recipe = small_recipe(filters=ASKS)
    for per_language, kept in ((False, 0), (True, 3)):
        store = LocalStore(str(tmp_path / str(per_language)))
        pages = [in_language(page(language, shown("a")), language) for language in ("de", "en", "ko")]
        select = recipe.select.model_copy(update={"per_language": per_language})
        wanted = recipe.model_copy(update={"select": select})
        done = run_on_beam(JudgeDocuments(wanted, REGISTRY, store), [aligned(store, "b0", *pages)], tmp_path)
        assert [info["sha256_uses"] for info in image_infos(store, done[0])] == [1] * kept


def test_within_a_language_and_without_one_pictures_are_counted_all_the_same(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    pages = [in_language(page(name, shown("a")), "en") for name in ("one", "two")]
    block = aligned(store, "b0", *pages, page("three", shown("a")), page("four", shown("a")))
    uses = dict(picture_uses(block, store, per_language=True))
    assert uses["sha256 en a"] == uses["sha256  a"] == ("b0", 2)
    known = {("sha256", "en a"): 2, ("sha256", " a"): 3}
    assert [next(use_scores(doc, known, per_language=True)).value for doc in (pages[0], page("three", shown("a")))] == [
        2,
        3,
    ]


def corpus(store: LocalStore) -> list[Block]:
    """Two blocks; three documents show the picture `logo`."""
    return [
        aligned(store, "b0", page("one", shown("logo"), shown("a")), page("two", shown("b"), shown("logo"))),
        aligned(store, "b1", page("three", shown("logo"), shown("a"))),
        aligned(store, "b2", page("four", shown("c", "c" * 16, "3" * 16))),
    ]


def image_infos(store: LocalStore, block: Block) -> list[dict[str, object]]:
    with tarfile.open(fileobj=BytesIO(store.read(block.latest.files["tar"].name))) as tar:
        files = [tar.extractfile(info) for info in tar.getmembers() if info.name.endswith(".json")]
        return [info for file in files if file for info in json.loads(file.read())["image_info"]]


def test_what_too_many_documents_of_two_blocks_show_goes_and_the_counts_are_told(tmp_path: Path) -> None:
    wanted = small_recipe(filters=ASKS)
    outcomes = []
    for name, order in (("forward", 1), ("backward", -1)):
        store = LocalStore(str(tmp_path / name))
        done = run_on_beam(JudgeDocuments(wanted, REGISTRY, store), corpus(store)[::order], tmp_path)
        told = [
            (info["sha256"], info["sha256_uses"], info["phash_uses"])
            for block in done
            for info in image_infos(store, block)
        ]
        assert told == [("a", 2, 3), ("b", 1, 3), ("a", 2, 3), ("c", 1, 1)]
        assert [block.latest.counts.get("dropped/image/image_uses/image_in_many_documents") for block in done] == [
            2,
            1,
            None,
        ]
        outcomes.append(outcome(done))
    assert outcomes[0] == outcomes[1]


def test_a_recipe_that_does_not_ask_counts_nothing(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    wanted = small_recipe(filters=[])
    blocks = corpus(store)
    done = run_on_beam(JudgeDocuments(wanted, REGISTRY, store), blocks, tmp_path)
    alone = [after(judge_stage(wanted, REGISTRY, store), block) for block in blocks]
    assert [block.latest.key for block in done] == [block.latest.key for block in alone]
    assert {info["sha256_uses"] for block in done for info in image_infos(store, block)} == {None}
    assert sum(len(table(store, block)) for block in done) == 4


def test_only_blocks_that_share_a_picture_with_new_ones_are_judged_again(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    stage = judge_stage(small_recipe(filters=ASKS), REGISTRY, store)
    blocks = corpus(store)
    before = run_on_beam(CountImageUses(store), blocks[1:], tmp_path)
    now = run_on_beam(CountImageUses(store), blocks, tmp_path)
    same = [stage.made_from(one) == stage.made_from(other) for one, other in zip(before, now[1:], strict=True)]
    assert same == [False, True]
