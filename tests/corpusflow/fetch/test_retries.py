from __future__ import annotations

from datetime import UTC, datetime

import pytest

from corpusflow.fetch.retries import backoff_s, may_pass, retry_after_s, worth_retrying

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "code", ["timeout", "connect_failed", "dns_unavailable", "broken_transfer", "http_429", "http_503"]
)
def test_what_may_do_better_in_a_moment_is_tried_again(code: str) -> None:
    assert worth_retrying(code)
    assert may_pass(code)


@pytest.mark.parametrize(
    "code", ["http_404", "http_403", "http_410", "http_501", "too_large", "bad_url", "address_refused", "tls_failed",
             "robots_disallowed", "image_broken", "not_html", ""]
)  # fmt: skip
def test_what_will_not_do_better_is_not_tried_again(code: str) -> None:
    assert not worth_retrying(code)
    assert not may_pass(code)


@pytest.mark.parametrize("code", ["dns_failed", "host_given_up", "host_busy", "robots_unreadable", "tdm_unreadable"])
def test_what_was_not_asked_is_for_a_later_run_only(code: str) -> None:
    assert not worth_retrying(code)
    assert may_pass(code)


def test_waits_double_with_jitter_of_half_and_have_an_end() -> None:
    assert [backoff_s(attempt, lambda: 0.5) for attempt in (1, 2, 3, 9, 99)] == [1, 2, 4, 30, 30]
    assert (backoff_s(2, lambda: 0.0), backoff_s(2, lambda: 1.0)) == (1, 3)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("9" * 30, 999_999_999),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60),
        ("Fri, 02 Jan 2026 03:04:00 GMT", 0),
        ("", None),
        (None, None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("Fri, 99 Foo 2026", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_a_number_of_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds
