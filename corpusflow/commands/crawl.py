"""`corpusflow crawl`: web sites into archives."""

from __future__ import annotations

import json
import shlex
import sys
from typing import Annotated

import typer

from corpusflow.commands.shell import JsonOption, quiet_libraries
from corpusflow.interrupt import interruptible
from corpusflow.store.address import whole_path


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
    quiet_libraries()
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
