"""Calibration of small runs whose pictures and texts are colours, so that every similarity is known."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpusflow.align.units import text_units
from corpusflow.commands.calibrate import calibrate
from corpusflow.document import Provenance, Score
from corpusflow.errors import ModelError, RunError, StartError
from corpusflow.inspect.calibration import groups_of
from corpusflow.inspect.calibration_page import calibration_page
from corpusflow.inspect.calibration_pairs import Measured, other_texts, run_pairs, run_scorer, run_unit, source_of
from corpusflow.models.registry import IMAGE_TEXT_SCORERS, LANGUAGE_SCORERS
from corpusflow.store.paths import LocalStore
from tests.documents import document, language
from tests.jobs.runs import run, warc
from tests.transforms.scorers import Colours, WordCount, plain_jpeg
from tests.web import HOST, page, recipe, write_warc

HOSTILE = "<script>alert(1)</script>"
UNSCORED: dict[str, Any] = {"embed": {}}
Pages = tuple[tuple[str, str], ...]  # the colour of a page's picture, the colour that its text names
TWO: Pages = (("red", "red"), ("blue", "blue"))


class English(WordCount):
    """Every text is English, for sure."""

    def score(self, texts: Sequence[str]) -> list[Score]:
        return [Score(self.name, 1.0, label="en") for _ in texts]


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGE_TEXT_SCORERS, "colours", Colours)
    monkeypatch.setitem(LANGUAGE_SCORERS, "english", English)


def calibrated_run(folder: Path, pages: Pages = TWO, filters: tuple[Any, ...] = (), **changes: Any) -> LocalStore:
    """A run of pages with one picture and one text each."""
    items = []
    for number, (picture, text) in enumerate(pages):
        address = f"{HOST}/{number}.jpg"
        # Words of its own, so that no page is taken for a copy of another.
        words = " ".join([text] * 3 + [f"word{number}x{at}" for at in range(20)])
        items.append((f"{HOST}/{number}", page(f"Page {number}", words + HOSTILE.replace("<", "&lt;"), address)))
        items.append((address, plain_jpeg(picture, 200 + number)))
    archive = write_warc(folder / "a.warc.gz", items)
    models = {"embed": {"similarity": {"name": "colours"}}, "extract": {"language": {"name": "english"}}}
    rules = [*filters, {"name": "document_shape", "options": {"min_images": 1}}]
    run(folder / "out", recipe(warc(archive), **{**models, "filters": rules, **changes}))
    return LocalStore(str(folder / "out"))


def measured(name: str, label: str, *texts: str) -> Measured:
    made = document(*texts, scores=[language(label)], url=f"https://site.example/{name}")
    return Measured(made, text_units(made, "segment"), {}, {})


def test_pictures_of_two_documents_are_compared_with_their_own_and_with_each_others_text(tmp_path: Path) -> None:
    store = calibrated_run(tmp_path)
    pairs = run_pairs(store, run_scorer(store), 200)
    assert [(pair.language, pair.source) for pair in pairs] == [("en", "a.warc.gz")] * 2
    np.testing.assert_allclose([pair.matched for pair in pairs], 1, atol=0.01)
    np.testing.assert_allclose([pair.shuffled for pair in pairs], 0, atol=0.01)
    assert sorted(pair.text.split()[0] for pair in pairs) == ["blue", "red"]


def test_images_that_a_filter_dropped_for_their_score_are_counted_but_not_shown(tmp_path: Path) -> None:
    drop = {"name": "alignment", "options": {"min_score": 0.5}}
    store = calibrated_run(tmp_path, (*TWO, ("lime", "nothing")), (drop,))
    scorer = run_scorer(store)
    pairs = run_pairs(store, scorer, 200)
    assert sorted(round(pair.matched) for pair in pairs) == [0, 1, 1]
    text = calibration_page(store, scorer.name, pairs, groups_of(pairs, 0.95, 0.8), 0.95, 0.8)
    assert text.count("data:image/jpeg;base64,") == 2
    assert "No picture of these is in the shards." in text


def test_the_page_shows_what_pages_wrote_as_text_and_loads_nothing(tmp_path: Path) -> None:
    store = calibrated_run(tmp_path)
    pairs = run_pairs(store, run_scorer(store), 200)
    text = calibration_page(store, "<blink>", pairs, groups_of(pairs, 0.95, 0.8), 0.95, 0.8)
    assert HOSTILE not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<blink>" not in text
    assert "<script" not in text
    assert not re.search(r'(src|url)[=(]"?http', text)


@pytest.mark.parametrize("known", ["", "elsewhere"])
def test_what_the_run_knows_is_not_embedded_again_and_what_it_lost_gives_the_same_numbers(
    tmp_path: Path, known: str
) -> None:
    folder = str(tmp_path / known) if known else ""
    store = calibrated_run(tmp_path, embed={"similarity": {"name": "colours"}, "known": folder})
    Colours.asked.clear()
    heard: list[tuple[int, int]] = []
    pairs = run_pairs(store, run_scorer(store), 200, lambda *words: heard.append(words))
    assert (Colours.asked, heard) == ([], [])
    lost = tmp_path / (known or "out/embeddings")
    shutil.rmtree(lost)
    assert run_pairs(store, run_scorer(store), 200, lambda *words: heard.append(words)) == pairs
    (kind, texts), *more = Colours.asked
    assert (kind, heard, more) == ("texts", [(0, texts), (texts, texts)], [])
    assert not lost.exists(), "nothing is written"


def test_the_command_says_why_there_is_something_to_wait_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = calibrated_run(tmp_path)
    shutil.rmtree(tmp_path / "out/embeddings")
    calibrate(store.root)
    assert capsys.readouterr().err == "4 texts to embed: the run has no embeddings of these any more\n"


def test_where_no_threshold_helps_the_command_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = calibrated_run(tmp_path, (("red", "blue"), ("blue", "red")))
    calibrate(store.root)
    line = "AUC under 0.6: the model cannot tell these pictures' own texts from strangers'"
    assert line in capsys.readouterr().out
    calibrate(store.root, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["notes"][0].startswith(line)
    assert (told["min_auc"], told["groups"][0]["tells_apart"], told["groups"][0]["at_share"]) == (0.6, False, None)


@pytest.mark.parametrize(
    ("file", "source"),
    [("a.warc.gz", "a.warc.gz"), ("saved/docs/a.HTML", "site.example"), ("a.xhtml", "site.example"), ("", "")],
)
def test_saved_pages_are_of_their_host_and_others_of_their_archive(file: str, source: str) -> None:
    made = document("text", url="https://www.site.example/docs/a.html")
    assert source_of(dataclasses.replace(made, provenance=Provenance(file))) == source


def test_the_same_documents_are_drawn_every_time(tmp_path: Path) -> None:
    store = calibrated_run(tmp_path, (*TWO, ("lime", "green"), ("red", "blue")))
    drawn = [run_pairs(store, run_scorer(store), 2) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert len({pair.document for pair in drawn[0]}) == 2
    assert {pair.document for pair in drawn[0]} < {pair.document for pair in run_pairs(store, run_scorer(store), 4)}


def test_a_document_is_compared_with_as_many_texts_of_its_language_as_it_has() -> None:
    documents = [
        measured("a", "en", "a1", "a2"),
        measured("b", "en", "b1", "b2", "b3"),
        measured("c", "en", "c1", "c2"),
        measured("d", "fr", "d1"),
    ]
    a, b, c, d = other_texts(documents)
    assert len(a) == len(set(a)) == 2
    assert set(a) < {"b1", "b2", "b3", "c1", "c2"}
    assert len(b) == 3
    assert set(b) < {"a1", "a2", "c1", "c2"}
    assert len(c) == 2
    assert d == []


def test_a_text_that_a_document_has_itself_is_no_strangers() -> None:
    assert other_texts([measured("a", "en", "footer", "a1"), measured("b", "en", "footer")]) == [[], ["a1"]]


def test_sentences_are_compared_with_sentences_where_the_run_did_so(tmp_path: Path) -> None:
    pages = tuple((colour, f"Now green it is. Now {colour} it is.") for colour in ("red", "blue"))
    store = calibrated_run(tmp_path, pages, align={"unit": "sentence"})
    pairs = run_pairs(store, run_scorer(store), 200)
    assert sorted(pair.text for pair in pairs) == ["Now blue it is.", "Now red it is."]
    np.testing.assert_allclose([pair.matched for pair in pairs], 1, atol=0.01)


def test_a_run_of_a_version_that_knew_no_units_compared_segments(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    for text, unit in (("embed: {}", "segment"), ("align: {unit: paragraph}", "paragraph")):
        store.write("recipe.yaml", text.encode())
        assert run_unit(store) == unit


def test_a_run_that_cannot_be_calibrated_says_why(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"measured no similarity .* name a model in embed\.similarity"):
        run_scorer(calibrated_run(tmp_path / "none", **UNSCORED))
    store = calibrated_run(tmp_path / "one", TWO[:1])
    with pytest.raises(RunError, match="measured in 1 document; to shuffle takes two"):
        run_pairs(store, run_scorer(store), 200)
    with pytest.raises(StartError, match=r"best_similarity/colours-1 was measured, .* best_similarity/colours-2"):
        run_pairs(store, Colours(2), 200)
    store.remove("manifest.json")
    with pytest.raises(RunError, match="the run has not ended"):
        run_scorer(store)


def test_stages_that_were_deleted_are_told(tmp_path: Path) -> None:
    store = calibrated_run(tmp_path)
    next((tmp_path / "out/stages").glob("embed-*/*.f16")).unlink()
    with pytest.raises(RunError, match=r"\.f16 is not there any more: run the recipe again"):
        run_pairs(store, run_scorer(store), 200)


def test_a_model_that_cannot_be_had_says_so_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(scorer: Colours) -> None:
        raise ModelError("colours: buy a box of paints")

    store = calibrated_run(tmp_path)
    monkeypatch.setattr(Colours, "prepare", missing)
    with pytest.raises(ModelError, match="buy a box of paints"):
        run_scorer(store)


def test_the_command_prints_a_table_json_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, file = calibrated_run(tmp_path), tmp_path / "c.html"
    calibrate(store.root, html=file)
    printed = capsys.readouterr()
    assert re.search(r"^all +2 +1\.000 +1\.000 ", printed.out, re.MULTILINE)
    assert "Not shown: 1 language with fewer than 30 images, 1 source with fewer than 30 images." in printed.out
    assert not printed.err
    assert "Just above" in file.read_text(encoding="utf-8")
    calibrate(store.root, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["scorer"] == "similarity/colours-1"
    assert (told["groups"][0]["images"], told["groups"][0]["at_precision"]["kept"]) == (2, 1.0)
