"""`corpusflow hashes`: the hashes of pictures, for lists."""

from __future__ import annotations

from typing import Annotated

import typer

from corpusflow.commands.shell import EXIT_FAILED, EXIT_USAGE, stop, tell


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
        stop(EXIT_USAGE, f"--kind {kind}: there are the kinds {', '.join(HASH_KINDS)}")
    typer.echo(f"# kind: {known}")
    failed = False
    for path in picture_files(paths):
        try:
            typer.echo(f"{hash_of_file(path, known)}  {printable(str(path))}")
        except ImageError as error:
            failed = True
            tell(str(error))
    if failed:
        raise typer.Exit(EXIT_FAILED)
