"""What is done before a recipe's graph runs, wherever it runs: checks first, then the plan is written down."""

from __future__ import annotations

import importlib.metadata
import json
import logging
import os
import platform
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from corpusflow import __version__
from corpusflow.errors import MachineError, StartError, StorageError
from corpusflow.filtering import Scorer
from corpusflow.models.remote_file import look_again
from corpusflow.progress import STAGES
from corpusflow.recipe import Recipe, build, model_specs, to_yaml
from corpusflow.recipe.earlier import earlier_indexes
from corpusflow.store.block import Block
from corpusflow.store.paths import TEMPORARY, LocalStore, Store, open_store
from corpusflow.store.reach import answering_store
from corpusflow.store.remote import RemoteStore
from corpusflow.store.run_files import ESTIMATE, INDEX, LOCK, RECIPE, RUN, undamaged
from corpusflow.store.set_aside import read_set_aside, take_back
from jobs.earlier_corpus import make_way
from jobs.part_plan import earlier_parts, settle_parts
from jobs.slices import open_slices, slice_parts, take_slices
from transforms.embed import known_embeddings, similarity_scorer
from transforms.load import load_stage, plan_parts

log = logging.getLogger(__name__)

PROBE = "probe"  # file of a moment
PACKAGES = ("apache-beam", "pillow", "pyarrow", "selectolax", "fastwarc", "torch", "open-clip-torch")

# The stage that uses a model, by the place in the recipe that names it.
LOADED_IN = {
    "extract.language": "extract",
    "text.models": "measure",
    "embed.faces": "faces",
    "embed.similarity": "embed",
    "embed.safety": "embed",
}


@dataclass(frozen=True)
class RunOptions:
    """workers: processes. limit: first pages of the input, None for all. until: the last stage to run. retry_failed:
    whether to fetch again what failed for a reason that may have passed. slice: (number, of how many) where the run
    takes a slice of the input, numbered from 1. merge: run directories of slices, whose work is taken."""

    workers: int = 1
    limit: int | None = None
    until: str = "shard"
    retry_failed: bool = False
    slice: tuple[int, int] | None = None
    merge: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a run will take: its parts, those of earlier runs in the same directory, and the runs of slices."""

    parts: list[Block]
    earlier: list[Block]
    slices: list[Store]


def plan_run(recipe: Recipe, store: Store, options: RunOptions, elsewhere: bool = False) -> Plan:
    """Checks whatever can be checked before anything is written, and lists the input.

    elsewhere: whether other machines than this one will work. Raises RunError, StartError and ModelError when the run
    cannot start.
    """
    check_output(store)
    refuse_itself(recipe, store)
    check_known(recipe)
    earlier = earlier_parts(store)
    parts = plan_parts(recipe, earlier)
    if options.slice is not None:
        parts = slice_parts(parts, *options.slice)
    slices = open_slices(options.merge, store)
    prepare_models(recipe, options.until, elsewhere)
    return Plan(parts, earlier, slices)


def begin_run(recipe: Recipe, store: Store, plan: Plan, options: RunOptions) -> int:
    """Writes down what is to be made. Returns how many parts a limit made it load at once."""
    read_set_aside(store)  # told here where it is damaged, before anything is changed
    store.sweep()
    if make_way(store, options.limit, options.until):
        store.write(RUN, json.dumps(describe_run(recipe, options), indent=1, sort_keys=True).encode())
        store.write(RECIPE, to_yaml(recipe).encode())
    take_slices(plan.slices, store)
    merge_known(recipe, store)
    if options.retry_failed:
        take_back(store)
    return settle_parts(plan.parts, plan.earlier, load_stage(recipe, store), options.limit, options.retry_failed)


def open_run(recipe: Recipe, output: str) -> Store:
    """The run directory, new or of the same corpus. Raises StartError for a directory that is something else,
    and an object store that does not answer."""
    store = answering_store(output)
    if store.exists(RUN):
        with undamaged(store, RUN, f'write {{"corpus": "{recipe.name}"}} into it if it is of this corpus'):
            name = json.loads(store.read(RUN))["corpus"]
        if name != recipe.name:
            raise StartError(
                f"{output} holds the corpus '{name}', the recipe is '{recipe.name}'; give another --output"
            )
    elif not store.exists(ESTIMATE):  # which is written before a run
        refuse_foreign(store, output, f"is no run directory (it has no {RUN})")
    return store


def refuse_foreign(store: Store, output: str, fault: str) -> None:
    """Raises StartError where something else stands at the place of an output that is to be new. fault: what a folder
    that is not empty lacks."""
    if isinstance(store, LocalStore) and os.path.isfile(store.root):
        raise StartError(f"{output} is a file; give another --output")
    if any(not name.startswith((TEMPORARY, LOCK)) for name in _entries(store)):
        raise StartError(f"{output} is not empty and {fault}; give another --output")


def _entries(store: Store) -> Iterable[str]:
    """Whatever stands in the store's root, folders too."""
    if isinstance(store, RemoteStore):
        return store.entries("")
    return os.listdir(store.root) if os.path.exists(store.root) else ()


def refuse_itself(recipe: Recipe, store: Store) -> None:
    """Raises StartError where the corpus of the run directory would be an earlier one to itself."""
    own = _place(store, INDEX)
    for number, index in enumerate(earlier_indexes(recipe)):
        if _place(index.store, index.file) == own:
            raise StartError(
                f"select.earlier[{number}]: {recipe.select.earlier[number]} is what this run makes; its own pages are "
                "compared in any case: take it out, or give another --output"
            )


def _place(store: Store, name: str) -> str:
    path = store.path(name)
    return os.path.realpath(path) if isinstance(store, LocalStore) else path


def prepare_models(recipe: Recipe, until: str, elsewhere: bool = False) -> None:
    """Checks that the models that the run will use can be had, before any worker starts. Raises ModelError.

    elsewhere: then this machine may lack their packages and the GPU, and a line of the log says so.
    """
    last = STAGES.index(until)
    look_again()
    for path, spec, models in model_specs(recipe):
        if last >= STAGES.index(LOADED_IN[path.partition("[")[0]]):
            try:
                cast(Scorer, build(spec, models, path, "model")).prepare()
            except MachineError as error:
                if not elsewhere:
                    raise
                log.warning("%s cannot be checked here, so workers must have what it needs: %s", path, error)


def check_known(recipe: Recipe) -> None:
    """Raises StartError where embeddings cannot be kept, which would show only once the first are made."""
    if recipe.embed.known and recipe.embed.similarity is not None:
        known = open_store(recipe.embed.known)
        try:
            if isinstance(known, RemoteStore):
                # Below a folder of its own: another run that lists the embeddings does not take it for some.
                known.write(f"{PROBE}/{PROBE}", b"")
                known.remove(f"{PROBE}/{PROBE}")
            else:
                known.create(PROBE).close()
                known.discard(PROBE)
        except (OSError, StorageError) as error:
            raise StartError(
                f"embed.known: {known.path('')} cannot be written: {_said(error)}; name a folder that can, or none"
            ) from error


def check_output(store: Store) -> None:
    """Raises StartError where an object store does not take what is written, which would show only once the input is
    listed and the models are loaded. A local directory is made, and told of, when it is locked."""
    if not isinstance(store, RemoteStore):
        return
    # Of this process alone, and under a name that leaves the place empty for another run that looks at it now.
    probe = f"{TEMPORARY}{PROBE}-{uuid.uuid4().hex}"
    try:
        store.write(probe, b"")
        store.remove(probe)
    except FileNotFoundError as error:
        raise StartError(f"{store.path('')}: there is no such bucket; make it first") from error
    except (OSError, StorageError) as error:
        raise StartError(f"{store.path('')} cannot be written: {_said(error)}; give another --output") from error


def _said(error: OSError | StorageError) -> object:
    """The cause, without the name of the file."""
    cause = error.__cause__ if isinstance(error, StorageError) else error
    return cause.strerror if isinstance(cause, OSError) and cause.strerror else cause


def merge_known(recipe: Recipe, store: Store) -> None:
    """Embeddings of earlier runs in few files, before workers look into them."""
    for kind in ("images", "texts"):
        known = known_embeddings(recipe, similarity_scorer(recipe), store, kind)
        if known is not None:
            known.merge()


def describe_run(recipe: Recipe, options: RunOptions) -> dict[str, Any]:
    """What made the run: for a person who asks later. Nothing of it goes into a key."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "corpus": recipe.name,
        "corpusflow": __version__,
        "limit": options.limit,
        "slice": options.slice,
        "until": options.until,
        "packages": versions,
        "machine": {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()},
    }
