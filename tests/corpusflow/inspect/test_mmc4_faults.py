from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from corpusflow.inspect.mmc4_faults import mmc4_faults
from corpusflow.inspect.sample_form import TableRow
from corpusflow.inspect.tar_samples import TarSample
from tests.corpusflow.export.runs import jpeg

ROW = TableRow(
    key="heron",
    url="https://marsh.example/heron",
    language="en",
    texts=2,
    images=2,
    characters=9,
    faces=None,
    offset=0,
    length=512,
)


def about() -> dict[str, Any]:
    image = {"raw_url": "", "image_base64": base64.b64encode(jpeg(1)).decode()}
    return {
        "url": ROW.url,
        "text_list": ["Herons.", "Reeds."],
        "image_info": [
            image | {"image_name": "heron.0.jpg", "matched_text_index": 1, "matched_sim": 0.25},
            image | {"image_name": "heron.1.jpg", "matched_text_index": None, "matched_sim": None},
        ],
        "similarity_matrix": [[0.5, 0.25], [0.125, 0.0]],
    }


def faults(sample: dict[str, Any], *more: str, row: TableRow | None = ROW) -> list[str]:
    members = [("heron.json", json.dumps(sample).encode()), *((name, b"") for name in more)]
    return [fault for fault, _ in mmc4_faults(TarSample("heron", 0, 512, members), row)]


def test_a_sound_sample_has_no_fault() -> None:
    assert faults(about()) == []


def spoil(place: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def spoiled(sample: dict[str, Any]) -> None:
        sample["image_info"][0][place] = value

    return spoiled


@pytest.mark.parametrize(
    ("spoiled", "expected"),
    [
        (lambda sample: sample.pop("text_list"), "json_unreadable"),
        (lambda sample: sample["image_info"].clear(), "json_unreadable"),
        (lambda sample: sample["image_info"].pop(), "row_differs"),
        (lambda sample: sample.update(url="https://elsewhere.example/"), "row_differs"),
        (lambda sample: sample["text_list"].pop(), "similarity_shape"),
        (lambda sample: sample["similarity_matrix"].pop(), "similarity_shape"),
        (spoil("matched_text_index", 0), "match_differs"),
        (spoil("matched_text_index", 2), "match_differs"),
        (spoil("matched_text_index", -1), "match_differs"),
        (spoil("matched_sim", 0.3), "match_differs"),
        (spoil("image_base64", "no base64"), "picture_broken"),
        (spoil("image_base64", base64.b64encode(jpeg(1)[:-20]).decode()), "picture_broken"),
        (spoil("image_base64", ""), "picture_broken"),
    ],
)
def test_each_fault_has_its_name(spoiled: Callable[[dict[str, Any]], None], expected: str) -> None:
    sample = about()
    spoiled(sample)
    assert faults(sample)[0] == expected


def test_a_sample_is_one_json_that_the_table_knows() -> None:
    assert faults(about(), "heron.0.jpg") == ["files_differ"]
    assert faults(about(), row=None) == ["not_in_table"]
    assert faults(about(), row=ROW.model_copy(update={"length": 1024})) == ["range_differs"]
