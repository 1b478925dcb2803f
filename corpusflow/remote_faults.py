"""What the libraries of remote file systems raise beside OSError."""

from __future__ import annotations

import sys

# As (module, name): only what is loaded can be raised.
_FAULTS = (
    ("aiohttp", "ClientError"),
    ("gcsfs.retry", "HttpError"),
    ("gcsfs.retry", "ChecksumError"),
    ("google.auth.exceptions", "GoogleAuthError"),
    ("botocore.exceptions", "BotoCoreError"),
)


def remote_faults() -> tuple[type[Exception], ...]:
    """The classes of exceptions that mean that something at an address cannot be had or written."""
    loaded = [getattr(sys.modules[module], name) for module, name in _FAULTS if module in sys.modules]
    return (OSError, ValueError, *loaded)
