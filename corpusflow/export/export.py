"""A finished run to shards for training: each image where it is wanted, whole documents or windows of them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import yaml

from corpusflow import __version__
from corpusflow.errors import StartError
from corpusflow.export.card import card_text
from corpusflow.export.options import ExportOptions
from corpusflow.export.samples import Exported, exported, run_samples
from corpusflow.export.shards import FOLDER, write_shards
from corpusflow.export.tokens import Tokens, open_tokens
from corpusflow.export.views import KEPT_IN_PLACE
from corpusflow.store.address import entries, is_address, is_file, is_inside
from corpusflow.store.commit import Commit
from corpusflow.store.keys import key_of
from corpusflow.store.manifest import read_manifest, shard_rows
from corpusflow.store.paths import Store
from corpusflow.store.run_files import CARD, MANIFEST, RECIPE, RUN

SIZES = f"{FOLDER}/sizes.json"  # samples of each shard; open_flamingo and open_clip look for both of these
LENGTH = f"{FOLDER}/__len__"
CLAIM = "export.claim"  # on an object store, while an export is at work: there are no folders to make there


def export_run(run: Store, output: Store, options: ExportOptions) -> dict[str, Any]:
    """Writes the export and returns its manifest, which is written last. The same run and options give the same bytes.

    Whatever ends it before, Ctrl-C too, takes away what it wrote. Raises RunError before the run's end, StartError
    for a directory that is no run, where the output has something in it, or where the run did not measure what is asked
    for.
    """
    if not run.exists(RUN):
        raise StartError(f"{run.root} is no run directory (it has no {RUN})")
    manifest, recipe = read_manifest(run), yaml.safe_load(run.read(RECIPE))
    check_measured(recipe, options)
    tokens = open_tokens(options.tokenizer)
    made_from = hashlib.sha256(run.read(MANIFEST)).hexdigest()
    settings = _settings(options, tokens, recipe["output"])
    split, key = recipe["output"]["split"], key_of([made_from, settings])
    counts: Counter[str] = Counter()
    pictures: set[str] = set()
    claim(output, run)
    try:
        samples = _noted(exported(run_samples(run), options, tokens, counts), pictures)
        shards = write_shards(output, samples, split, settings["shard_bytes"], key)
        summary = _summary(shards, counts) | {"made_from": made_from, "options": settings, "corpusflow": __version__}
        _write_sizes(output, shards, summary["samples"])
        output.write(RECIPE, run.read(RECIPE))
        output.write(CARD, card_text(manifest["corpus"], summary, shards, split, pictures).encode())
        told = {
            "corpus": manifest["corpus"],
            "form": options.form,
            "samples": summary["samples"],
            "shards": shard_rows(shards),
            "summary": summary,
        }
        output.write(MANIFEST, json.dumps(told, indent=1, sort_keys=True).encode())
        output.remove(CLAIM)
    except BaseException:
        _remove(output)
        raise
    return told


def check_measured(recipe: Mapping[str, Any], options: ExportOptions) -> None:
    """Raises StartError where the options ask for similarities and the run has none."""
    if recipe["embed"]["similarity"] is not None:
        return
    asked = "--placement assigned" if options.placement == "assigned" else "--form mmc4"
    if options.placement == "assigned" or options.form == "mmc4":
        raise StartError(
            f"{asked}: this run measured no similarity; name a scorer in embed.similarity, such as conse, and run it "
            "again: nothing else is made anew"
        )


def claim(output: Store, run: Store) -> None:
    """Makes the folder of the shards. Raises StartError where something stands there, or where the run's own files
    stand."""
    if is_inside(output.root, run.root):
        raise StartError(f"{output.root} is the run's own place; give another OUT")
    if is_file(output.root):
        raise StartError(f"{output.root} is a file; give another OUT")
    if found := entries(output.root):
        raise _taken(output, found)
    if not is_address(output.root):
        os.makedirs(output.root, exist_ok=True)
        os.mkdir(output.path(FOLDER))  # of two exports that come this far at once the second fails here
        return
    try:
        first = output.write_new(CLAIM, uuid.uuid4().bytes)
    except FileNotFoundError as error:
        raise StartError(f"{output.root}: there is no such bucket; make it first") from error
    if not first:
        raise _taken(output, [CLAIM])
    # Another one may have ended between the look and the claim.
    if found := [name for name in entries(output.root) if name != CLAIM]:
        output.remove(CLAIM)
        raise _taken(output, found)


def _taken(output: Store, found: list[str]) -> StartError:
    told = "" if MANIFEST in found else f" and no {MANIFEST}, as an export that is at work or was killed"
    return StartError(f"{output.root} is not empty: it has {found[0]}{told}; give another OUT, or remove it")


def _noted(samples: Iterable[Exported], pictures: set[str]) -> Iterator[Exported]:
    """The same, with the names of their pictures in the set."""
    for sample in samples:
        pictures.update(sample.pictures)
        yield sample


def _settings(options: ExportOptions, tokens: Tokens, output: Mapping[str, Any]) -> dict[str, Any]:
    """The options with what they come to, fit for whoever gets the shards: no paths."""
    shard_bytes = options.shard_bytes or output["shard_bytes"]
    return asdict(options) | {"tokenizer": tokens.name, "shard_bytes": shard_bytes}


def _summary(shards: list[Commit], counts: Counter[str]) -> dict[str, Any]:
    """What is in the export, and by unit and reason what of the run is not."""
    sums = {name: sum(commit.counts.get(name, 0) for commit in shards) for name in ("texts", "images", "tokens")}
    left_out: dict[str, dict[str, int]] = {"samples": {}, "images": {}, "tokens": {}}
    for name, count in sorted(counts.items()):
        unit, separator, reason = name.partition("/")
        if separator and reason != KEPT_IN_PLACE and count:
            left_out[unit][reason] = count
    return {
        "documents": counts["documents"],
        "document_images": counts["images_in"],
        "samples": sum(commit.counts["items"] for commit in shards),
        **sums,
        "images_kept_in_place": counts[f"images/{KEPT_IN_PLACE}"],
        "left_out": left_out,
    }


def _write_sizes(output: Store, shards: list[Commit], samples: int) -> None:
    sizes = {commit.files["tar"].name.removeprefix(f"{FOLDER}/"): commit.counts["items"] for commit in shards}
    output.write(SIZES, json.dumps(sizes, indent=1).encode())
    output.write(LENGTH, str(samples).encode())


def _remove(output: Store) -> None:
    """All that is there: nothing was when the export began."""
    for name in output.names(FOLDER):
        output.remove(name)
    if not is_address(output.root):
        shutil.rmtree(output.path(FOLDER), ignore_errors=True)  # with what is begun
    for name in (RECIPE, CARD, MANIFEST, CLAIM):
        output.discard(name)
        output.remove(name)
