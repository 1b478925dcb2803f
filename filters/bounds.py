"""What the options of filters must keep to, whichever filter has them."""

from __future__ import annotations

from collections.abc import Mapping


def check_shares(options: Mapping[str, float | None]) -> None:
    """Raises ValueError with the option's name for a share outside [0, 1]."""
    for name, share in options.items():
        if share is not None and not 0 <= share <= 1:
            raise ValueError(f"{name} is {share}, it must lie in [0, 1]")


def check_cosines(options: Mapping[str, float | None]) -> None:
    """Raises ValueError with the option's name for a cosine similarity outside [-1, 1]."""
    for name, cosine in options.items():
        if cosine is not None and not -1 <= cosine <= 1:
            raise ValueError(f"{name} is {cosine}, a cosine similarity lies in [-1, 1]")


def check_not_negative(rule: object, *options: str) -> None:
    """Raises ValueError with the option's name for a number below 0."""
    for name in options:
        number = getattr(rule, name)
        if number is not None and number < 0:
            raise ValueError(f"{name} is {number}, it cannot be negative")
