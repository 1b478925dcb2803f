from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from corpusflow.errors import ModelError
from corpusflow.models.kenlm_perplexity import KenlmPerplexity
from tests.corpusflow.models.arpa import write_arpa


@pytest.fixture
def scorer(tmp_path: Path) -> KenlmPerplexity:
    pytest.importorskip("kenlm")
    return KenlmPerplexity(write_arpa(tmp_path / "en.arpa"))


@pytest.mark.parametrize(
    ("text", "logarithm", "words"),
    [
        ("the heron", -0.5 - 0.2 - 0.4, 3),  # two words and the end
        ("the heron\nthe heron", 2 * (-0.5 - 0.2 - 0.4), 6),
        ("the", -0.5 - 1.0, 2),
        ("marsh", -2.0 - 1.0, 2),
        ("The heron", -2.0 - 0.7 - 0.4, 3),
        ("the\x00 \theron \ud83d\n\n \n", -0.5 - 0.2 - 0.4, 3),
    ],
)
def test_perplexity_is_per_word_and_line_end(scorer: KenlmPerplexity, text: str, logarithm: float, words: int) -> None:
    scorer.prepare()
    scorer.load()
    assert scorer.score([text]) == [pytest.approx(10 ** (-logarithm / words), rel=1e-5)]


def test_texts_are_measured_one_by_one(scorer: KenlmPerplexity) -> None:
    both = scorer.score(["the heron", "marsh"])
    assert both == [*scorer.score(["the heron"]), *scorer.score(["marsh"])]
    assert both[0] < both[1]
    assert scorer.score([]) == []


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\x00"])
def test_a_text_without_words_has_the_least_perplexity_there_is(scorer: KenlmPerplexity, text: str) -> None:
    assert scorer.score([text]) == [1.0]


def test_a_perplexity_is_a_number_however_strange_the_text(tmp_path: Path) -> None:
    pytest.importorskip("kenlm")
    assert KenlmPerplexity(write_arpa(tmp_path / "x.arpa", -900.0)).score(["marsh"]) == [1e300]


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    pytest.importorskip("kenlm")
    (tmp_path / "no.arpa").write_text("words\n")
    with pytest.raises(ModelError, match=r"no\.arpa is no KenLM model"):
        KenlmPerplexity(str(tmp_path / "no.arpa")).load()


def test_a_missing_file_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    pytest.importorskip("kenlm")
    missing = KenlmPerplexity(str(tmp_path / "none.arpa"))
    with pytest.raises(ModelError, match=r"there is no KenLM model '.*none\.arpa'"):
        missing.prepare()
    with pytest.raises(ModelError, match="there is no KenLM model"):
        _ = missing.name
    with pytest.raises(ModelError, match="there is no sentencepiece model"):
        _ = KenlmPerplexity(write_arpa(tmp_path / "en.arpa"), str(tmp_path / "none.model")).name


def test_the_name_tells_the_content_and_not_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, copy = KenlmPerplexity(write_arpa(tmp_path / "a/en.arpa")), KenlmPerplexity(write_arpa(tmp_path / "b/en.arpa"))
    assert one.name == copy.name
    assert one.name.startswith("perplexity/kenlm-en-sha256.")
    before = one.name
    write_arpa(tmp_path / "a/en.arpa", -3.25)
    assert one.name != before
    assert pickle.loads(pickle.dumps(one)) == one


def test_another_way_to_cut_words_is_another_name(tmp_path: Path) -> None:
    model, pieces = write_arpa(tmp_path / "en.arpa"), tmp_path / "en.model"
    pieces.write_bytes(b"pieces")
    names = {
        KenlmPerplexity(model).name,
        KenlmPerplexity(model, str(pieces)).name,
        KenlmPerplexity(model, str(pieces), cased=True).name,
    }
    assert len(names) == 3


def test_what_has_no_effect_is_refused() -> None:
    with pytest.raises(ValueError, match="cased says how text is prepared for sentencepiece"):
        KenlmPerplexity("en.arpa", cased=True)


def test_sentencepiece_cuts_what_was_normalised(tmp_path: Path) -> None:
    pytest.importorskip("kenlm")
    sentencepiece = pytest.importorskip("sentencepiece")
    lines = ["the heron stands in the marsh", "a heron flew over the river in 0000"] * 50
    (tmp_path / "lines.txt").write_text("\n".join(lines))
    sentencepiece.SentencePieceTrainer.train(
        input=str(tmp_path / "lines.txt"),
        model_prefix=str(tmp_path / "pieces"),
        vocab_size=40,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    path, pieces = write_arpa(tmp_path / "en.arpa"), str(tmp_path / "pieces.model")
    scorer = KenlmPerplexity(path, pieces)
    scorer.prepare()
    scorer.load()
    assert scorer.score(["The HERON\u2026 in 1984"]) == scorer.score(["the heron... in 0000"])
    cased = KenlmPerplexity(path, pieces, cased=True)
    assert cased.score(["The HERON in 1984"]) != cased.score(["the heron in 1984"])
    (tmp_path / "no.model").write_bytes(b"no pieces")
    with pytest.raises(ModelError, match=r"no\.model is no sentencepiece model"):
        KenlmPerplexity(path, str(tmp_path / "no.model")).load()
