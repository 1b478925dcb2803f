from __future__ import annotations

import pytest

from corpusflow.extract.html import extract_document
from corpusflow.extract.main_content import MAX_LEAD, MIN_LEAD

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
        "<header>x</header>",
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
        "<form><p>x</p>" + ARTICLE + "<input></form>",
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


def paragraphs(count: int, word: str = "Sentence") -> str:
    return "".join(f"<p>{word} {n} of the text, long enough to be running text.</p>" for n in range(count))


def test_the_headline_and_its_data_before_the_body_of_an_article_are_not_read() -> None:
    head = "<header><h1>Title</h1><div class=byline>By A. Author</div><p class=date>12 May 2024</p></header>"
    assert texts(f"<article>{head}<div class=body>{ARTICLE}{ARTICLE}</div></article>") == []


@pytest.mark.parametrize(
    "head",
    [
        "<h1>Title</h1><p>{}</p>",
        "<header><h1><div>Title</div></h1><div class=teaser-text><p>{}</p></div></header>",
        "<title>Site | A long title</title><h2>A long title</h2><p class=subtitle>{}</p>",
        "<p class=intro>{}</p>",
    ],
)
def test_what_leads_into_the_article_is_read_before_it(head: str) -> None:
    lead = "What happened, in one sentence that stands between the headline and the text."
    assert texts(f"<article>{head.format(lead)}<div class=body>{ARTICLE}{ARTICLE}</div></article>") == [lead]


@pytest.mark.parametrize(
    "before",
    [
        "<h1>Title</h1><p class=byline>Written by somebody for the paper that you are reading.</p>",
        "<h1>Title</h1><figure><figcaption>A picture of what happened, as it was seen that day.</figcaption></figure>",
        "<p>What stands over the headline is about another page than this one.</p><h1>Title</h1>",
        "<h1>Title</h1><p>Too short.</p>",
    ],
)
def test_what_does_not_lead_into_the_article_is_not_read(before: str) -> None:
    assert texts(f"<article>{before}<div class=body>{ARTICLE}{ARTICLE}</div></article>") == []


def test_a_lead_has_limits_on_both_sides() -> None:
    def read(length: int) -> list[str]:
        return texts(f"<article><h1>T</h1><p>{'x' * length}</p><div>{ARTICLE * 12}</div></article>")

    assert [len(read(length)) for length in (MIN_LEAD - 1, MIN_LEAD, MAX_LEAD, MAX_LEAD + 1)] == [0, 1, 1, 0]


def test_teasers_of_other_pages_in_a_row_are_left_out_from_three_on() -> None:
    teaser = (
        "<div class=item><h3><a href=/{0}>Another page</a></h3><p>What the other page number {0} is about.</p></div>"
    )

    def read(count: int) -> list[str]:
        return texts(f"<div>{ARTICLE * 3}{''.join(teaser.format(n) for n in range(count))}</div>")

    assert len(read(2)) == 4
    assert read(3) == []


def test_articles_inside_the_article_are_others_where_they_are_made_alike_from_three_on() -> None:
    def read(count: int, name: str) -> list[str]:
        inside = "".join(f"<article class='{name} p{n}'><h2>{n}</h2><p>Text.</p></article>" for n in range(count))
        return texts(f"<article class='post p9'>{ARTICLE * 3}{inside}</article>")

    assert len(read(2, "post")) == 4
    assert read(3, "post") == []
    assert len(read(7, "phone")) == 14  # the parts of a list of seven


def test_sections_that_link_to_themselves_are_no_teasers() -> None:
    section = (
        "<section class=method><h3><a href='#m{0}'>method {0}</a></h3><p>What the method number {0} does.</p></section>"
    )
    read = texts(f"<main>{ARTICLE}{''.join(section.format(n) for n in range(4))}</main>")
    assert len(read) == 8


def test_a_section_whose_id_is_its_heading_is_no_frame() -> None:
    def read(heading: str) -> list[str]:
        return texts(f"<main>{ARTICLE}<section id=navigation><h2>{heading}</h2><p>How it is done.</p></section></main>")

    assert read("Navigation") == ["Navigation", "How it is done."]
    assert read("Pages") == []


def test_short_lines_side_by_side_are_running_text() -> None:
    play = "".join(f"<p>HAMLET: Words, {n}.</p>" for n in range(30))
    banner = "<div class=cookie-banner><p>We and our partners store cookies on your device, dear reader.</p></div>"
    assert len(texts(f"<body><article><h1>Play</h1>{play}</article>{banner}</body>")) >= 30
    assert not any("cookies" in text for text in texts(f"<body><article><h1>Play</h1>{play}</article>{banner}</body>"))


def test_frame_without_running_text_is_frame_where_the_page_has_none() -> None:
    photographs = "".join(f"<img src={n}.jpg><p>Flowers.</p>" for n in range(3))
    read = texts(f"<body><div class=sidebar>Latest</div>{photographs}<div class=share-bar>Share</div></body>")
    assert read == ["Flowers."] * 3


def test_a_table_of_data_keeps_its_rows_of_links() -> None:
    rows = "".join(f"<tr><td><a href=/{n}>Country {n}</a><td><a href=/c{n}>Capital {n}</a><td>{n}" for n in range(3))
    assert len(texts(f"<div>{ARTICLE}<table><tr><th>Country<th>Capital<th>People{rows}</table></div>")) == 4
    assert texts(f"<div>{ARTICLE}<table>{rows}</table></div>") == []


def test_labels_and_buttons_that_are_text_are_read() -> None:
    recipe = "<ul><li><label><input type=checkbox> 2 cups flour</label><li><label>1 egg</label></ul>"
    questions = "<h2><button>How do I start?</button></h2><p>See <button class=term>yeast</button> first.</p>"
    read = texts(f"<div>{ARTICLE}{recipe}{questions}<form><button>Send</button></form></div>")
    assert read == ["2 cups flour", "1 egg", "How do I start?", "See yeast first."]


def test_a_thread_of_comments_is_the_content_where_nothing_else_is() -> None:
    posts = "".join(
        f"<div class=comment><p>Answer {n}: try it the other way round, please.</p></div>" for n in range(9)
    )
    assert len(texts(f"<body><h1>How?</h1>{posts}</body>")) >= 9
    assert texts(f"<body>{ARTICLE * 3}{posts}</body>") == []


def test_sections_of_one_build_are_read_together() -> None:
    chapter = "".join(f"<div class=sect><h3>Part {n}</h3>{paragraphs(count)}</div>" for n, count in ((1, 9), (2, 1)))
    read = [segment.text for segment in extract_document(f"<body>{chapter}".encode(), "https://a.example/").texts]
    assert read[0] == "Part 1"
    assert read[-2] == "Part 2"


def test_a_small_main_is_read_with_its_pictures_and_its_other_sections() -> None:
    pictures = "<div class=media><img src=a.jpg><img src=b.jpg></div>"
    description = f"<div class=info><form><p>9 EUR</p><input></form><div class=text>{paragraphs(3)}</div></div>"
    facts = "<section class='part facts'><h2>Facts</h2><table><tr><th>Weight<td>780 g</table></section>"
    html = f"<main><section class=part><div>{pictures}{description}</div></section>{facts}</main>"
    document = extract_document(html.encode(), "https://site.example/")
    assert len(document.images) == 2
    assert [segment.text for segment in document.texts][-2:] == ["Facts", "Weight | 780 g"]
    assert not any("EUR" in segment.text for segment in document.texts)


def test_posts_of_a_thread_are_no_teasers_though_their_authors_are_links() -> None:
    post = (
        "<article class=post><h4><a href=/u{0}>Author {0}</a></h4>"
        "<div class=post-body><p>Answer {0}: try it the other way round, please.</p></div></article>"
    )
    read = texts(f"<body><h1>How?</h1><div class=js-replies>{''.join(post.format(n) for n in range(4))}</div>")
    assert [text for text in read if text.startswith("Answer")] == [
        f"Answer {n}: try it the other way round, please." for n in range(4)
    ]


def test_a_name_of_frame_around_all_of_the_page_is_not_believed() -> None:
    assert len(texts(f"<body><div class=sidebar-left>{paragraphs(9)}</div><p>Contact</p></body>")) == 9


def test_an_aside_of_pictures_is_content_and_one_with_links_is_not() -> None:
    def images(inside: str) -> int:
        html = f"<main><article>{paragraphs(3)}</article><aside>{inside}</aside></main>"
        return len(extract_document(html.encode(), "https://site.example/").images)

    assert images("<h2>Photographs</h2><img src=a.jpg><img src=b.jpg>") == 2
    assert images("<a href=/1><img src=a.jpg>More</a>") == 0


def test_a_heading_over_nothing_but_what_was_left_out_goes_too() -> None:
    links = "<ul><li><a href=/1>One</a><li><a href=/2>Two</a></ul>"
    assert texts(f"<div>{ARTICLE}<h3>Read on</h3>{links}</div>") == []
    assert texts(f"<div>{ARTICLE}<p>Read on:</p>{links}<h2>Next</h2>{ARTICLE}</div>") == ["Next"]
    assert texts(f"<div>{ARTICLE}<h3>Kept</h3>{links}{ARTICLE}</div>") == ["Kept"]


def test_code_and_notes_inside_the_text_stay() -> None:
    note = "<div class='callout note'><p>Mind the gap between the two parts.</p></div>"
    code = "<div class='sourceCode'><pre>x = 1</pre></div>"
    assert texts(f"<div>{ARTICLE}{note}{code}{ARTICLE}</div>") == ["Mind the gap between the two parts.", "x = 1"]


def test_a_table_of_data_stays_whole_and_a_cell_of_a_layout_table_is_entered() -> None:
    data = "<table><caption>Planets</caption><tr><th>Name<th>Size<tr><td>Mercury<td>small</table>"
    assert texts(f"<body>{data}") == ["Planets", "Name | Size", "Mercury | small"]
    assert texts(f"<table><tr><td>Shop<br>News<td>{ARTICLE * 3}</table>") == []


def test_a_figure_under_the_headline_is_read_where_it_is_asked_for() -> None:
    figure = "<figure><img src=a.jpg><figcaption>The harbour at dawn</figcaption></figure>"
    html = f"<article><h1>Title</h1>{figure}<div class=body>{ARTICLE * 9}</div></article>".encode()
    assert extract_document(html, "https://site.example/").images == ()
    document = extract_document(html, "https://site.example/", lead_pictures=True)
    assert [image.caption for image in document.images] == ["The harbour at dawn"]
    assert document.segments[0] == document.images[0]


def test_the_mark_beside_a_heading_is_left_out_and_a_title_that_links_to_its_page_is_not() -> None:
    assert texts(f"<div><h2>Part<a class=headerlink href='#part'>\u00b6</a></h2>{ARTICLE}</div>") == ["Part"]
    assert texts(f"<div><h2><a class=permalink href=/a>A title</a></h2>{ARTICLE}</div>") == ["A title"]


def test_the_picture_that_opens_an_article_is_read_where_it_is_asked_for() -> None:
    def images(name: str, lead_pictures: bool = False) -> int:
        box = f"<div class={name}><img src=a.jpg><p class=caption>The harbour at dawn, before the nets rise.</p></div>"
        html = f"<article>{box}{ARTICLE * 3}{box}</article>".encode()
        return len(extract_document(html, "https://site.example/", lead_pictures=lead_pictures).images)

    assert images("featured-image") == 1  # the one among the text
    assert images("featured-image", lead_pictures=True) == 2
    assert images("picture-box") == 2
