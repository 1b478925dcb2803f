from __future__ import annotations

import pytest

from corpusflow.extract.boilerplate import names_frame
from corpusflow.extract.html import extract_document

ARTICLE = "<p>" + "The long text of the article goes on and on. " * 10 + "</p>"


def texts(html: str) -> list[str]:
    """What is read on the page, less the article."""
    found = extract_document(html.encode(), "https://site.example/").texts
    return [segment.text for segment in found if not segment.text.startswith("The long text")]


@pytest.mark.parametrize(
    "frame",
    [
        "<script>x</script>",
        "<style>x</style>",
        "<template><p>x</p></template>",
        "<nav>x</nav>",
        "<header>x<h1>x</h1></header>",
        "<footer>x</footer>",
        "<aside>x</aside>",
        "<dialog open>x</dialog>",
        "<button>x</button>",
        "<select><option>x</select>",
        "<textarea>x</textarea>",
        "<noscript>x</noscript>",
        "<p hidden>x</p>",
        "<p aria-hidden=true>x</p>",
        "<p style='color: red; DISPLAY : none'>x</p>",
        "<p style='visibility:hidden'>x</p>",
        "<div role=navigation>x</div>",
        "<div role=Banner>x</div>",
        "<div role=contentinfo>x</div>",
        "<div role=complementary>x</div>",
        "<div role=search>x</div>",
        "<div class=sidebar>x</div>",
        "<div id=mainMenu>x</div>",
        "<div class='cookie-notice'>x</div>",
        "<div class='post__share_buttons'>x</div>",
        "<section id=comments>x</section>",
        "<ul><li><a href=/1>x</a><li><a href=/2>x</a></ul>",
    ],
)
def test_frame_is_left_out(frame: str) -> None:
    assert texts(f"<body>{frame}{ARTICLE}</body>") == []


@pytest.mark.parametrize(
    "content",
    [
        "<p style='display:block'>x</p>",
        "<p aria-hidden=false>x</p>",
        "<div class='has-sidebar'>x</div>",
        "<div class=shareholders>x</div>",
        "<h1 class=menu>x</h1>",
        "<p>x <a href=/1>x</a> and much more than x</p>",
        "<form>x<input></form>",
        "<details><summary>x</summary></details>",
    ],
)
def test_content_that_looks_like_frame_stays(content: str) -> None:
    assert texts(f"<body>{content}{ARTICLE}</body>")


def test_a_header_inside_an_article_stays_when_it_has_a_heading() -> None:
    assert texts(f"<article><header><h1>Title</h1></header>{ARTICLE}</article>") == ["Title"]
    assert texts(f"<article><header>12 May</header>{ARTICLE}</article>") == []


def test_what_holds_most_of_the_text_is_no_frame_whatever_its_class() -> None:
    assert texts(f"<div class=menu><p>Soup of the day</p>{ARTICLE}</div>") == ["Soup of the day"]


@pytest.mark.parametrize("tag", ["body", "main", "article"])
def test_the_article_itself_is_never_dropped(tag: str) -> None:
    assert texts(f"<{tag} class='sidebar menu' hidden role=navigation><p>x</p>{ARTICLE}</{tag}>") == ["x"]


@pytest.mark.parametrize("main", ["main", "article", "div role=main"])
def test_the_main_element_is_taken_alone_when_it_holds_most_of_the_text(main: str) -> None:
    assert texts(f"<body><p>Before</p><{main}>{ARTICLE}</{main.split()[0]}><p>After</p>") == []


def test_a_main_element_with_little_text_is_not_all_of_the_page() -> None:
    assert texts(f"<body><p>Before</p>{ARTICLE}<article>Teaser</article>") == ["Before", "Teaser"]


def test_two_articles_of_the_same_weight_in_a_main_are_both_read() -> None:
    article = "<article><h2>{}</h2>" + ARTICLE + "</article>"
    assert texts(f"<main>{''.join(map(article.format, 'abcd'))}</main>") == ["a", "b", "c", "d"]


def test_a_block_is_a_list_of_links_above_the_limit() -> None:
    def block(linked: int, plain: int) -> str:
        return f"<body><div><a href=/>{'l' * linked}</a> {'p' * plain}</div>{ARTICLE}"

    assert texts(block(66, 34)) == []
    assert texts(block(65, 35)) == ["l" * 65 + " " + "p" * 35]


def test_a_picture_with_a_linked_caption_is_no_list_of_links() -> None:
    assert (
        texts(f"<body><ul><li><img src=a.jpg><a href=/>Caption</a></li><li>{'plain ' * 20}</ul>{ARTICLE}")[0]
        == "Caption"
    )


def test_a_linked_cell_of_a_table_stays() -> None:
    row = "<tr><td><a href=/>Mercury</a><td>smallest planet</tr>"
    assert texts(f"<body><table>{row}</table>{ARTICLE}") == ["Mercury | smallest planet"]


@pytest.mark.parametrize(
    "names", ["navbar", "site-footer", "relatedPosts", "x sub_menu", "breadcrumbs", "ad", "promo-box"]
)
def test_names_of_frame(names: str) -> None:
    assert names_frame(names)


@pytest.mark.parametrize(
    "names", ["", "content", "navy", "shadow", "header-image", "no-sidebar", "advice", "commentary"]
)
def test_names_of_content(names: str) -> None:
    assert not names_frame(names)
