"""`corpusflow calibrate`: the options, how it goes, and what is said at the end."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated, TextIO

import typer

from corpusflow.commands.shell import JsonOption, RunArgument, open_run


def calibrate(
    directory: RunArgument,
    precision: Annotated[
        float, typer.Option(min=0.5, max=1, help="Wanted share of matched pairs above a threshold.")
    ] = 0.95,
    keep: Annotated[float, typer.Option(min=0.01, max=1, help="Wanted share of images above a threshold.")] = 0.8,
    documents: Annotated[int, typer.Option(min=2, help="At most so many are drawn.")] = 200,
    html: Annotated[Path | None, typer.Option(help="Write one self-contained page.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Propose thresholds of image-text similarity: images beside their own texts against those of other documents.

    matched, shuffled: medians. AUC: how often a matched pair is more similar than a shuffled one; under 0.6 no
    threshold is proposed. The model is loaded only for texts whose embeddings the run does not have any more.
    """
    from dataclasses import asdict

    from corpusflow.inspect.calibration import MIN_AUC, groups_of
    from corpusflow.inspect.calibration_page import calibration_page
    from corpusflow.inspect.calibration_pairs import run_pairs, run_scorer
    from corpusflow.inspect.calibration_table import calibration_table, notes

    store = open_run(directory)
    scorer = run_scorer(store)
    pairs = run_pairs(store, scorer, documents, EmbeddingWatch())
    groups = groups_of(pairs, precision, keep)
    if html is not None:
        page = calibration_page(store, scorer.name, pairs, groups, precision, keep)
        html.write_text(page, encoding="utf-8")
    if as_json:
        asked = {"scorer": scorer.name, "precision": precision, "keep": keep, "min_auc": MIN_AUC}
        told = {**asked, "notes": notes(groups), "groups": [asdict(one) for one in groups]}
        typer.echo(json.dumps(told, indent=1))
        return
    from rich.console import Console

    Console().print(calibration_table(scorer.name, groups, precision, keep))
    for line in notes(groups):
        typer.echo(line)
    if html is not None:
        typer.echo(f"histograms{' and pictures around the cut' if groups[0].at_share else ''} in {html}")


class EmbeddingWatch:
    """How the embedding of missing texts goes: on a terminal one line that is rewritten, elsewhere one every few
    seconds; and first, why there is something to wait for."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._last = 0.0

    def __call__(self, made: int, missing: int) -> None:
        from corpusflow.inspect.counted import counted
        from corpusflow.watch import PLAIN_S, TERMINAL_S

        now = time.monotonic()
        if not made:
            self._last = now
            self._stream.write(f"{counted(missing, 'text')} to embed: the run has no embeddings of these any more\n")
        elif made == missing and self._terminal:
            self._stream.write("\r\x1b[K")
        elif now - self._last >= (TERMINAL_S if self._terminal else PLAIN_S):
            self._last = now
            text = f"embedding · {made:,} of {missing:,} texts"
            self._stream.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        self._stream.flush()
