"""One form for the URLs that mean one page, so that it is asked for once."""

from __future__ import annotations

import re

from corpusflow.extract.page_url import absolute_url

# Parameters that tell where a reader came from, not what is shown.
_TRACKING = re.compile(
    r"utm_[a-z0-9_]+|gclid|gclsrc|fbclid|dclid|gbraid|wbraid|igshid|ttclid|twclid|yclid|msclkid|_ga|_gl|"
    r"mc_[ce]id|_hs(?:enc|mi)|mkt_tok|oly_(?:anon|enc)_id|vero_id|wickedid|li_fat_id|srsltid|spm",
    re.IGNORECASE,
)
_SESSION = re.compile(
    r"phpsessid|jsessionid|aspsessionid[a-z]*|asp\.net_sessionid|oscsid|zenid|cfid|cftoken|session_?id", re.IGNORECASE
)
# `sid` may also be the number of a story: only a long value is a session.
_PERHAPS_SESSION = re.compile(r"(?:sid|sess|session|s)=[0-9a-z]{20,}", re.IGNORECASE)
_SESSION_IN_PATH = re.compile(r";jsessionid=[^/;?]*", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986, 2.3


def normal_url(url: str) -> str | None:
    """The normal form of an absolute http(s) URL, itself such a URL; None for anything else.

    Scheme and host in lower case, no default port, credentials, fragment, dot segments, empty query, session ids and
    tracking parameters; escapes in upper case and only where they are needed. The order of parameters stays: it may
    matter. Normalising twice changes nothing.
    """
    found = absolute_url("about:blank", url)
    while found is not None:
        # An escape that is undone may make a dot segment, an escape or a session id of what stood beside it.
        again = absolute_url("about:blank", _without_noise(found))
        if again == found:
            return found
        found = again
    return None


def _without_noise(url: str) -> str:
    address, _, query = url.partition("?")
    address = _SESSION_IN_PATH.sub("", _ESCAPE.sub(_plain, address))
    kept = [part for part in query.split("&") if part and not _is_noise(part)]
    return f"{address}?{_ESCAPE.sub(_plain, '&'.join(kept))}" if kept else address


def _is_noise(parameter: str) -> bool:
    name = parameter.partition("=")[0]
    return bool(_TRACKING.fullmatch(name) or _SESSION.fullmatch(name) or _PERHAPS_SESSION.fullmatch(parameter))


def _plain(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()
