from __future__ import annotations

import time

import pytest

from corpusflow.text.references import is_citation, is_reference_heading


@pytest.mark.parametrize(
    "text",
    [
        "[3] Smith, J. et al. (2004). A title of a paper. Journal of Things 3, 12-15.",
        "Smith, J. R. and Roe, T. (2004). A title. Oxford: University Press. ISBN 0-521-54228-6.",
        '^ "Names of the islands formalised" (Press release). Government. Retrieved 1 May 2017.',
        '^ "Public holidays of the islands". The Encyclopedia. Retrieved 25 June 2017.',
        "Müller, K. (Hg.) (2018): Der Titel. Springer, S. 12.",
        "Hilimire M. et al. (2015): Fermented foods, abgerufen am 21.09.22: https://site.example/2599",
    ],
)
def test_an_entry_of_a_bibliography_is_a_citation(text: str) -> None:
    assert is_citation(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Smith et al. (2004) found that birds sing louder in towns than in the country.",
        "The Journal of Things was founded in Oxford (1904).",
        "[178] The author tells on p. 304 of a priest who, at the request of a widow, walked to the chapel by "
        "night and was seen there by all the village, though he had died the year "
        "before, as it was said in vol. 2 of his letters.",
        "Call Smith, J. at the office.",
    ],
)
def test_a_sentence_with_a_source_in_it_is_none(text: str) -> None:
    assert not is_citation(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("References", True),
        ("4. References and notes", True),
        ("Literaturverzeichnis", True),
        ("Quellen:", True),
        ("Références", True),
        ("Список литературы", True),
        ("参考文献", True),
        ("References to birds", False),
        ("Notes", False),
        ("", False),
    ],
)
def test_headings_of_bibliographies_are_told(text: str, told: bool) -> None:
    assert is_reference_heading(text) == told


def test_a_long_row_of_opening_quotes_takes_little_time() -> None:
    start = time.process_time()
    assert not is_citation("«" * 100_000)
    assert time.process_time() - start < 5
