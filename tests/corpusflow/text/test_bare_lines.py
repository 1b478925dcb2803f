# ruff: noqa: RUF001 (some letters look like Latin ones)

from __future__ import annotations

import pytest

from corpusflow.text.bare_lines import bare_line


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("jane@site.example", "email_address"),
        ("E-Mail: jane(at)site.example", "email_address"),
        ("[EMAIL]", "email_address"),
        ("Tel.: 0201-2402-0", "phone_number"),
        ("+49 201 24020", "phone_number"),
        ("(555) 123-4567", "phone_number"),
        ("555-123-4567", "phone_number"),
        ("Fax: 2402 403", "phone_number"),
        ("[PHONE]", "phone_number"),
        ("https://site.example/a?b=1", "web_address"),
        ("Website: www.site.example", "web_address"),
        ("12 likes", "social_counter"),
        ("1,2k followers · 3 comments", "social_counter"),
        ("Comments (3)", "social_counter"),
        ("No comments", "social_counter"),
        ("12 Kommentare", "social_counter"),
        ("3 комментария", "social_counter"),
        ("评论（3）", "social_counter"),
        ("Home > Bags > Red bag", "breadcrumbs"),
        ("Home › Bags › Red bag", "breadcrumbs"),
        ("トップ > バッグ > 赤いバッグ（小）", "breadcrumbs"),
        ("Home > Bags", None),
        ("Press File > Save as > Copy.", None),
        ("Les « grands » et les « petits » chats", None),
        ("", None),
        ("2020-08-08", None),
        ("03.05.2021", None),
        ("6000000", None),
        ("1984", None),
        ("Write to jane@site.example", None),
        ("See https://site.example for more", None),
        ("12 likes are not enough", None),
        ("Comments", None),
    ],
)
def test_a_line_is_told_by_all_that_it_holds(text: str, kind: str | None) -> None:
    assert bare_line(text) == kind
