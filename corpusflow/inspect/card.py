"""The dataset card: README.md of a run directory, for whoever gets the shards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import yaml
from markupsafe import Markup

from corpusflow.images.stored_format import EXTENSIONS
from corpusflow.inspect.contents import Contents, read_contents
from corpusflow.inspect.funnel import to_text
from corpusflow.inspect.hub_features import hub_features
from corpusflow.inspect.markdown import fenced
from corpusflow.inspect.negative_pools import pool_sizes
from corpusflow.inspect.rendering import render
from corpusflow.inspect.report import run_facts
from corpusflow.inspect.sample_form import SampleForm, fields
from corpusflow.inspect.yaml_value import yaml_text
from corpusflow.store.manifest import read_manifest
from corpusflow.store.measure_columns import PREFIX
from corpusflow.store.paths import Store
from corpusflow.store.run_files import CARD, RECIPE
from corpusflow.text.document_measures import MEASURES

MOST_LANGUAGES = 20

SNIPPET = """\
import glob

import webdataset

shards = sorted(glob.glob("shards/*.tar"))
for sample in webdataset.WebDataset(shards, shardshuffle=False).decode("pil"):
    about = sample["json"]
    for text, name in zip(about["texts"], about["images"]):
        if name is None:
            print(text)
        else:
            picture = sample[name.removeprefix(sample["__key__"] + ".")]
            print(name, picture.size)"""


def write_card(store: Store) -> None:
    """Writes README.md into the run directory. Raises RunError before the run's end."""
    manifest, contents = read_manifest(store), read_contents(store)
    recipe = yaml.safe_load(store.read(RECIPE))
    split, extension = recipe["output"]["split"], EXTENSIONS[recipe["fetch"]["format"]]
    text = render(
        "card.md",
        header=Markup(front_matter(manifest["corpus"], contents, split, extension)),
        manifest=manifest,
        description=recipe["description"],
        preset=recipe.get("based_on", ""),
        sources=[source_text(source) for source in recipe["sources"]],
        filters=[rule_text(rule) for rule in recipe["filters"]],
        models={
            "language": _model(recipe["extract"]["language"]),
            "texts": "; ".join(_model(spec) for spec in recipe["text"]["models"]) or "none",
            "similarity of images and texts": _model(recipe["embed"]["similarity"]),
            "safety of images": _model(recipe["embed"]["safety"]),
        },
        negatives=pool_sizes(store),
        version=run_facts(store).get("corpusflow", ""),
        contents=contents,
        funnel=Markup(fenced(to_text(manifest["summary"]).rstrip())),
        snippet=Markup(fenced(SNIPPET).replace("```", "```python", 1)),
        fields=[(name, Markup(explanation)) for name, explanation in fields()],
        measures=[(f"{PREFIX}{name}", Markup(explanation)) for name, explanation in MEASURES.items()],
        most_languages=MOST_LANGUAGES,
    )
    store.write(CARD, text.encode())


def front_matter(name: str, contents: Contents, split: str, extension: str) -> str:
    """The YAML that dataset hubs read. Written by a YAML library: the code of Norwegian alone is `no`."""
    languages = sorted(code for code in contents.languages if code and not code.startswith("und"))
    data = {"pretty_name": name, "language": languages, "tags": ["webdataset", "image-text", "interleaved"]}
    pictures = [f"{number}.{extension}" for number in range(contents.most_images)]
    data |= hub_features(SampleForm, pictures, split)
    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    return text.rstrip()


def source_text(source: Mapping[str, Any]) -> str:
    """`warc: news.warc.gz`, `html: https://docs.example/v1/`. Only the last part of a path: the folders above are the
    maker's own business."""
    if source["kind"] == "html":
        return ", ".join(filter(None, [f"html: {source['base_url']}", source["name"]]))
    place = source.get("path") or source.get("index") or source.get("crawl") or "archives"
    return f"{source['kind']}: {source['name'] or PurePath(place).name}"


def rule_text(rule: Mapping[str, Any]) -> str:
    """`image_size: min_side = 150, max_aspect = null`, values as in the recipe."""
    options = ", ".join(f"{name} = {_value_text(value)}" for name, value in rule["options"].items())
    return f"{rule['name']}: {options}" if options else str(rule["name"])


def _value_text(value: Any) -> str:
    if isinstance(value, str) and PurePath(value).is_absolute():
        return PurePath(value).name  # as of sources
    return yaml_text(value)


def _model(spec: Mapping[str, Any] | None) -> str:
    return "none" if spec is None else rule_text(spec)
