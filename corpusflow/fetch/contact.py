"""Who asks: the address that web sites are told."""

from __future__ import annotations

import re


def fault_of_contact(contact: str) -> str:
    """What is wrong with a contact that web sites are to be told; empty where nothing is."""
    if not contact:
        return "web sites must be told who asks"
    if re.fullmatch(r"https?://[^\s/]+\S*|mailto:[^\s@]+@[^\s@]+", contact):
        return ""
    if re.fullmatch(r"[^\s@:/]+@[^\s@]+", contact):
        return f"a mail address is told as `mailto:{contact}`"
    return f"{contact!r} is neither a URL nor a mailto: address"
