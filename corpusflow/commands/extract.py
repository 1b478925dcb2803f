"""`corpusflow extract`: single pages, as they are read."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from corpusflow.commands.shell import EXIT_FAILED, EXIT_USAGE, stop, tell
from corpusflow.errors import RecordError


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
        stop(EXIT_USAGE, f"--url {url}: not an http or https URL")
    if url is not None and (len(pages) > 1 or is_web_url(pages[0])):
        stop(EXIT_USAGE, "--url goes with one FILE: it says where that stands on the web")
    if url is None and not all(map(is_web_url, pages)):
        tell(f"no --url is given: relative addresses are shown below {STAND_IN}")
    failed = False
    for name in pages:
        try:
            page = open_page(name, url, allow_loopback=allow_loopback)
            declared, provenance = content_type or page.content_type, Provenance(page.source)
            reading = read_page(page.body, page.url, declared, provenance=provenance, explain=why)
        except RecordError as error:
            failed = True
            tell(f"{name}: {error.code}" + (f": {error.detail}" if error.detail else ""))
            continue
        if as_json:
            typer.echo(json.dumps(reading_to_json(reading, why)))
        else:
            Console().print(reading_to_terminal(reading, why))
    if failed:
        raise typer.Exit(EXIT_FAILED)
