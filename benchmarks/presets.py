"""One run per preset on the same pages: what each keeps, and what it drops for which reason.

    python -m benchmarks.presets [--data DIR] [--runs DIR] [PRESET ...]

The pages are all web archives and sites of the data. Images are taken from there only. Models that need weights which
do not come with a package are replaced by those that do: `conse` for CLIP, whose scale is its own, so that the bound of
`alignment` is another one, too; what this drops says nothing about the preset's model. Prints the funnels and the
reasons and writes benchmarks/results/presets.json. Runs stay in --runs, to be looked at with `corpusflow sample`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from benchmarks.results import Figure, tell
from benchmarks.web_data import DATA, sources
from corpusflow.recipe import Recipe, load_recipe
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.built_in import built_in_recipes
from jobs.launch import run_corpus

NOT_PRESETS = {"demo"}
CONSE_MIN_SCORE = 0.1  # as in the demo


def presets() -> list[str]:
    return [name for name in built_in_recipes() if name not in NOT_PRESETS]


def recipe_of(preset: str, data: Path, folder: Path) -> Recipe:
    """The preset on the data, with stand-ins for models that cannot be loaded here."""
    registry = available_filters()
    recipe: dict[str, Any] = {
        "preset": preset,
        "name": preset,
        "sources": sources(data),
        "fetch": {"web": False},
        "limits": {"failed_documents": 1, "failed_images": 1},
    }
    whole = yaml.safe_load(Path(built_in_recipes()[preset]).read_text(encoding="utf-8"))
    if (whole.get("embed") or {}).get("similarity") or "preset" in whole:
        recipe["embed"] = {"similarity": {"name": "conse"}}
        options = {"min_score": CONSE_MIN_SCORE, "languages": ["en"]}
        recipe["filters"] = [{"name": "alignment", "options": options}]
    file = folder / f"{preset}.yaml"
    file.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return load_recipe(str(file), registry, presets=built_in_recipes())


def figures(preset: str, summary: dict[str, Any]) -> Iterator[Figure]:
    for unit in ("documents", "texts", "images"):
        account = summary[unit]
        yield Figure(f"{preset}: {unit} that came in", unit, account["in"])
        yield Figure(f"{preset}: {unit} kept", unit, account["kept"])
        for reason, count in Counter(account["dropped"]).most_common():
            yield Figure(f"{preset}: {unit} dropped, {reason}", unit, count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="PRESET", help="all, where none is named")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--runs", type=Path, help="where the run directories stay; else they are removed")
    given = parser.parse_args()
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.runs or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for preset in given.names or presets():
            recipe = recipe_of(preset, given.data, folder)
            manifest = run_corpus(recipe, available_filters(), str(folder / preset), RunOptions())
            assert manifest is not None
            found += figures(preset, manifest["summary"])
    tell("presets", found)


if __name__ == "__main__":
    main()
