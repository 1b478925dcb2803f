"""`corpusflow verify`: shards, checked."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from corpusflow.commands.shell import EXIT_FAILED, JsonOption, RunArgument, open_shards


def verify(
    directory: RunArgument,
    quick: Annotated[bool, typer.Option("--quick", help="Lengths, checksums and tables only.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check the shards of a finished run or an export: checksums, tars, json, pictures. Exit code 1 for a fault."""
    from corpusflow.inspect.printable import printable
    from corpusflow.inspect.verify import verify as find_problems
    from corpusflow.store.manifest import read_manifest

    store = open_shards(directory)
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
