"""How an attribution looks: lines that fit, marks without colour, a page that no text can break."""

from html.parser import HTMLParser
from typing import Any

import pytest
from rich.cells import cell_len

import elman
from elman.inspection import Attribution, attribute

TEXTS, LABELS = ["movie was good", "movie was bad", "movie was not good"] * 4, ["good", "bad", "bad"] * 4


@pytest.fixture(scope="module")
def model() -> elman.TextClassifier:
    return elman.TextClassifier(pooling="last", units=8, epochs=30, batch_size=3).fit(TEXTS, LABELS)


class Page(HTMLParser):
    """Reads a page: its tags, which must match, and the words in its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.titles: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        if tag == "bdi" and "table" not in self.open:
            self.words.append("")
        self.titles += [value for name, value in attrs if name == "title"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["bdi"] and "table" not in self.open:
            self.words[-1] += data


def test_lines_say_everything(model: elman.TextClassifier) -> None:
    found = attribute(model, "movie was zzz not good")
    lines = found.lines()
    assert lines[0] == f"answer bad: {100 * found.probability:.2f} %, logit {found.logit:.4f}"
    assert f"logit {found.base:.4f} without words, {found.scores.sum():+.4f} by the words" in lines
    text = lines[lines.index("") + 1]
    assert "[++" in text and "movie" in text
    for number, (token, score) in enumerate(zip(found.tokens, found.scores, strict=True), start=1):
        row = next(line for line in lines if line.startswith(f"{number}  {token}"))
        assert f"{score:+.4f}" in row and (" ?" in row) == (token == "zzz")
    strongest = max(lines[-5:], key=lambda line: line.count("+") + line.count("-"))
    assert found.tokens[abs(found.scores).argmax()] in strongest


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("text", ["", "good", "映画は🙂良い not " * 30, "not " * 300, "שלום\x1b[31m bad", "a" * 500])
def test_lines_fit(model: elman.TextClassifier, text: str, width: int) -> None:
    for method in ("telescoping", "integrated-gradients"):
        lines = attribute(model, text, method).lines(width)
        assert max(map(cell_len, lines)) <= width
        assert all(line.isprintable() for line in lines)
        assert len(lines) < 60 + len(text) // 10


def test_the_table_holds_the_strongest_words_in_their_order(model: elman.TextClassifier) -> None:
    found = attribute(model, "movie was not good and " * 20)
    rows = found.lines()[-20:]
    places = [int(row.split()[0]) for row in rows]
    assert places == sorted(places) and len(found.tokens) == 100
    weakest = min(abs(found.scores[place - 1]) for place in places)
    assert sum(abs(found.scores) > weakest) <= 20
    assert any("The 20 strongest of 100 words" in line for line in found.lines())


def test_an_empty_text_is_said_to_be_empty(model: elman.TextClassifier) -> None:
    found = attribute(model, "")
    assert found.base == found.logit
    assert "The text is empty" in " ".join(found.lines())
    assert "The text is empty" in found.to_html()


@pytest.mark.parametrize("text", ["", "good", '<script>alert("&")</script> "bad" </div>', "שלום movie", "not " * 300])
def test_a_page_is_whole_whatever_the_text(model: elman.TextClassifier, text: str) -> None:
    found = attribute(model, text)
    page = Page(found.to_html())
    assert tuple(page.words) == found.tokens
    assert [float(title.split(",")[0]) for title in page.titles] == [round(score, 4) for score in found.scores]
    assert "http" not in found.to_html()


def test_a_page_fits_light_and_dark(model: elman.TextClassifier) -> None:
    page = attribute(model, "movie was bad").to_html()
    assert "prefers-color-scheme: dark" in page and 'dir="auto"' in page
    assert 'class="for strong"' in page


def test_json_holds_everything(model: elman.TextClassifier) -> None:
    found: Attribution = attribute(model, "movie zzz", "integrated-gradients", answer="good", steps=5)
    plain = found.to_json()
    assert [word["score"] for word in plain["words"]] == found.scores.tolist()
    assert [word["known"] for word in plain["words"]] == [True, False]
    assert plain["error"] == abs(plain["base"] + found.scores.sum() - plain["logit"]) > 0
    assert (plain["answer"], plain["steps"], plain["baseline"]) == ("good", 5, "zero")
    assert (plain["replaced"], plain["lead"]) == (False, 0)


def test_where_the_integral_begins_is_said(model: elman.TextClassifier) -> None:
    lines = attribute(model, "movie was", "integrated-gradients", baseline="unknown", steps=1).lines()
    assert "unknown words, 1 step" in " ".join(lines[1:3]) and "1 steps" not in " ".join(lines)
    assert any(" of unknown words, " in line for line in lines) and not any("without words" in line for line in lines)


def test_characters_that_cannot_be_seen_are_shown() -> None:
    generator = elman.TextGenerator(level="char", units=4, embedding_dim=4, epochs=1).fit(["a b\tc\n"] * 3)
    lines = attribute(generator, "a\tb ", answer=" ").lines()
    assert lines[0].startswith("answer ␣")
    assert any("␣" in line for line in lines[3:]) and any("⇥" in line for line in lines)
    assert lines[-5].split()[0] == "<eos>" and lines[-4].split()[0] == "1"
