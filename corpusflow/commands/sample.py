"""`corpusflow sample`: documents of a run, shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from corpusflow.commands.shell import JsonOption, RunArgument, open_run, tell
from corpusflow.store.address import last_name


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

    store = open_run(directory)
    if key:
        views = read_documents(store, key)
    elif dropped or reason:
        views = read_dropped(store, number, seed=seed, reason=reason)
    else:
        views = read_samples(store, number, seed=seed)
    if not views:
        tell(why_none(store, dropped, reason))
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
