from __future__ import annotations

import dataclasses
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from corpusflow import __version__, cli
from corpusflow.errors import StartError
from corpusflow.models.registry import MODELS
from corpusflow.recipe import Recipe, load_recipe, parse_recipe
from filters.registry import BUILT_IN
from jobs.built_in import built_in_recipes
from tests.command_line import call
from tests.web import HOST, captures, recipe, write_warc

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of ten stories."""
    folder = tmp_path_factory.mktemp("finished")
    file = small_recipe(folder)
    call("run", str(file), "--output", str(folder / "out"))
    return folder / "out"


def small_recipe(folder: Path, **changes: Any) -> Path:
    archive = write_warc(folder / "a.warc.gz", captures(range(10)))
    file = folder / "recipe.yaml"
    file.write_text(yaml.safe_dump(recipe({"kind": "warc", "path": str(archive)}, **changes)), encoding="utf-8")
    return file


def test_a_run_tells_the_funnel_and_where_the_shards_are(tmp_path: Path) -> None:
    said = call("run", str(small_recipe(tmp_path)), "--output", str(tmp_path / "out"))
    assert re.search(r"came in +10 +100\.0%", said)
    assert f"shards  {tmp_path / 'out' / 'shards'}" in said
    assert f"report  {tmp_path / 'out' / 'report.html'}" in said
    assert re.search(r"^blocks made: load 1, .*judge [1-9], shard [1-9]$", said, re.MULTILINE)


def test_a_run_tells_what_it_made_again(finished: Path) -> None:
    words = ["run", str(finished.parent / "recipe.yaml"), "--output", str(finished)]
    assert "nothing was made again: everything was there" in call(*words)
    said = call(*words, "--set", "filters.image_size.options.min_side=90", "--json").splitlines()[-1]
    blocks = json.loads(said)["blocks"]
    assert set(blocks["made"]) <= {"judge", "shard"}
    assert blocks["made"]["judge"] == 4
    assert blocks["reused"]["load"] == 1


def test_a_run_for_a_script_prints_its_manifest(tmp_path: Path) -> None:
    said = call("run", str(small_recipe(tmp_path)), "--output", str(tmp_path / "out"), "--json")
    told = json.loads(said.splitlines()[-1])
    assert told["manifest"] == json.loads((tmp_path / "out/manifest.json").read_text())
    assert told["directory"] == str(tmp_path / "out")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["none.yaml"], "none.yaml: cannot be read"),
        (["RECIPE", "--set", "filters.image_size.options.min_sid=1"], "did you mean 'min_side'?"),
        (["RECIPE", "--until", "shards"], "--until shards: there are the stages load, extract"),
    ],
)
def test_a_wrong_command_is_told_in_one_line_and_starts_nothing(
    tmp_path: Path, words: list[str], expected: str
) -> None:
    file = small_recipe(tmp_path)
    words = [str(file) if word == "RECIPE" else word for word in words]
    said = call("run", *words, "--output", str(tmp_path / "out"), code=cli.EXIT_USAGE)
    assert expected in said
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()


def test_a_run_that_cannot_start_and_one_that_fails_have_their_own_codes(tmp_path: Path) -> None:
    file = small_recipe(tmp_path)
    said = call("run", str(file), "--output", str(tmp_path), code=cli.EXIT_USAGE)
    assert "is not empty and is no run directory" in said
    said = call("run", str(file), "--output", str(file), code=cli.EXIT_USAGE)
    assert "is a file" in said
    write_warc(tmp_path / "a.warc.gz", [(f"{HOST}/empty.html", b"")])
    said = call("run", str(file), "--output", str(tmp_path / "out"), code=cli.EXIT_FAILED)
    assert "1 of 1 documents failed" in said


def test_samples_are_shown_on_the_terminal_as_markdown_as_folder_and_as_page(finished: Path, tmp_path: Path) -> None:
    assert "Story" in call("sample", str(finished), "-n", "2")
    assert call("sample", str(finished), "-n", "2", "--markdown").count("# Story") >= 2
    call("sample", str(finished), "-n", "2", "--folder", str(tmp_path / "f"), "--html", str(tmp_path / "p.html"))
    assert len(list((tmp_path / "f").glob("*/document.md"))) == 2
    assert (tmp_path / "p.html").read_text().count("data:image/jpeg;base64,") == 2


def test_samples_for_a_script_are_the_json_of_the_shards(finished: Path) -> None:
    samples = json.loads(call("sample", str(finished), "-n", "3", "--json"))
    assert len({sample["sample_id"] for sample in samples}) == 3
    key = samples[0]["sample_id"]
    assert json.loads(call("sample", str(finished), "--key", key, "--json")) == [samples[0]]


def test_verify_is_silent_on_a_sound_run_and_fails_on_a_damaged_one(tmp_path: Path) -> None:
    call("run", str(small_recipe(tmp_path)), "--output", str(tmp_path / "out"))
    assert "problems 0" in call("verify", str(tmp_path / "out"))
    shard = next((tmp_path / "out/shards").glob("*.tar"))
    data = bytearray(shard.read_bytes())
    data[2000] ^= 1
    shard.write_bytes(data)
    assert shard.name in call("verify", str(tmp_path / "out"), code=cli.EXIT_FAILED)
    problems = json.loads(call("verify", str(tmp_path / "out"), "--json", code=cli.EXIT_FAILED))
    assert {problem["file"] for problem in problems} == {f"shards/{shard.name}"}


def test_what_is_not_a_finished_run_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in ("sample", "verify", "calibrate"):
        for given in (tmp_path, tmp_path / "file", tmp_path / "absent"):
            assert "is no run directory" in call(command, str(given), code=cli.EXIT_USAGE)
    call("run", str(small_recipe(tmp_path)), "--output", str(tmp_path / "out"), "--until", "select")
    commands = (["sample"], ["sample", "--dropped"], ["sample", "--reason", "x"], ["sample", "--key", "x"])
    for command, *options in (*commands, ["verify"], ["calibrate"]):
        said = call(command, str(tmp_path / "out"), *options, code=cli.EXIT_FAILED)
        assert "is not there: the run has not ended; run it again to go on" in said


def test_dropped_documents_are_shown_by_reason(finished: Path) -> None:
    assert "nothing was dropped for 'nonsense'" in call("sample", str(finished), "--reason", "nonsense")
    assert "nothing was dropped as a whole document" in call("sample", str(finished), "--dropped")


def test_a_run_that_keeps_nothing_says_so(tmp_path: Path) -> None:
    words = ["--set", "filters.text_length.options.min_words=9000", "--output", str(tmp_path / "out")]
    assert "Nothing was kept" in call("run", str(small_recipe(tmp_path)), *words)
    assert "nothing was kept" in call("sample", str(tmp_path / "out"))
    shown = call("sample", str(tmp_path / "out"), "--reason", "text_length", "-n", "1", "--markdown")
    assert "text\\_length/document\\_too\\_short" in shown
    said = call("sample", str(tmp_path / "out"), "--reason", "document_to_short")
    assert "did you mean 'document_too_short'?" in said


def test_the_version_is_told() -> None:
    assert call("--version") == f"corpusflow {__version__}\n"


def test_every_filter_is_listed_with_its_options() -> None:
    rows = {row["name"]: row for row in json.loads(call("filters", "--json"))}
    assert set(rows) == set(BUILT_IN)
    for name, rule in BUILT_IN.items():
        assert set(rows[name]["options"]) == {field.name for field in dataclasses.fields(rule)}
    assert "min_side: 150" in call("filters")


def test_one_filter_is_told_whole_and_an_unknown_one_with_the_nearest() -> None:
    for name, rule in BUILT_IN.items():
        told = call("filters", name)
        assert all(f"\n      {field.name}: " in told for field in dataclasses.fields(rule))
        assert (inspect.cleandoc(rule.__doc__ or "-") in told) is True
    assert json.loads(call("filters", "image_size", "--json"))["options"]["min_side"]["default"] == 150
    assert "there is no filter 'image_sise'; did you mean 'image_size'?" in call(
        "filters", "image_sise", code=cli.EXIT_USAGE
    )


def test_every_model_is_listed_with_its_place_its_extra_and_its_options() -> None:
    rows = {row["name"]: row for row in json.loads(call("models", "--json"))}
    known = {name: (key, cls) for key, registry in MODELS.items() for name, cls in registry.items()}
    assert list(rows) == [name for registry in MODELS.values() for name in sorted(registry)]
    for name, (key, cls) in known.items():
        assert rows[name]["key"] == key
        assert set(rows[name]["options"]) == {field.name for field in dataclasses.fields(cls)}
        told = call("models", name)
        assert inspect.cleandoc(cls.__doc__ or "-") in told
        assert all(f" {field.name}: " in told for field in dataclasses.fields(cls))
    assert rows["open_clip"]["extra"] == "clip"
    assert "text_precision: auto" in call("models")
    assert json.loads(call("models", "open_clip", "--json"))["options"]["batch_size"]["default"] == 8


def test_an_unknown_model_is_told_with_the_nearest() -> None:
    said = call("models", "openclip", code=cli.EXIT_USAGE)
    assert "there is no model 'openclip'; did you mean 'open_clip'?" in said


def test_telling_about_models_imports_none_of_them() -> None:
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from corpusflow.cli import app\n"
        "for words in (['models'], ['models', 'open_clip'], ['models', 'conse', '--json']):\n"
        "    assert CliRunner().invoke(app, words).exit_code == 0\n"
        "heavy = {'torch', 'open_clip', 'transformers', 'onnxruntime', 'openvino', 'sklearn', 'kenlm', 'apache_beam'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"


def test_built_in_recipes_are_listed_and_printed() -> None:
    assert {row["name"] for row in json.loads(call("recipes", "--json"))} == set(built_in_recipes())
    assert "demo  The small web archive" in call("recipes")
    assert yaml.safe_load(call("recipes", "demo"))["name"] == "demo"
    assert "there is no built-in recipe 'dmo'; did you mean 'demo'?" in call("recipes", "dmo", code=cli.EXIT_USAGE)


@pytest.mark.parametrize("name", built_in_recipes())
@pytest.mark.parametrize("way", ["by name", "as preset"])
def test_every_built_in_recipe_runs_by_name_and_as_a_preset(
    tmp_path: Path, name: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Recipe] = []

    def run_corpus(recipe: Recipe, *rest: object) -> None:
        asked.append(recipe)
        raise StartError("not run here")

    monkeypatch.setattr("jobs.launch.run_corpus", run_corpus)
    archive, words = tmp_path / "a.warc", [name]
    if way == "as preset":
        own = {"name": "own", "preset": name, "sources": [{"kind": "warc", "path": "a.warc"}], "fetch": {"web": False}}
        (tmp_path / "own.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
        words = [str(tmp_path / "own.yaml")]
    else:
        words += ["--set", f"sources=[{{kind: warc, path: {archive}}}]", "--set", "fetch.web=false"]
    assert "not run here" in call("run", *words, "--output", str(tmp_path / "out"), code=cli.EXIT_USAGE)
    (recipe,) = asked
    assert [source.path for source in recipe.sources] == [str(archive)]
    assert recipe.based_on == (name if way == "as preset" else yaml.safe_load(call("recipes", name)).get("preset", ""))
    assert recipe.filters


def test_the_schema_of_recipes_is_json() -> None:
    assert set(json.loads(call("recipes", "--schema"))["properties"]) == {*Recipe.model_fields, "preset"}


def test_the_readme_names_every_command_and_no_other_key_than_recipes_have() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = {
        command.name or command.callback.__name__ for command in cli.app.registered_commands if command.callback
    }
    assert {name for name in commands if f"corpusflow {name}" in text} == commands
    example = re.search(r"```yaml\n(name: gardens.*?)```", text, re.DOTALL)
    assert example is not None
    assert parse_recipe(yaml.safe_load(example[1]), BUILT_IN).name == "gardens"


def test_the_readme_names_every_filter_and_every_preset() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {name for name in (*BUILT_IN, *built_in_recipes()) if f"`{name}`" not in text} == {"demo"}


def test_the_recipe_of_the_readme_that_starts_from_a_preset_does(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(name: gardens\npreset: .*?)```", text, re.DOTALL)
    assert example is not None
    file = tmp_path / "gardens.yaml"
    file.write_text(example[1], encoding="utf-8")
    recipe = load_recipe(str(file), BUILT_IN, presets=built_in_recipes())
    assert recipe.based_on == "obelics"
    assert recipe.filters[0].name == "image_extension"
    assert "stop_words" not in {spec.name for spec in recipe.filters}
