"""The rates of an estimate: of a run that has ended, else of a sample; and the size of what is to be read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from corpusflow.cost.facts import Facts, facts_of, part_facts
from corpusflow.cost.prices import Prices, link_facts, web_facts
from corpusflow.cost.sums import Input
from corpusflow.errors import StartError
from corpusflow.filtering import Registry
from corpusflow.inspect.counted import counted
from corpusflow.recipe import Recipe
from corpusflow.store.address import find_files
from corpusflow.store.block import Block
from corpusflow.store.commit import Commit
from corpusflow.store.paths import Store, open_store
from corpusflow.store.run_files import RUN, read_commits
from jobs.dataflow_options import MACHINE, MAX_WORKERS
from jobs.made_blocks import Made
from jobs.part_plan import earlier_parts
from jobs.sample_run import Sample, links_of, run_sample


@dataclass(frozen=True)
class EstimateOptions:
    """workers: processes on this machine. sample: pages of the sample run. fetch: whether the sample asks the web for
    pages and images. rates: a run directory whose commits tell the rates; empty: the run's own, or a sample. prices: a
    file like corpusflow/cost/prices.yaml; empty: that one. machine_type, max_workers: of Dataflow.
    accelerator: a type such as nvidia-l4, empty for none. gpu_machine: of the workers that have one; empty for what
    `corpusflow submit` takes."""

    workers: int = 1
    sample: int = 200
    fetch: bool = False
    rates: str = ""
    prices: str = ""
    machine_type: str = MACHINE
    max_workers: int = MAX_WORKERS
    accelerator: str = ""
    gpu_machine: str = ""


@dataclass(frozen=True)
class Rates:
    """source: where they are from, for a person. exact: whether they are of the whole corpus as it is planned.
    start: seconds that each worker takes once."""

    facts: Facts
    source: str
    memory: int | None = None
    start: float = 0.0
    exact: bool = False
    asked_web: bool = True


def part_sizes(parts: Sequence[Block], prices: Prices) -> dict[str, float]:
    """Bytes of each part's files, by part; 0 for pages that are fetched one by one."""
    paths = [path for part in parts if part.payload[0]["kind"] in ("warc", "html") for path in part.payload[0]["paths"]]
    known = {file.path: file.size for file in find_files(paths)}
    sizes = {}
    for part in parts:
        data = part.payload[0]
        if data["kind"] == "archive":
            sizes[part.id] = prices.web_archive_bytes * len(data["paths"])
        else:
            sizes[part.id] = float(sum(known.get(path, 0) for path in data["paths"])) if not links_of(part) else 0.0
    return sizes


def input_of(recipe: Recipe, parts: Sequence[Block], made: Made, sizes: Mapping[str, float]) -> Input:
    pages = unread = links = 0.0
    for part in parts:
        if part.id in made.parts:
            pages += made.parts[part.id].counts.get("items", 0)
        elif links_of(part):
            links += links_of(part)
        else:
            unread += sizes[part.id]
    return Input(pages, unread, sum(sizes.values()), links, recipe.fetch.web)


def find_rates(
    recipe: Recipe,
    registry: Registry,
    store: Store,
    made: Made,
    parts: Sequence[Block],
    sizes: Mapping[str, float],
    options: EstimateOptions,
    tell: Callable[[str], None],
) -> Rates:
    """From the commits of a run that went to its shards: the one that is named, or that stands there; else of a
    sample. Raises StartError where the named run has none."""
    if options.rates:
        named = open_store(options.rates)
        commits = read_commits(named)
        if not commits["judge"]:
            raise StartError(f"--rates {options.rates}: no run that has ended; its commits tell the rates")
        return Rates(facts_of(commits, run_parts(named, commits), named), f"the run in {options.rates}")
    commits = read_commits(store) if store.exists(RUN) else {}
    if commits.get("judge"):
        facts = facts_of(commits, run_parts(store, commits), store)
        return Rates(facts, "the run that stands there", exact="shard" in made.whole)
    tell(f"runs a sample of {counted(options.sample, 'page')}; what it makes is thrown away")
    sample = run_sample(recipe, registry, parts, options.sample, options.fetch, lambda part: sizes[part.id])
    if sample is None:
        return Rates(Facts(), "nothing: pages are on the web, and --fetch was not given", asked_web=False)
    web = options.fetch or not recipe.fetch.web or not any(block["images"] for block in sample.facts.web)
    return Rates(sample.facts, _told(sample), sample.memory, sample.start, asked_web=web)


def _told(sample: Sample) -> str:
    pages, parts = counted(sample.pages, "page"), counted(sample.parts, "part")
    return f"a sample of {pages} of {parts}, which took {sample.seconds:.0f} s"


def run_parts(store: Store, commits: Mapping[str, Sequence[Commit]]) -> list[dict[str, float]]:
    """What the parts of a finished run were. Files that are gone since are left out."""
    planned = {part.id: part for part in earlier_parts(store)}
    loaded = [(planned[commit.block], commit) for commit in commits["load"] if commit.block in planned]
    paths = [path for part, _ in loaded for path in part.payload[0]["paths"]]
    known = {file.path: file.size for file in find_files(path for path in paths if not path.startswith("http"))}
    facts = []
    for part, commit in loaded:
        size = 0 if links_of(part) else sum(known.get(path, 0) for path in part.payload[0]["paths"])
        if size or links_of(part):
            facts.append(part_facts(commit, size, links_of(part)))
    return facts


def with_defaults_of_web(facts: Facts, recipe: Recipe, prices: Prices) -> Facts:
    """With what is usual on the web, where a sample that does not ask it knows only how many there are."""
    web, linked = facts.web, facts.linked
    if recipe.fetch.web and not any(block["asked"] for block in web):
        web = [web_facts(prices, block["images"]) for block in web]
    return dataclasses.replace(facts, web=web, linked=linked or [link_facts(prices)])
