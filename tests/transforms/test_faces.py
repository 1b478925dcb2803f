"""Faces on their way: found in a stage of their own, joined in align, judged, blurred and told in the sample."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image, ImageDraw

from corpusflow.document import Document, Face, ImageSegment
from corpusflow.errors import RecipeError
from corpusflow.images.decode import Limits, store_form
from corpusflow.inspect.sample_faults import sample_faults
from corpusflow.inspect.sample_form import SampleForm, TableRow
from corpusflow.inspect.tar_samples import TarSample
from corpusflow.models.registry import FACE_DETECTORS
from corpusflow.recipe import Recipe
from corpusflow.store.block import Block
from corpusflow.store.paths import LocalStore
from filters.registry import available_filters
from tests.documents import document
from tests.transforms.blocks import after, commit_table, ledger, outcome, run_on_beam, small_recipe, table
from tests.transforms.scorers import plain_jpeg
from tests.transforms.test_embed import fetched
from tests.transforms.test_judge import members, tar_of
from transforms import embed
from transforms.align import SCHEMA as ALIGNED
from transforms.align import AlignSettings, align_stage, image_scores
from transforms.embed import embed_stage
from transforms.faces import FindFaces, faces_stage
from transforms.image_facts import ImageFact, image_facts, join_images
from transforms.judge import judge_stage
from transforms.pdq import pdq_stage

BLURRING = {"embed": {"faces": {"name": "red_faces"}}, "output": {"blur_faces": True}, "filters": []}


@dataclasses.dataclass(frozen=True)
class RedFaces:
    """What is red is a face. asked: how many pictures since it was last loaded."""

    version: int = 1
    min_score: float = 0.0

    asked: ClassVar[list[int]] = []

    @property
    def name(self) -> str:
        return f"faces/red-{self.version}"

    def prepare(self) -> None:
        """Needs nothing."""

    def load(self) -> None:
        self.asked.clear()

    def find(self, images: Sequence[Image.Image]) -> list[tuple[Face, ...]]:
        self.asked.append(len(images))
        found = [_red(np.asarray(image).astype(int)) for image in images]
        return [tuple(face for face in faces if face.score >= self.min_score) for faces in found]


def _red(pixels: np.ndarray) -> tuple[Face, ...]:
    red = (pixels[..., 0] > 150) & (pixels[..., 1] < 100)
    if not red.any():
        return ()
    height, width = red.shape
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    box = (left / width, top / height, (int(columns[-1]) + 1 - left) / width, (int(rows[-1]) + 1 - top) / height)
    return (Face(*box, 0.75),)


@pytest.fixture(autouse=True)
def _red_faces_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FACE_DETECTORS, "red_faces", RedFaces)


def portrait() -> bytes:
    """A red head with stripes on blue."""
    picture = Image.new("RGB", (200, 160), "blue")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((80, 40, 119, 79), "red")
    for row in range(40, 80, 8):
        draw.line((80, row, 119, row), "white", 3)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


def looking(**options: Any) -> Recipe:
    """A recipe that names the detector."""
    return small_recipe(embed={"faces": {"name": "red_faces", "options": options}})


def test_every_distinct_picture_is_looked_at_once(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = fetched(store, "i0", portrait(), plain_jpeg("blue"), portrait(), None)
    done = after(faces_stage(looking(), store), block)
    assert RedFaces.asked == [2]
    ((box,), none, again, unknown) = (row["faces"] for row in table(store, done))
    assert done.latest.counts == {"items": 4}
    assert (none, again, unknown) == ([], [box], None)
    np.testing.assert_allclose(box, [0.4, 0.25, 0.2, 0.25, 0.75], atol=0.02)


def test_pictures_are_taken_in_batches_and_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(str(tmp_path))
    monkeypatch.setattr(embed, "BATCH", 2)
    block = fetched(store, "i0", plain_jpeg("blue"), portrait(), plain_jpeg("lime"), plain_jpeg("red"), portrait())
    rows = table(store, after(faces_stage(looking(), store), block))
    assert RedFaces.asked == [2, 2]
    assert [len(row["faces"]) for row in rows] == [0, 1, 0, 1, 1]
    assert rows[3]["faces"] == [[0, 0, 1, 1, 0.75]]


@pytest.mark.parametrize("pictures", [(), (None,)])
def test_a_block_without_a_picture_has_rows_and_no_boxes(tmp_path: Path, pictures: tuple[None, ...]) -> None:
    store = LocalStore(str(tmp_path))
    done = after(faces_stage(looking(), store), fetched(store, "i0", *pictures))
    assert [row["faces"] for row in table(store, done)] == [None] * len(pictures)


def test_the_detector_its_version_and_its_options_are_in_the_key_of_faces_alone(tmp_path: Path) -> None:
    store, recipes = LocalStore(str(tmp_path)), [looking(), looking(version=2), looking(min_score=0.5)]
    assert len({faces_stage(wanted, store).key for wanted in recipes}) == 3
    assert len({embed_stage(wanted, store).key for wanted in (small_recipe(), *recipes)}) == 1
    scored = small_recipe(embed=recipes[0].embed.model_dump() | {"safety": {"name": "opennsfw"}})
    assert faces_stage(scored, store).key == faces_stage(recipes[0], store).key


def test_hashes_of_the_pictures_cost_no_other_look_at_them(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    plain = fetched(store, "i0", portrait())
    hashed, stage = after(pdq_stage(store), plain), faces_stage(looking(), store)
    assert stage.made_from(plain) == stage.made_from(hashed)


def test_without_a_detector_there_is_no_such_stage(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"embed\.faces"):
        faces_stage(small_recipe(), LocalStore(str(tmp_path)))


def test_beam_finds_what_the_stage_finds(tmp_path: Path) -> None:
    store, alone = LocalStore(str(tmp_path / "beam")), LocalStore(str(tmp_path / "alone"))
    by_beam = run_on_beam(FindFaces(looking(), store), [fetched(store, "i0", portrait(), None)], tmp_path)
    assert outcome(by_beam) == outcome([after(faces_stage(looking(), alone), fetched(alone, "i0", portrait(), None))])


def test_boxes_stand_beside_the_facts_and_are_unknown_where_nobody_looked(tmp_path: Path) -> None:
    store, wanted = LocalStore(str(tmp_path)), looking()
    plain = fetched(store, "i0", plain_jpeg("blue"), plain_jpeg("red"), None)
    found = after(faces_stage(wanted, store), plain)
    stage = embed_stage(wanted, store)
    assert stage.made_from(plain) == stage.made_from(found), "boxes cost no other embedding"
    boxes = [
        [ImageFact(*fact).faces for _, fact in image_facts(after(stage, looked), store)] for looked in (plain, found)
    ]
    assert boxes == [[None, None, None], [[], [[0, 0, 1, 1, 0.75]], None]]


def test_the_name_of_the_detector_is_in_the_key_of_align(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    stages = [align_stage(wanted, store) for wanted in (small_recipe(), looking(), looking(version=2))]
    assert len({stage.key for stage in stages}) == 3
    assert [stage.settings.faces_name for stage in stages] == ["", "faces/red-1", "faces/red-2"]


def fact(url: str, faces: list[list[float]] | None) -> ImageFact:
    known: dict[str, Any] = dict.fromkeys(ImageFact._fields)
    return ImageFact(**known | {"url": url, "status": "ok", "faces": faces, "generation": 0})


def test_boxes_and_their_number_are_joined_with_the_images_of_a_document(tmp_path: Path) -> None:
    urls = [f"https://x.example/{number}.jpg" for number in range(3)]
    facts = [fact(url, faces) for url, faces in zip(urls, ([[0.4, 0.25, 0.2, 0.25, 0.75]], [], None), strict=True)]
    doc = document(*(ImageSegment(0, url) for url in urls))
    joined, lost = join_images(doc, {each.url: each for each in facts}, "b0")
    assert lost == []
    assert [image.faces for image in joined.images] == [(Face(0.4, 0.25, 0.2, 0.25, 0.75),), (), None]
    settings = AlignSettings(None, "", LocalStore(str(tmp_path)), faces_name="faces/red-1")
    scores = [(score.name, score.value, score.segment) for score in image_scores(joined, facts, None, settings)]
    assert scores == [("faces/red-1", 1, 0), ("faces/red-1", 0, 1)]


def aligned(store: LocalStore, *faces: tuple[Face, ...] | None) -> tuple[Block, Document, bytes]:
    """A block with one document that shows the portrait so many times; the document and the stored portrait."""
    data, picture = store_form(portrait(), "portrait", Limits())
    store.write("stages/fetch/i0.bin", data)
    images = [
        ImageSegment(0, f"https://x.example/{n}.jpg", picture=picture, faces=each) for n, each in enumerate(faces)
    ]
    doc = document("text", *images)
    pieces = [{"file": "stages/fetch/i0.bin", "offset": 0}] * len(images)
    row = {"document": doc.to_json(), "pieces": pieces, "similarity": [], "units": []}
    return Block("b0", (commit_table(store, "align", "b0", ALIGNED, [row]),)), doc, data


HEAD = (Face(0.4, 0.25, 0.2, 0.25, 0.75),)


def test_faces_are_blurred_in_what_is_stored_and_their_boxes_kept(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block, doc, data = aligned(store, HEAD, ())
    done = after(judge_stage(small_recipe(**BLURRING), available_filters(), store), block)
    found = members(tar_of(store, done))
    sample = SampleForm.model_validate_json(found[f"{doc.id}.json"])
    blurred, untouched = found[f"{doc.id}.0.jpg"], found[f"{doc.id}.1.jpg"]
    assert untouched == data
    assert [info.faces for info in sample.image_info] == [[[0.4, 0.25, 0.2, 0.25, 0.75]], []]
    assert sample.image_info[0].sha256 == hashlib.sha256(blurred).hexdigest() != hashlib.sha256(data).hexdigest()
    with Image.open(io.BytesIO(blurred)) as picture:
        head = np.asarray(picture).astype(int)[45:75, 85:115]
        assert (picture.format, picture.size) == ("JPEG", (200, 160))
    assert np.abs(np.diff(head[..., 1], axis=0)).max() < 20  # the stripes are gone


def test_a_blurred_sample_has_no_fault_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block, doc, _ = aligned(store, HEAD, ())
    stage = judge_stage(small_recipe(**BLURRING), available_filters(), store)
    done = after(stage, block)
    found = members(tar_of(store, done))
    (row,) = table(store, done)
    told = TableRow(**{name: row[name] for name in TableRow.model_fields})
    sample = TarSample(doc.id, row["offset"], row["offset"] + row["length"], list(found.items()))
    assert list(sample_faults(sample, told)) == []
    wrong = told.model_copy(update={"faces": 2})
    assert [fault for fault, _ in sample_faults(sample, wrong)] == ["row_differs"]
    assert outcome([after(stage, block)]) == outcome([done])


@pytest.mark.parametrize(("faces", "count"), [((HEAD, ()), 1), ((HEAD, HEAD), 2), (((),), 0), ((HEAD, None), None)])
def test_the_table_tells_how_many_faces_a_sample_shows(
    tmp_path: Path, faces: tuple[tuple[Face, ...] | None, ...], count: int | None
) -> None:
    store = LocalStore(str(tmp_path))
    block, doc, data = aligned(store, *faces)
    done = after(judge_stage(small_recipe(filters=[]), available_filters(), store), block)
    assert [row["faces"] for row in table(store, done)] == [count]
    found = members(tar_of(store, done))
    assert [info["faces"] is None for info in json.loads(found[f"{doc.id}.json"])["image_info"]] == [
        each is None for each in faces
    ]
    assert found[f"{doc.id}.0.jpg"] == data


def test_an_image_at_which_nobody_looked_is_not_stored_where_faces_are_to_be_blurred(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block, _, _ = aligned(store, None, ())
    done = after(judge_stage(small_recipe(**BLURRING), available_filters(), store), block)
    assert [(row["segment"], row["reason"]) for row in ledger(store, done)] == [(1, "faces_unknown")]
    assert [(row["images"], row["faces"]) for row in table(store, done)] == [(1, 0)]


def test_blurring_and_its_quality_are_in_the_key_of_judge(tmp_path: Path) -> None:
    store, registry = LocalStore(str(tmp_path)), available_filters()
    keys = [
        judge_stage(small_recipe(**BLURRING | change), registry, store).key
        for change in ({}, {"output": {"blur_faces": False}}, {"fetch": {"web": False, "quality": 70}})
    ]
    assert len(set(keys)) == 3


def test_a_recipe_that_blurs_or_counts_faces_names_who_finds_them() -> None:
    with pytest.raises(RecipeError, match=r"output\.blur_faces: .*embed\.faces"):
        small_recipe(output={"blur_faces": True})
    with pytest.raises(RecipeError, match=r"filters\[0\]: faces reads the score 'faces'; .*embed\.faces"):
        small_recipe(filters=[{"name": "faces"}])
    assert small_recipe(embed=BLURRING["embed"], filters=[{"name": "faces"}]).embed.faces is not None
