"""The report: the numbers of evaluation, whole and safe HTML, models of each kind."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import elman
from elman.data import LabelledTexts
from elman.data.tagged import TaggedSentences
from elman.errors import InputError
from elman.inspection import Outcomes
from elman.inspection.figures import confusion_matrix
from elman.inspection.report import findings, mistakes, page, render_report
from elman.inspection.report.markup import Html, both_grounds, item, table, text

from ..models import TAGGED, WRITTEN, model

EVIL = '<script>alert("1")</script> & <b>bold</b> "quoted"'
VOID = {"meta", "br", "img", "use", "path", "image", "rect"}


class Tags(HTMLParser):
    """Checks that every element is closed in its turn, and gathers what it is asked for."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def reviews(n: int = 40) -> LabelledTexts:
    return elman.order_reviews(n, 2)


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes time, where nothing hangs on it."""
    monkeypatch.setattr(page, "both_grounds", lambda draw, caption, name: Html(""))


@pytest.fixture(scope="module")
def judged() -> Any:
    return findings(model("lstm"), reviews())


@pytest.fixture(scope="module")
def written(judged: Any) -> str:
    return render_report(judged, "a model")


def test_the_figures_are_those_of_evaluate(judged: Any) -> None:
    figures = elman.evaluate(model("lstm"), *reviews())
    assert judged.figures["accuracy"] == figures.accuracy == judged.judged.accuracy.value
    assert judged.figures["macro F1"] == figures.macro_f1
    assert judged.figures["loss"] == figures.loss
    assert judged.judged.accuracy.low < figures.accuracy < judged.judged.accuracy.high


def test_the_page_stands_alone(written: str) -> None:
    found = Tags(written)
    assert not {"script", "link", "iframe", "object"} & set(found.tags)
    assert not re.search(r'(?:src|href)="(?!#|data:)', written)
    assert found.tags.count("svg") == 2 * 4  # light and dark: confusion, calibration, precision and recall, training
    assert len(found.ids) == len(set(found.ids))
    used = set(re.findall(r"url\(#([^)]+)\)", written)) | set(re.findall(r'href="#([^"]+)"', written))
    assert used <= set(found.ids)
    assert "prefers-color-scheme: dark" in written


def test_the_page_has_its_sections(written: str) -> None:
    heads = re.findall(r"<h2>(.*?)</h2>", written)
    assert heads[:4] == ["Classes", "Pictures", "Mistakes", "The mistakes that the model was surest of"]
    assert heads[-2:] == ["Training", "Model"]
    assert "95 % interval" in written and "10 bins of equal width" in written


def test_the_same_report_has_the_same_bytes(judged: Any, written: str) -> None:
    assert render_report(judged, "a model") == written


def test_mistakes_are_the_surest_first_and_no_two_are_alike(judged: Any) -> None:
    shown = judged.judged.mistakes
    assert shown
    sure = [mistake.confidence for mistake in shown]
    assert sure == sorted(sure, reverse=True)
    assert len({mistake.tokens for mistake in shown}) == len(shown)
    rows = reviews()
    for mistake in shown:
        assert mistake.label == rows.labels[mistake.row] != mistake.answer
        assert mistake.answer == model("lstm").predict([rows.texts[mistake.row]])[0]
        assert mistake.attribution.answer == mistake.answer


def test_whatever_users_write_is_escaped() -> None:
    rows = LabelledTexts([EVIL, "", "\ud800 good", "bad"] * 3, [EVIL, "<i>", EVIL, "<i>"] * 3, f"{EVIL}.csv")
    given = elman.TextClassifier(units=4, embedding_dim=4, epochs=1).fit([EVIL, "bad"], [EVIL, "<i>"])
    written = render_report(findings(given, replace(rows, labels=["<i>", EVIL] * 6)), EVIL)
    found = Tags(written)
    assert not {"script", "b>", "i"} & set(found.tags)
    assert any(EVIL in words for words in found.words)
    written.encode()


def test_a_text_without_words_may_be_a_mistake(no_pictures: None) -> None:
    given = model("lstm")
    wrong = 1 - int(given.predict([""])[0])
    assert "(a text without a word)" in render_report(findings(given, LabelledTexts(["", "a"], [wrong, wrong], "x")))


def test_a_model_without_mistakes_says_so(no_pictures: None) -> None:
    texts, _ = reviews()
    rows = LabelledTexts(texts, model("lstm").predict(texts).tolist(), "x")
    assert "every answer is right" in render_report(findings(model("lstm"), rows))


def test_words_that_mistakes_share_are_found() -> None:
    texts = ["a fine film"] * 40 + ["a fine plot"] * 10
    truth = np.array([0] * 50)
    p = np.array([[0.9, 0.1]] * 40 + [[0.1, 0.9]] * 10)
    found = Outcomes((0, 1), truth, p, np.ones(50, np.int64))
    words = mistakes.words_of_mistakes(model("lstm"), texts, found)
    assert [(word.word, word.n, word.wrong) for word in words] == [("plot", 10, 10)]
    assert mistakes.confused_pairs(found) == [(0, 1, 10)]


def test_words_that_are_as_striking_stand_in_the_order_of_the_texts() -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    found = Outcomes((0, 1), np.array([0] * 50), np.eye(2)[[0] * 40 + [1] * 10], np.ones(50, np.int64))
    shared = mistakes.words_of_mistakes(model("lstm"), ["fine"] * 40 + [" ".join(words)] * 10, found)
    assert [word.word for word in shared] == words


def test_words_in_pictures_stay_as_they_are() -> None:
    names = ['id="x url(#y)', "z"]
    written = both_grounds(lambda dark: confusion_matrix(np.eye(2, dtype=int), names, dark=dark), "a", "b")
    assert names[0] in Tags(written).words
    assert 'id="b-light-' in written


def test_a_taggers_report_is_by_word_and_marks_the_place() -> None:
    rows = TaggedSentences(*TAGGED, "tagged.txt")
    found = findings(model("tagger"), rows)
    assert found.judged is not None
    assert found.judged.evaluation.n == sum(map(len, TAGGED[1]))
    assert all(mistake.word is not None for mistake in found.judged.mistakes)
    written = render_report(found)
    Tags(written)
    assert written.count("here") > len(found.judged.mistakes) or not found.judged.mistakes


def test_a_network_of_numbers_that_answers_at_each_step_is_reported(no_pictures: None) -> None:
    random = np.random.default_rng(1)
    rows = [random.integers(0, 4, 5) for _ in range(12)]
    given = elman.SequenceClassifier(units=3, epochs=1, return_sequences=True).fit(rows, [row % 2 for row in rows])
    found = findings(given, LabelledTexts(rows, [1 - row % 2 for row in rows], "x"))  # type: ignore[arg-type]
    assert found.judged is not None and found.judged.evaluation.n == 60
    assert all(mistake.word is not None and mistake.attribution for mistake in found.judged.mistakes)
    Tags(render_report(found))


@pytest.mark.parametrize(
    ("kind", "words", "method"),
    [("many", 301, "gradient-x-input"), ("many", 300, "telescoping"), ("lstm", 301, "telescoping"),
     ("tagger", 301, "gradient-x-input"), ("tagger", 300, "leave-one-out"), ("doc2vec", 301, "telescoping")],
)  # fmt: skip
def test_long_texts_are_not_read_anew_for_each_word(kind: str, words: int, method: str, no_pictures: None) -> None:
    given, text = model(kind), "the cat " * (words // 2) + "sat" * (words % 2)
    tagger = kind == "tagger"
    row: Any = text.split() if tagger else text
    answer = given.predict([row])[0][0] if tagger else given.predict([row])[0]
    wrong = next(name for name in given.classes_.tolist() if name != answer)
    rows = TaggedSentences([row], [[wrong] * words], "x") if tagger else LabelledTexts([row], [wrong], "x")
    found = findings(given, rows)
    assert found.judged is not None
    assert [mistake.attribution.method for mistake in found.judged.mistakes if mistake.attribution] == [method]
    assert ("coloured by gradient x input" in render_report(found)) == (method == "gradient-x-input")


def test_entities_have_a_table(no_pictures: None) -> None:
    sentences, tags = [["The", "cat", "sat"]] * 8, [["B-NP", "I-NP", "O"]] * 8
    given = elman.Tagger(units=4, embedding_dim=4, epochs=2).fit(sentences, tags)
    found = findings(given, TaggedSentences(sentences, tags, "x"))
    assert "entity F1" in found.figures
    assert "<h2>Entities</h2>" in render_report(found)


@pytest.mark.parametrize("kind", ["many", "no memory", "doc2vec", "tfidf"])
def test_other_networks_are_reported(kind: str, no_pictures: None) -> None:
    rows = reviews() if kind != "many" else LabelledTexts(reviews().texts, ["class 1", "class 2"] * 20, "x")
    Tags(render_report(findings(model(kind), rows)))


def test_models_that_write_have_their_figures_and_no_classes(no_pictures: None) -> None:
    found = findings(model("generator"), LabelledTexts(WRITTEN, None, "x"))  # type: ignore[arg-type]
    assert {"perplexity", "bits_per_character"} <= set(found.figures)
    written = render_report(found)
    Tags(written)
    assert "bits per character" in written and "<h2>Classes</h2>" not in written


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(InputError, match="model must be a classifier, a tagger or one that writes, got a int"):
        findings(3, reviews())


def test_an_audit_has_its_section(judged: Any, no_pictures: None) -> None:
    share = SimpleNamespace(value=0.5, low=0.4, high=0.6)
    flip = SimpleNamespace(label=1, text="a <b>", answer=0, shuffled="<b> a")
    audit = SimpleNamespace(
        sentence="Order matters.", advice="Take <it>.", methods=[SimpleNamespace(name="bag", accuracy=share)],
        level=0.05, n=9, repeated=3, read_by="others", flips=[flip],
    )  # fmt: skip
    written = render_report(replace(judged, audit=audit))
    Tags(written)
    assert "Does word order matter?" in written
    assert "Take &lt;it&gt;." in written and "a &lt;b&gt;" in written and "0.4000 to 0.6000" in written
    assert "3 more, which repeat these, are left out" in written


def test_the_json_holds_what_the_page_shows(judged: Any) -> None:
    found = json.loads(json.dumps(judged.to_json()))
    assert found["figures"]["accuracy"] == judged.figures["accuracy"]
    assert len(found["mistakes"]) == len(judged.judged.mistakes)


def test_markup_escapes_strings_and_keeps_markup() -> None:
    assert text("<a> & \"b\" '\ud800'") == "&lt;a&gt; &amp; &quot;b&quot; &#x27;?&#x27;"
    assert item("p", item("b", "<"), "<", class_='"') == '<p class="&quot;"><b>&lt;</b>&lt;</p>'
    assert isinstance(text(Html("<br>")), Html)
    assert 'class="number">1<' in table(("a", "b"), [("x", 1)])
