from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from corpusflow.consent.from_recipe import consent_rules
from corpusflow.consent.rules import ConsentRules
from corpusflow.errors import RecipeError
from corpusflow.recipe import Recipe, load_recipe, parse_recipe


def data(consent: Any) -> dict[str, Any]:
    sources = [{"kind": "warc", "path": "w"}]
    return {"name": "c", "sources": sources, "fetch": {"web": False}} | (
        {} if consent is None else {"consent": consent}
    )


def loaded(folder: Path, consent: Any) -> Recipe:
    (folder / "r.yaml").write_text(yaml.safe_dump(data(consent)), encoding="utf-8")
    return load_recipe(str(folder / "r.yaml"), {})


def test_a_recipe_that_does_not_speak_of_consent_is_closed() -> None:
    assert consent_rules(parse_recipe(data(None), {})) == ConsentRules()


def test_a_recipe_opens_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a.example\n")
    consent = {"directives": ["noai"], "tdm": False, "robots_txt": False, "opt_out": "list.txt"}
    rules = consent_rules(loaded(tmp_path, consent))
    assert (rules.directives, rules.tdm, rules.robots_txt) == (("noai",), False, False)
    assert rules.opt_out.path == str(tmp_path / "list.txt")
    assert rules.opt_out.entry_for("https://a.example/") == "line 1: a.example"
    assert consent_rules(parse_recipe(data({"directives": []}), {})).directives == ()


@pytest.mark.parametrize(
    ("consent", "message"),
    [
        ({"directives": ["noindex", "noia"]}, "consent.directives[1]: Input should be 'noai', 'noimageai'"),
        ({"directivs": ["noai"]}, "consent: has no 'directivs'; did you mean 'directives'?"),
        ({"tdm": "perhaps"}, "consent.tdm: Input should be a valid boolean"),
        ({"opt_out": ""}, "consent.opt_out: String should have at least 1 character"),
        ({"opt_out": "none.txt"}, "consent.opt_out: FOLDER/none.txt: the opt-out list cannot be read: No such file"),
        ({"opt_out": "odd.txt"}, "consent.opt_out: FOLDER/odd.txt:2: 'nobody' is neither a domain"),
    ],
)
def test_a_mistake_is_told_with_its_path_before_anything_starts(tmp_path: Path, consent: Any, message: str) -> None:
    (tmp_path / "odd.txt").write_text("a.example\nnobody\n")
    with pytest.raises(RecipeError) as error:
        loaded(tmp_path, consent)
    assert str(error.value).startswith(message.replace("FOLDER", str(tmp_path)))
