"""An estimate as text for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from corpusflow.cost.estimate import DataflowCost, Estimate, Range
from corpusflow.inspect.counted import counted

NAMES = {
    "documents_in": "documents in",
    "documents_kept": "documents kept",
    "images_mentioned": "images mentioned",
    "images_unique": "unique images",
    "images_to_fetch": "to fetch from the web",
    "input_bytes": "input",
    "downloaded_bytes": "downloaded",
    "run_bytes": "run directory",
    "shard_bytes": "shards",
}


def to_text(estimate: Estimate) -> str:
    return "\n".join(_lines(estimate))


def _lines(estimate: Estimate) -> Iterator[str]:
    yield f"{estimate.corpus}: {counted(estimate.parts, 'part')} of the input; rates of {estimate.rates}"
    yield ""
    yield f"{'stage':10}{'blocks':>20}{'made':>8}{'work':>34}{'left':>11}{'writes':>10}"
    for stage in estimate.stages:
        made = "?" if stage.made is None else f"{stage.made:,}"
        gpu = " GPU" if stage.on_gpu else ""
        yield (
            f"{stage.stage:10}{span(stage.blocks, count):>20}{made:>8}{span(stage.hours, hours):>34}"
            f"{hours(stage.left.value):>11}{size(stage.bytes.value):>10}{gpu}"
        )
    yield ""
    for name, amount in estimate.amounts.items():
        yield f"{NAMES[name]:24}{span(amount, size if name.endswith('bytes') else count)}"
    yield f"{'CPU hours left':24}{span(estimate.cpu_hours(), hours)}"
    if any(stage.on_gpu for stage in estimate.stages):
        yield f"{'GPU hours left':24}{span(estimate.gpu_hours(), hours)}"
    yield f"{'here, ' + counted(estimate.workers, 'worker'):24}{span(estimate.hours, hours)}"
    if estimate.memory is not None:
        yield f"{'memory of a worker':24}{size(estimate.memory)}"
    if any(stage.left.high for stage in estimate.stages):
        yield from _dataflow(estimate.dataflow)
    yield ""
    yield from (f"- {note}" for note in estimate.notes)


def _dataflow(dataflow: DataflowCost) -> Iterator[str]:
    machines = f"{dataflow.max_workers} x {dataflow.machine_type}"
    machines += f" + {dataflow.accelerator}" if dataflow.accelerator else ""
    yield f"{'on Dataflow':24}{span(dataflow.hours, hours)} with {machines}"
    yield f"{'':24}{span(dataflow.total, dollars)} ({dataflow.prices})"
    yield f"{'':24}" + ", ".join(f"{name} {dollars(cost.value)}" for name, cost in dataflow.dollars.items())


def span(of: Range, form: Callable[[float], str]) -> str:
    """`1,200 (1,100 to 1,300)`; the value alone where nothing is uncertain."""
    value, low, high = form(of.value), form(of.low), form(of.high)
    return value if low == high else f"{value} ({low} to {high})"


def count(value: float) -> str:
    return f"{value:,.0f}"


def hours(value: float) -> str:
    """Minutes or seconds where these say more."""
    seconds = value * 3600
    if 0 < seconds < 1:
        return "< 1 s"
    if seconds < 119.5:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.3g} min"
    return f"{value:.3g} h" if value < 100 else f"{value:,.0f} h"


def dollars(value: float) -> str:
    return f"${value:,.2f}" if value < 100 else f"${value:,.0f}"


def size(value: float) -> str:
    """Bytes in the largest unit of which there is at least one."""
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:,.3g} TB"
