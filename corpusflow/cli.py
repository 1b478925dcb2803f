"""The command line: each command is a module of `corpusflow.commands`. Heavy imports stand inside the commands, so that
`--help` answers at once."""

from __future__ import annotations

from typing import Annotated

import typer

from corpusflow import __version__
from corpusflow.commands.batch_size import batch_size
from corpusflow.commands.calibrate import calibrate
from corpusflow.commands.catalogue import filters, models, recipes
from corpusflow.commands.crawl import crawl
from corpusflow.commands.dataflow import status, submit
from corpusflow.commands.export import export
from corpusflow.commands.extract import extract
from corpusflow.commands.hashes import hashes
from corpusflow.commands.plan import plan
from corpusflow.commands.run import run
from corpusflow.commands.sample import sample
from corpusflow.commands.shell import EXIT_FAILED, EXIT_USAGE, stop
from corpusflow.commands.verify import verify
from corpusflow.errors import CorpusflowError, ModelError, RecipeError, StartError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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


app.command()(run)
app.command()(plan)
app.command()(status)
app.command()(submit)
app.command()(sample)
app.command()(verify)
app.command()(export)
app.command("batch-size")(batch_size)
app.command()(calibrate)
app.command()(extract)
app.command()(hashes)
app.command()(crawl)
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
        stop(EXIT_USAGE, str(error))
    except (CorpusflowError, OSError) as error:
        stop(EXIT_FAILED, str(error))


if __name__ == "__main__":
    main()
