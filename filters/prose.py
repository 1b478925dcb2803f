"""What filters of texts share: which texts they look at, and bounds that are shares."""

from __future__ import annotations

from corpusflow.text.prose import prose

__all__ = ["check_shares", "prose"]


def check_shares(options: dict[str, float | None]) -> None:
    """Raises ValueError with the option's name for a share outside [0, 1]."""
    for name, share in options.items():
        if share is not None and not 0 <= share <= 1:
            raise ValueError(f"{name} is {share}, it must lie in [0, 1]")
