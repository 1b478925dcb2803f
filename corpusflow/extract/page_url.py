"""URLs of a page: references become absolute http(s) URLs as the URL standard says (https://url.spec.whatwg.org)."""

from __future__ import annotations

import re

import ada_url

# What the standard leaves as it is, unless it holds a dot segment (`/..`, `/%2e`). Most references of real pages are
# such, and to see it takes a third of the time of parsing them.
_is_normal = re.compile(
    r"https?://(?:[a-z0-9-]+\.)+[a-z][a-z-]+/[A-Za-z0-9_/.!$&'()*+,;=:@%~-]*(?:\?[A-Za-z0-9_/.!$&()*+,;=:@%~?-]*)?"
).fullmatch

_BLANKS = "".join(map(chr, range(0x21)))


def absolute_url(base: str, reference: str) -> str | None:
    """The http(s) URL of a reference, percent-encoded (UTF-8) as a browser does it, without credentials and fragment.

    None for other schemes (data:, blob:, ...), for an empty reference (a browser takes it as the page itself) and for
    what is no URL.
    """
    if _is_normal(reference) and "/." not in reference and "/%2" not in reference:
        return reference
    reference = reference.strip(_BLANKS)
    # A picture that stands in the page itself may be megabytes long.
    if not reference or reference.startswith("data:"):
        return None
    try:
        url = ada_url.join_url(base, reference)
    except ValueError:
        return None
    if not url.startswith(("http://", "https://")):
        return None
    scheme, _, rest = url.partition("#")[0].partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def base_url(href: str | None, page_url: str) -> str:
    """The URL against which the references of a page are resolved.

    href: of its first <base>, None where there is none. Where page_url is no URL either, about:blank: absolute
    references can still be resolved.
    """
    stated = absolute_url(page_url, href) if href else None
    return stated or (page_url if is_url(page_url) else "about:blank")


def is_url(text: str) -> bool:
    """Whether a text is an absolute URL."""
    return bool(ada_url.check_url(text))
