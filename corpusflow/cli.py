"""The command line: the shell on top. Heavy imports stand inside the commands, so that `--help` answers at once."""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from corpusflow import __version__
from corpusflow.catalogue import filters, models, recipes
from corpusflow.dataflow_commands import status, submit
from corpusflow.errors import CorpusflowError, ModelError, RecipeError, RecordError, StartError
from corpusflow.export.command import export
from corpusflow.inspect.calibration_command import calibrate
from corpusflow.interrupt import interruptible
from corpusflow.models.batch_size_command import batch_size
from corpusflow.plan_command import plan
from corpusflow.store.address import last_name, whole_path

if TYPE_CHECKING:
    from corpusflow.filtering import Registry
    from corpusflow.recipe import Recipe
    from corpusflow.store.paths import Store
    from jobs.begin import RunOptions

EXIT_FAILED = 1  # the run failed, verify found something, or extract could not read a page
EXIT_USAGE = 2  # the command, the recipe or a model is wrong; nothing was started

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

RecipeArgument = Annotated[str, typer.Argument(help="A recipe file, or the name of a built-in recipe.")]
RunArgument = Annotated[str, typer.Argument(help="A run directory.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="Override a key of the recipe: filters.image_size.options.min_side=200"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"corpusflow {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Interleaved image-text corpora from raw web material: WARC, HTML or URL lists to WebDataset shards."""


@app.command()
def run(
    recipe: RecipeArgument,
    output: Annotated[str | None, typer.Option(help="The run directory. Default: the recipe's name.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    runner: Annotated[
        str,
        typer.Option(
            help="The engine: local, flink, spark or portable. On any but local all workers must see --output and "
            "the sources: gs://, s3:// or a shared file system."
        ),
    ] = "local",
    beam: Annotated[
        list[str] | None,
        typer.Option(metavar="OPTION", help="An option of Beam for the engine: --beam --job_endpoint=HOST:PORT"),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N pages of the input.")] = None,
    until: Annotated[
        str, typer.Option(metavar="STAGE", help="Stop after a stage: load, extract, ... shard.")
    ] = "shard",
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Fetch again what failed for a reason that may have passed.")
    ] = False,
    slice_: Annotated[
        str, typer.Option("--slice", metavar="N/M", help="Only the Nth of M slices of the input's files.")
    ] = "",
    merge: Annotated[
        list[str] | None,
        typer.Option(metavar="RUN", help="Take what the run of a slice made. Give it once for each slice."),
    ] = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build a corpus, or go on where an earlier run stopped."""
    from corpusflow.progress import STAGES

    if until not in STAGES:
        _stop(EXIT_USAGE, f"--until {until}: there are the stages {', '.join(STAGES)}")
    loaded, registry = _load(recipe, overrides)
    directory = output or loaded.name
    _quiet_libraries()
    from corpusflow.inspect.ending import ending
    from corpusflow.inspect.growth import read_growth
    from corpusflow.watch import Watch
    from corpusflow.work_done import WorkDone
    from jobs.begin import RunOptions
    from jobs.cluster import run_on
    from jobs.engines import engine_named
    from jobs.launch import run_corpus
    from jobs.slices import parse_slice

    engine = engine_named(runner, beam or (), workers)
    part = parse_slice(slice_) if slice_ else None
    options = RunOptions(workers, limit, until, retry_failed, part, tuple(merge or ()))
    done: list[WorkDone] = []
    with interruptible(f"corpusflow run {_again(recipe, directory, overrides, options, runner, beam)}"):
        watch = Watch()
        if engine is None:
            manifest = run_corpus(loaded, registry, directory, options, watch, done.append)
        else:
            manifest = run_on(engine, loaded, registry, directory, options, watch.of_job, done.append)
        watch.close()
    growth = read_growth(_open_run(directory)) if manifest is not None else None
    if as_json:
        told = {"directory": whole_path(directory), "manifest": manifest}
        told |= done[0].to_json() if done else {}
        told["growth"] = asdict(growth) if growth else None
        typer.echo(json.dumps(told))
        return
    if manifest is not None:
        typer.echo("\n".join(ending(manifest, directory)))
    if growth:
        typer.echo(str(growth))
    if done:
        typer.echo(str(done[0]))
    if manifest is None:
        typer.echo(f"Stopped after {until}, as asked. Run without --until to go on: {directory}")
    elif not manifest["samples"]:
        typer.echo("Nothing was kept: the funnel says why.", err=True)


@app.command()
def sample(
    directory: RunArgument,
    number: Annotated[int, typer.Option("-n", "--number", min=1, help="How many documents.")] = 3,
    seed: Annotated[int, typer.Option(help="Another seed draws other documents.")] = 0,
    key: Annotated[list[str] | None, typer.Option(help="This document; can be given again.")] = None,
    dropped: Annotated[bool, typer.Option("--dropped", help="Documents that were dropped, not kept ones.")] = False,
    reason: Annotated[
        str, typer.Option(help="Documents that went, or lost a text or an image, for this reason, or by this filter.")
    ] = "",
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Write a folder per document.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write one self-contained page.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show some documents of a run: what was kept in its order, what was dropped and why."""
    from corpusflow.inspect.counted import counted
    from corpusflow.inspect.folder import write_folders
    from corpusflow.inspect.markdown import to_markdown
    from corpusflow.inspect.no_samples import why_none
    from corpusflow.inspect.page import html_page
    from corpusflow.inspect.samples import read_documents, read_dropped, read_samples
    from corpusflow.inspect.terminal import to_terminal

    store = _open_run(directory)
    if key:
        views = read_documents(store, key)
    elif dropped or reason:
        views = read_dropped(store, number, seed=seed, reason=reason)
    else:
        views = read_samples(store, number, seed=seed)
    if not views:
        _tell(why_none(store, dropped, reason))
    if folder is not None:
        write_folders(views, folder)
        typer.echo(f"{counted(len(views), 'document')} in {folder}")
    if html is not None:
        html.write_text(html_page(views, last_name(directory)), encoding="utf-8")
        typer.echo(f"{counted(len(views), 'document')} in {html}")
    if as_json:
        rows = [dict(view.sample) if view.whole is None else view.whole.to_json() for view in views]
        typer.echo(json.dumps(rows, indent=1))
    elif markdown:
        typer.echo("\n".join(to_markdown(view, lambda member: member) for view in views))
    elif folder is None and html is None:
        from rich.console import Console

        for view in views:
            Console().print(to_terminal(view))


@app.command()
def verify(
    directory: RunArgument,
    quick: Annotated[bool, typer.Option("--quick", help="Lengths, checksums and tables only.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check the shards of a finished run or an export: checksums, tars, json, pictures. Exit code 1 for a fault."""
    from corpusflow.inspect.printable import printable
    from corpusflow.inspect.verify import verify as find_problems
    from corpusflow.store.manifest import read_manifest

    store = _open_shards(directory)
    manifest = read_manifest(store)
    problems = find_problems(store, deep=not quick)
    if as_json:
        typer.echo(json.dumps([asdict(problem) for problem in problems], indent=1))
    else:
        for problem in problems:
            typer.echo(printable(str(problem)))
        shards, samples = len(manifest["shards"]), manifest["samples"]
        typer.echo(f"shards {shards:,}, samples {samples:,}, problems {len(problems):,}")
    if problems:
        raise typer.Exit(EXIT_FAILED)


app.command()(submit)
app.command()(status)
app.command()(export)
app.command("batch-size")(batch_size)
app.command()(calibrate)
app.command()(plan)


@app.command()
def extract(
    pages: Annotated[list[str], typer.Argument(metavar="FILE|URL", help="Pages; `-` is standard input.")],
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where the one FILE stands on the web.")] = None,
    content_type: Annotated[
        str | None, typer.Option(metavar="TYPE", help="The Content-Type header; its charset counts.")
    ] = None,
    why: Annotated[bool, typer.Option("--why", help="Tell what was left out, and why.")] = False,
    allow_loopback: Annotated[
        bool, typer.Option("--allow-loopback", help="Allow 127.0.0.0/8 and ::1: for tests.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a script, one line a page.")] = False,
) -> None:
    """Show what is read of single pages: facts, texts and images in order. Exit code 1 when one cannot be read."""
    from rich.console import Console

    from corpusflow.document import Provenance
    from corpusflow.extract.html import read_page
    from corpusflow.extract.page_url import is_url
    from corpusflow.inspect.reading import reading_to_json, reading_to_terminal
    from corpusflow.sources.single_page import STAND_IN, is_web_url, open_page

    if url is not None and not (is_web_url(url) and is_url(url)):
        _stop(EXIT_USAGE, f"--url {url}: not an http or https URL")
    if url is not None and (len(pages) > 1 or is_web_url(pages[0])):
        _stop(EXIT_USAGE, "--url goes with one FILE: it says where that stands on the web")
    if url is None and not all(map(is_web_url, pages)):
        _tell(f"no --url is given: relative addresses are shown below {STAND_IN}")
    failed = False
    for name in pages:
        try:
            page = open_page(name, url, allow_loopback=allow_loopback)
            declared, provenance = content_type or page.content_type, Provenance(page.source)
            reading = read_page(page.body, page.url, declared, provenance=provenance, explain=why)
        except RecordError as error:
            failed = True
            _tell(f"{name}: {error.code}" + (f": {error.detail}" if error.detail else ""))
            continue
        if as_json:
            typer.echo(json.dumps(reading_to_json(reading, why)))
        else:
            Console().print(reading_to_terminal(reading, why))
    if failed:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def hashes(
    paths: Annotated[list[str], typer.Argument(metavar="FOLDER|FILE", help="Pictures, and folders of such.")],
    kind: Annotated[str, typer.Option(help="phash, dhash, pdq, sha256, sha1 or md5.")] = "phash",
) -> None:
    """Print the hash of each picture, as the filter blocked_images reads them. Exit code 1 when one cannot be had."""
    from corpusflow.errors import ImageError
    from corpusflow.inspect.printable import printable
    from corpusflow.safety.hash_files import hash_of_file, picture_files
    from corpusflow.safety.hash_list import HASH_KINDS

    known = next((each for each in HASH_KINDS if each == kind), None)
    if known is None:
        _stop(EXIT_USAGE, f"--kind {kind}: there are the kinds {', '.join(HASH_KINDS)}")
    typer.echo(f"# kind: {known}")
    failed = False
    for path in picture_files(paths):
        try:
            typer.echo(f"{hash_of_file(path, known)}  {printable(str(path))}")
        except ImageError as error:
            failed = True
            _tell(str(error))
    if failed:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def crawl(
    seeds: Annotated[
        list[str] | None, typer.Argument(metavar="SEEDS", help="URLs, files with a URL a line, sitemaps.")
    ] = None,
    output: Annotated[str, typer.Option(metavar="DIR", help="Where archives and tables go.")] = "crawl",
    contact: Annotated[str, typer.Option(help="URL or mailto: address that the User-Agent tells to web sites.")] = "",
    sitemap: Annotated[list[str] | None, typer.Option(metavar="URL", help="A sitemap; can be given again.")] = None,
    sitemaps: Annotated[bool, typer.Option("--sitemaps", help="Read the sitemaps that robots.txt names.")] = False,
    depth: Annotated[int, typer.Option(min=0, help="Links from a seed.")] = 3,
    max_pages: Annotated[int, typer.Option(min=1, help="Pages asked for, without images.")] = 1000,
    host: Annotated[list[str] | None, typer.Option(help="Stay on this host; default: those of the seeds.")] = None,
    prefix: Annotated[list[str] | None, typer.Option(help="Stay below this path or URL.")] = None,
    images: Annotated[bool, typer.Option(help="Fetch the images of the pages, too.")] = True,
    pause: Annotated[float, typer.Option(min=0, help="Seconds between two requests to a host.")] = 1.0,
    per_host: Annotated[int, typer.Option(min=1, help="Requests in flight per host.")] = 2,
    max_bytes: Annotated[int, typer.Option(min=1, help="Bytes of one page or image.")] = 20_000_000,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one URL.")] = 30.0,
    opt_out: Annotated[str, typer.Option(metavar="FILE", help="Domains and URL patterns that are not asked.")] = "",
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Ask again for what failed for a reason that may have passed.")
    ] = False,
    allow_loopback: Annotated[
        bool, typer.Option("--allow-loopback", help="Allow 127.0.0.0/8 and ::1: for tests.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Crawl web sites into WARC archives that a recipe can read, or go on where an earlier crawl stopped."""
    _quiet_libraries()
    import shlex

    from corpusflow.crawl.options import CrawlOptions
    from corpusflow.crawl.totals import to_text
    from corpusflow.crawl.watch import CrawlWatch
    from corpusflow.inspect.printable import printable
    from jobs.crawl import run_crawl

    options = CrawlOptions(
        seeds=tuple(seeds or ()),
        sitemaps=tuple(sitemap or ()),
        robots_sitemaps=sitemaps,
        depth=depth,
        max_pages=max_pages,
        hosts=tuple(host or ()),
        prefixes=tuple(prefix or ()),
        images=images,
        contact=contact,
        workers=workers,
        pause_s=pause,
        per_host=per_host,
        max_bytes=max_bytes,
        timeout_s=timeout,
        allow_loopback=allow_loopback,
        opt_out=opt_out,
    )
    with interruptible(f"corpusflow {shlex.join(sys.argv[1:])}"):
        watch = CrawlWatch()
        report, was_finished = run_crawl(options, output, watch, retry_failed)
        watch.close()
    if as_json:
        typer.echo(json.dumps({"directory": whole_path(output), **report}))
        return
    if was_finished:
        typer.echo("This crawl was finished before; nothing was asked for.\n")
    typer.echo(printable(to_text(report["totals"], output)))


app.command()(filters)
app.command()(models)
app.command()(recipes)


def main() -> None:
    """The console script. Errors that a person can act on are one message, not a traceback."""
    from corpusflow.siblings import check_siblings

    try:
        check_siblings()
        app()
    except (RecipeError, ModelError, StartError) as error:
        _stop(EXIT_USAGE, str(error))
    except (CorpusflowError, OSError) as error:
        _stop(EXIT_FAILED, str(error))


def _load(recipe: str, overrides: list[str] | None) -> tuple[Recipe, Registry]:
    from corpusflow.recipe import load_recipe
    from filters.registry import available_filters
    from jobs.built_in import built_in_recipes

    registry = available_filters()
    known = built_in_recipes()
    if recipe in known and not os.path.isfile(recipe):
        # What a built-in recipe works on lies where the user is, not where the recipe is installed.
        return load_recipe(known[recipe], registry, overrides or (), os.curdir, known), registry
    return load_recipe(recipe, registry, overrides or (), presets=known), registry


def _open_run(directory: str) -> Store:
    from corpusflow.store.paths import open_store
    from corpusflow.store.run_files import RUN

    store = open_store(directory)
    if not store.exists(RUN):
        raise StartError(f"{directory} is no run directory (it has no {RUN})")
    return store


def _open_shards(directory: str) -> Store:
    """A run directory, or an export."""
    from corpusflow.store.paths import open_store
    from corpusflow.store.run_files import MANIFEST

    store = open_store(directory)
    return store if store.exists(MANIFEST) else _open_run(directory)


def _again(
    recipe: str, output: str, overrides: list[str] | None, options: RunOptions, runner: str, beam: list[str] | None
) -> str:
    """The arguments that go on with a run."""
    words = [recipe, "--output", output, *(word for text in overrides or () for word in ("--set", text))]
    words += ["--workers", str(options.workers)] if options.workers > 1 else []
    words += ["--runner", runner] if runner != "local" else []
    words += [word for option in beam or () for word in ("--beam", option)]
    words += ["--limit", str(options.limit)] if options.limit else []
    words += ["--until", options.until] if options.until != "shard" else []
    words += ["--retry-failed"] if options.retry_failed else []
    words += ["--slice", f"{options.slice[0]}/{options.slice[1]}"] if options.slice else []
    words += [word for slice_ in options.merge for word in ("--merge", slice_)]
    import shlex

    return shlex.join(words)


def _quiet_libraries() -> None:
    """Beam and its friends log much that is not for the person who runs a corpus; our own log stays."""
    logging.basicConfig(level=logging.CRITICAL, format="%(levelname)s %(message)s")
    for name in ("corpusflow", "filters", "transforms", "jobs"):
        logging.getLogger(name).setLevel(logging.INFO)


def _tell(message: str) -> None:
    from corpusflow.inspect.printable import printable

    typer.echo(f"corpusflow: {printable(message)}", err=True)


def _stop(code: int, message: str) -> NoReturn:
    _tell(message)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
