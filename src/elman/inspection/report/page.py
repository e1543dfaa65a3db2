"""The report as a page, section by section."""

from collections.abc import Iterator
from typing import Any

from ..._version import __version__
from ..audit import Audit
from ..outcomes import BINS
from ..pictures import classwise_curves
from .findings import Findings, Judged
from .markup import Html, both_grounds, item, page, paragraph, section, table, text
from .mistakes import GRADIENTS, LEAST, LONG, Mistake, answers_each_word

__all__ = ["render_report"]

DARKEST = 0.6
"""Opacity of the ground of the strongest word: ink stays readable on it."""
LONGEST = 120
"""Words of a text that are shown: of a longer one the first and the last."""
MOST_CLASSES = 100


def render_report(found: Findings, name: str = "") -> str:
    """Give the report as a page of HTML in UTF-8, with all that it needs inside.

    Parameters
    ----------
    name : of the model, such as its folder

    Examples
    --------
    >>> import elman
    >>> from elman.inspection.report import findings
    >>> reviews = elman.lecture_reviews()
    >>> written = render_report(findings(elman.TextClassifier(epochs=5).fit(*reviews), reviews), "reviews")
    >>> written.startswith("<!DOCTYPE html>"), "<script" in written
    (True, False)
    """
    title = f"{name or type(found.model).__name__} on {found.source}"
    return page(title, _sections(found, title))


def _sections(found: Findings, title: str) -> Iterator[Html]:
    yield item("h1", title)
    yield paragraph(f"{type(found.model).__name__}, measured on {found.size}, by Elman {__version__}.", quiet=True)
    yield _headline(found)
    if found.judged is not None:
        yield from _of_classes(found.judged)
        yield from _of_mistakes(found.model, found.judged)
    if found.audit is not None:
        yield section("Does word order matter?", *_of_audit(found.audit))
    yield section("Training", *_of_training(found.model))
    yield section("Model", *_of_model(found.model))


def _headline(found: Findings) -> Html:
    cells = []
    for name, value in found.figures.items():
        below = ""
        if name == "accuracy" and found.judged is not None:
            below = f"95 % interval {found.judged.accuracy.low:.4f} to {found.judged.accuracy.high:.4f}"
        cells.append(
            item("div", name.replace("_", " "), item("b", f"{value:.4f}"), item("span", below, class_="quiet"))
        )
    return item("div", *cells, class_="figures")


def _of_classes(judged: Judged) -> Iterator[Html]:
    from ..figures import calibration, confusion_matrix, precision_recall

    outcomes = judged.outcomes
    counts, curves = outcomes.confusion(), classwise_curves(outcomes)
    yield section("Classes", _parts("class", [(c.label, c) for c in judged.evaluation.classes]))
    entities = judged.evaluation.entities
    if entities is not None:
        parts = [*((kind.type, kind) for kind in entities.types), ("all", entities)]
        yield section("Entities", _parts("entity", parts))
    pictures = [
        both_grounds(
            lambda dark: confusion_matrix(counts, outcomes.classes, dark=dark), "Confusion matrix", "confusion"
        ),
        both_grounds(lambda dark: calibration(judged.reliability, dark=dark), "Calibration", "calibration"),
        both_grounds(lambda dark: precision_recall(curves, dark=dark), "Precision and recall", "curves"),
    ]
    said = (
        f"Calibration: answers in {BINS} bins of equal width by their probability, each with the share that is right "
        "and its 95 % interval; the error is the mean distance from the diagonal. Average precision: the area below "
        "the steps of the curve."
    )
    yield section("Pictures", item("div", *pictures, class_="pictures"), paragraph(said, quiet=True))


def _parts(of_what: str, parts: list[tuple[Any, Any]]) -> Html:
    rows = [(name, p.n, f"{p.precision:.4f}", f"{p.recall:.4f}", f"{p.f1:.4f}") for name, p in parts]
    left_out = len(rows) - MOST_CLASSES
    more = paragraph(f"{left_out} more are left out.", quiet=True) if left_out > 0 else Html("")
    return Html(table((of_what, "n", "precision", "recall", "F1"), rows[:MOST_CLASSES]) + more)


def _of_mistakes(model: Any, judged: Judged) -> Iterator[Html]:
    if not judged.mistakes:
        yield section("Mistakes", paragraph("There are none: every answer is right."))
        return
    wrong = int((~judged.outcomes.right).sum())
    yield section(
        "Mistakes",
        paragraph(f"{wrong:,} of {judged.evaluation.n:,} answers are wrong. Most often:"),
        table(("label", "answer", "times"), judged.pairs, words=2),
    )
    unit = "word" if answers_each_word(model) else "text"
    yield section(
        "The mistakes that the model was surest of",
        paragraph(
            item("span", "blue", class_="for", style=f"--share: {DARKEST}"),
            " spoke for the wrong answer, ",
            item("span", "orange", class_="against", style=f"--share: {DARKEST}"),
            " against it, the stronger the darker. Wrong labels in the data are often among these.",
            quiet=True,
        ),
        *map(_mistake, judged.mistakes),
    )
    if judged.words:
        said = (
            f"Words that come at least {LEAST} times, and with which the model errs more often than chance would have "
            "it. Of many words some come out so by chance."
        )
        rows = [(word.word, word.n, word.wrong, f"{word.wrong / word.n:.0%}") for word in judged.words]
        header = ("word", f"{unit}s", "wrong", "share")
        yield section("Words that mistakes have in common", paragraph(said, quiet=True), table(header, rows))


def _mistake(mistake: Mistake) -> Html:
    place = f"row {mistake.row + 1}" + ("" if mistake.word is None else f", word {mistake.word + 1}")
    said = paragraph(
        item("b", mistake.answer), f", {mistake.confidence:.1%} sure; the label is ", item("b", mistake.label),
        item("span", f" ({place})", class_="quiet"),
    )  # fmt: skip
    by_gradients = mistake.attribution is not None and mistake.attribution.method == GRADIENTS
    how = f"More than {LONG} words: coloured by gradient x input, which is quicker." if by_gradients else ""
    note = paragraph(how, quiet=True) if how else Html("")
    return item("div", said, _coloured(mistake), note, class_="mistake")


def _coloured(mistake: Mistake) -> Html:
    """Give the text with its words coloured by what they did to the answer."""
    tokens = mistake.tokens if mistake.attribution is None else mistake.attribution.tokens
    scores = [0.0] * len(tokens) if mistake.attribution is None else mistake.attribution.scores.tolist()
    strongest = max(map(abs, scores), default=0.0) or 1.0
    half = LONGEST // 2
    words = [
        _word(token, score / strongest, score, place == mistake.word)
        for place, (token, score) in enumerate(zip(tokens, scores, strict=True))
    ]
    if len(words) > LONGEST:
        words = [*words[:half], text("…"), *words[-half:]]
    if not words:
        return paragraph("(a text without a word)", quiet=True)
    return item("div", Html(" ".join(words)), class_="text", dir="auto")


def _word(token: str, share: float, score: float, here: bool) -> Html:
    kinds = (["for" if share > 0 else "against"] if share else []) + (["here"] if here else [])
    style = f"--share: {abs(share) * DARKEST:.3f}"
    return item("span", item("bdi", token), class_=" ".join(kinds), style=style, title=f"{score:+.4f}")


def _of_audit(audit: Audit) -> Iterator[Html]:
    yield paragraph(item("b", audit.sentence))
    yield paragraph(audit.advice)
    rows = [
        (m.name, f"{m.accuracy.value:.4f}", f"{m.accuracy.low:.4f} to {m.accuracy.high:.4f}") for m in audit.methods
    ]
    yield table(("", "accuracy", f"{1 - audit.level:.0%} interval"), rows)
    left_out = f"; {audit.repeated} more, which repeat these, are left out" if audit.repeated else ""
    yield paragraph(f"{audit.n} texts, {audit.read_by}{left_out}.", quiet=True)
    if audit.flips:
        flips = [(flip.label, flip.text, flip.answer, flip.shuffled) for flip in audit.flips]
        yield paragraph("Texts that were understood, and no more when their words were shuffled:")
        yield table(("label", "text", "answer when shuffled", "shuffled"), flips, words=4)


def _of_training(model: Any) -> Iterator[Html]:
    if not hasattr(model, "history_"):
        yield paragraph("How it was trained is not known.", quiet=True)
        return
    from ..figures import training_curves

    yield both_grounds(lambda dark: training_curves(model.history_, dark=dark), "Training curves", "training")


def _of_model(model: Any) -> Iterator[Html]:
    yield paragraph(repr(model))
    yield item("pre", str(model.network_))
