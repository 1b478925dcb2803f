from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from corpusflow.decision import ledger_schema
from corpusflow.inspect.no_samples import dropped_reasons, why_none
from tests.corpusflow.inspect.runs import finished_run


def test_the_reasons_of_a_run_are_those_of_what_was_dropped(tmp_path: Path) -> None:
    assert dropped_reasons(finished_run(tmp_path)) == {
        "document_shape/no_images",
        "image_size/image_too_small",
        "text_length/document_too_short",
        "text_length/text_too_short",
    }


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("no_image", "nothing was dropped for 'no_image'; did you mean 'no_images'?"),
        ("text_lenght", "nothing was dropped for 'text_lenght'; did you mean 'text_length'?"),
        ("image_size/too_smal", "did you mean 'image_size/image_too_small'?"),
        (
            "zebra",
            "this run has: document_shape/no_images, image_size/image_too_small, text_length/document_too_short,",
        ),
    ],
)
def test_a_reason_that_nothing_went_for_is_told_with_the_nearest_or_all(tmp_path: Path, reason: str, told: str) -> None:
    assert told in why_none(finished_run(tmp_path), False, reason)


def test_a_filter_of_the_recipe_that_dropped_nothing_is_no_mistake(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    rule = b"filters:\n- {name: url_words, options: {}}"
    store.write("recipe.yaml", store.read("recipe.yaml").replace(b"filters:", rule))
    assert why_none(store, False, "url_words") == "the filter 'url_words' dropped nothing"


def test_where_nothing_was_dropped_or_kept_that_is_told(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    pq.write_table(ledger_schema().empty_table(), store.path("ledger/ledger.parquet"))
    assert why_none(store, False, "zebra") == "nothing was dropped for 'zebra', nor for anything else"
    assert why_none(store, True, "") == "nothing was dropped as a whole document"
    assert why_none(store, False, "") == "nothing was kept"
