from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.errors import StartError
from corpusflow.export.pieces import Piece, inside_character, pieces
from corpusflow.export.tokens import FileTokens, PlainTokens

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
WAVE = "\U0001f44b\U0001f3fd"
FLAGS = "\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea"


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in PlainTokens().spans(text)]


def whole(text: str) -> list[str]:
    return [text[piece.start : piece.end] for piece in pieces(text, PlainTokens().spans(text))]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The tide falls.", ["The", "tide", "falls", "."]),
        ("don't  pay\n3,50", ["don", "'", "t", "pay", "3", ",", "50"]),
        ("白鹭在河边。", ["白", "鹭", "在", "河", "边", "。"]),
        ("ไม่มี", ["ไ", "ม่", "มี"]),
        ("مالك الحزين، طائر", ["مالك", "الحزين", "،", "طائر"]),
        ("مَالِك", ["مَالِك"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("می\u200cروم", ["می\u200cروم"]),
        ("왜가리 새", ["왜가리", "새"]),
        ("iPhone手机", ["iPhone", "手", "机"]),
        ("", []),
        (" \n", []),
    ],
)
def test_words_marks_and_characters_of_scripts_without_spaces_are_tokens(text: str, tokens: list[str]) -> None:
    assert cut(text) == tokens


def test_the_short_rule_and_the_whole_one_find_the_same() -> None:
    text = "L\u2019été, c\u2019est « loin »: 3,5 km — straße_1 αβγ, Жук 왜가리!"
    assert [*whole(text), "鹭"] == whole(text + "鹭")


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        (f"a{FAMILY}b", ["a", FAMILY, "b"]),
        (f"{WAVE}{WAVE}", [WAVE, WAVE]),
        (FLAGS, [FLAGS[:2], FLAGS[2:]]),
        ("\u2764\ufe0f!", ["\u2764\ufe0f", "!"]),
        ("葛\U000e0100城", ["葛\U000e0100", "城"]),
    ],
)
def test_no_character_is_cut(text: str, characters: list[str]) -> None:
    assert whole(text) == characters


def test_a_letter_with_marks_without_end_is_cut_all_the_same() -> None:
    spans = [(place, place + 1) for place in range(1000)]
    found = pieces("e" + "\u0301" * 999, spans)
    assert max(piece.tokens for piece in found) == 32
    assert sum(piece.tokens for piece in found) == 1000


@pytest.mark.parametrize(("text", "place", "inside"), [("\r\n", 1, True), ("\n\r", 1, False), ("e\u0301", 1, True)])
def test_a_cut_is_inside_a_character_or_not(text: str, place: int, inside: bool) -> None:
    assert inside_character(text, place) is inside
    assert not inside_character(text, 0)
    assert not inside_character(text, len(text))


def test_nothing_before_the_beginning_of_a_character_is_looked_at() -> None:
    assert not inside_character(FLAGS, 2)
    assert inside_character(FLAGS, 2, start=1)


def test_a_text_without_tokens_is_one_piece() -> None:
    assert pieces("\u3000", [], start=5) == [Piece(5, 6, 1)]


def test_tokens_of_one_character_stay_together() -> None:
    # A tokenizer of bytes gives each of its tokens the whole character.
    assert pieces("é!", [(0, 1), (0, 1), (1, 2)]) == [Piece(0, 1, 2), Piece(1, 2, 1)]


def byte_tokenizer(folder: Path) -> Path:
    """A token for each byte, with a start that a model would want and a context that it has."""
    tokenizers = pytest.importorskip("tokenizers")
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    vocabulary = {letter: number for number, letter in enumerate(sorted(alphabet))} | {"<s>": 256}
    made = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, []))
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.post_processor = tokenizers.processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 256)])
    made.enable_truncation(4)
    made.enable_padding(length=4)
    path = folder / "tokenizer.json"
    made.save(str(path))
    return path


def test_a_tokenizer_file_counts_its_own_tokens_and_cuts_no_character(tmp_path: Path) -> None:
    tokens = FileTokens(str(byte_tokenizer(tmp_path)))
    text = f"aé鹭{FAMILY}ni"
    found = pieces(text, tokens.spans(text))
    assert [text[piece.start : piece.end] for piece in found] == ["a", "é", "鹭", FAMILY, "n", "i"]
    assert [piece.tokens for piece in found] == [1, 2, 3, len(FAMILY.encode()), 1, 1]
    assert tokens.name.startswith("tokenizer.json ")
    assert str(tmp_path) not in tokens.name


def test_what_is_no_tokenizer_is_told(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    path = tmp_path / "tokenizer.json"
    with pytest.raises(StartError, match="No such file"):
        FileTokens(str(path))
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(StartError, match="--tokenizer"):
        FileTokens(str(path))
