"""A ledger row in one line, as every output form shows it."""

from __future__ import annotations

from corpusflow.decision import LedgerRow


def reason_text(row: LedgerRow) -> str:
    """`dropped: image_size/image_too_small measured 16, limit 150`, or for a Failure `failed: fetch/timeout: 20 s`;
    with what the ledger says besides."""
    if row.failed:
        kind = "failed" if row.lost else "noted"
        return f"{kind}: {row.stage}/{row.reason}" + (f": {row.message}" if row.message else "")
    figures = figures_text(row)
    text = f"dropped: {row.filter}/{row.reason}" + (f" {figures}" if figures else "")
    return text + (f": {row.message}" if row.message else "")


def figures_text(row: LedgerRow) -> str:
    """What was compared, `measured 16, limit 150` or `fr, limit en`; empty where nothing was measured.

    No sign between the two: some limits are the least that stays, some the most, and some take what is on them.
    """
    measured = f"measured {number_text(row.measured)}" if row.measured is not None else row.measured_text
    limit = number_text(row.limit) if row.limit is not None else row.limit_text
    return ", ".join([*filter(None, [measured]), *([f"limit {limit}"] if limit else [])])


def number_text(value: float) -> str:
    """Whole numbers with thousands separators, others with four digits."""
    return f"{int(value):,}" if value.is_integer() else f"{value:.4g}"
