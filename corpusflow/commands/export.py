"""`corpusflow export`: the options, and what is said at the end."""

from __future__ import annotations

import json
import signal
from typing import Annotated, Any

import typer

from corpusflow.commands.shell import JsonOption
from corpusflow.inspect.counted import counted
from corpusflow.interrupt import EXIT_INTERRUPTED


def export(
    directory: Annotated[str, typer.Argument(metavar="RUN", help="The directory of a finished run.")],
    output: Annotated[str, typer.Argument(metavar="OUT", help="A new directory, or an empty one.")],
    placement: Annotated[
        str,
        typer.Option(
            help="page: images where the page has them. assigned: each at the text or sentence that it is assigned to "
            "by similarity; those that are assigned to nothing keep the page's place."
        ),
    ] = "page",
    images: Annotated[
        str,
        typer.Option(
            help="before, after or either: on which side of its text an image stands. With the placement of the page "
            "the order stays, and image_info[].text_pos names the next text, the previous, or either by a coin per "
            "image (M3W)."
        ),
    ] = "before",
    tokens: Annotated[
        int | None,
        typer.Option(min=64, help="Windows of at most so many tokens (M3W: 256); those without an image are left out."),
    ] = None,
    max_images: Annotated[int | None, typer.Option(min=1, help="Only the first N images of a sample (M3W: 5).")] = None,
    window: Annotated[
        str,
        typer.Option(
            help="first: from the document's beginning. random: from the beginning of a sentence, drawn of those whose "
            "window is full and has an image. all: one after the other, each begins at the token where the last one "
            "ends."
        ),
    ] = "first",
    tokenizer: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="A tokenizer.json. Without it each word is a token, each mark, and each character of scripts without "
            "spaces (Han, kana, Thai, Lao, Burmese, Khmer, Tibetan). No character is ever cut, images take no tokens.",
        ),
    ] = "",
    form: Annotated[
        str,
        typer.Option(
            help="webdataset: as the run's own shards. mmc4: whole documents as Multimodal C4 has them, pictures "
            "inside the json; documents without similarities are left out."
        ),
    ] = "webdataset",
    seed: Annotated[int, typer.Option(help="Another seed throws other coins and draws other windows.")] = 0,
    shard_bytes: Annotated[
        int | None, typer.Option(min=1, help="Bytes at which a shard is full. Default: as in the run's recipe.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a finished run as shards for training: placement of images, windows of tokens, another form."""
    from corpusflow.export.export import export_run
    from corpusflow.export.options import ExportOptions
    from corpusflow.store.paths import open_store

    # Types are checked where the options are made: typer itself knows no Literal before 0.20.
    given: dict[str, Any] = {"placement": placement, "images": images, "window": window, "form": form}
    options = ExportOptions(
        **given, tokens=tokens, max_images=max_images, tokenizer=tokenizer, seed=seed, shard_bytes=shard_bytes
    )
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # a job that is cancelled tidies up, too
    try:
        manifest = export_run(open_store(directory), open_store(output), options)
    except KeyboardInterrupt:
        typer.echo("\nStopped. Nothing is left of the export.", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)
    typer.echo(json.dumps(manifest) if as_json else "\n".join(_told(manifest)))


def _told(manifest: dict[str, Any]) -> list[str]:
    summary = manifest["summary"]
    sums = [counted(summary[f"{unit}s"], unit) for unit in ("sample", "document", "image", "token")]
    lines = ["{} of {}, {}, {} in ".format(*sums) + counted(len(manifest["shards"]), "shard")]
    for units, reasons in summary["left_out"].items():
        lines += [f"left out: {counted(count, units.removesuffix('s'))}, {reason}" for reason, count in reasons.items()]
    if summary["images_kept_in_place"]:
        lines.append(f"assigned to nothing, as the page has them: {counted(summary['images_kept_in_place'], 'image')}")
    return lines
