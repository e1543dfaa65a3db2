"""Fit a classifier of texts or of words and set it beside cheap rivals on the same dev part."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..data import Labelled
from ..errors import InputError
from ..training import held_back
from ._classifier import Classifier
from .evaluation import Evaluation, Rival, evaluate
from .perplexity import Perplexity
from .tasks import task_of
from .text_generator import TextGenerator
from .transducer import Transducer, Transductions

__all__ = ["Comparison", "Remark", "Split", "fit_and_compare", "split_for"]


class Remark(Protocol):
    """What somebody else found, a dataclass that says it in a sentence."""

    @property
    def sentence(self) -> str: ...


@dataclass(frozen=True)
class Comparison:
    """What came out of a training.

    rows, dev_rows : trained on, of language models with those that were held back; measured on, of a stream in part
    dev : where the measured rows come from
    evaluation : of the model on them
    seconds : that `fit` took
    rivals : other methods, trained and measured on the same rows
    refitted : rows that the model was trained anew on after it was measured, those of the dev part among them; 0 where
        it was not
    unit : what a row is called
    word_order : what a look at the model on the dev part found; None where nobody looked
    """

    rows: int
    dev_rows: int
    dev: str
    evaluation: Evaluation | Perplexity | Transductions
    seconds: float
    rivals: tuple[Rival, ...]
    refitted: int = 0
    unit: str = "text"
    word_order: "Remark | None" = None

    @property
    def measured_on(self) -> str:
        """On how many rows, and which, and what came after."""
        then = f"; then trained anew on all {self.refitted} {self.unit}s" if self.refitted else ""
        if isinstance(self.evaluation, Perplexity):
            return f"{self.evaluation.tokens} tokens, {self.dev}"
        return f"{self.dev_rows} {self.unit}{'s' * (self.dev_rows != 1)}, {self.dev}{then}"

    def table(self) -> dict[str, dict[str, float]]:
        """Give the figures of the model and its rivals by name, each a row of figures by name."""
        own = {**self.evaluation.figures(), "seconds": self.seconds}
        return {"elman": own, **{rival.name: rival.figures() for rival in self.rivals}}

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return {**asdict(self), "evaluation": self.evaluation.to_json()}


def fit_and_compare(
    model: Any,
    data: Labelled,
    dev: Labelled | None = None,
    rivals: bool = True,
    say: Callable[[str], None] = lambda line: None,
    unlabelled: Sequence[str] | None = None,
    look: Callable[[Any, Any, Any, int], "Remark | None"] | None = None,
) -> Comparison:
    """Fit `model` in place, choose its epoch and measure it on the dev part, and train rivals on the same rows.

    A part that was held back chooses the epoch where `fit` itself would hold one back, by default from 1,000 rows on.
    Afterwards, if `model.refit` is set, the model is trained anew on all rows: the figures are those of the training
    without that part.

    Parameters
    ----------
    model : TextClassifier, Tagger, TextGenerator or Transducer
    data : to train on, `LabelledTexts`, `TaggedSentences`, a `Corpus` or `PairedTexts`
    dev : to measure on; by default a part of `data` is held back, or, where `data` is too small for that, the
        training rows themselves are measured, and the result says so
    rivals : whether to train the cheap rivals of the task, too
    say : called with a line before each longer step
    unlabelled : texts that the encoder of a classifier or tagger learns from besides
    look : called with the model as it was measured, the rows and labels of the dev part, and how often it may read a
        row, which is a tenth of how often training did; not called where the training rows were measured. What it gives
        is `word_order` of the comparison

    Raises
    ------
    InputError, NonFiniteError
        As `fit`; a dev label that is not among those of training.
    """
    if isinstance(model, TextGenerator):
        return _fit_generator(model, data, dev)
    task = task_of(model)
    split = split_for(model, data, dev)
    more = {} if unlabelled is None else {"unlabelled": unlabelled}
    model.fit(*split.train, dev=split.to_choose_by, **more)
    measured, seconds = evaluate(model, *split.dev), model.seconds_
    if rivals and task.rivals:
        say(task.training_rivals)
    others = task.compared(*split.train, split.dev) if rivals else ()
    seen = None if look is None or split.dev is split.train else look(model, *split.dev, _readings(model, split) // 10)
    refitted = _refit(model, data, say, more) if split.held_back and isinstance(model, Classifier) else 0
    counts = len(split.train[0]), len(split.dev[0])
    return Comparison(*counts, split.origin, measured, seconds, others, refitted, data.unit, seen)


def _readings(model: Any, split: "Split") -> int:
    """Give how often training read a row."""
    return len(split.train[0]) * len(model.history_.epochs)


def _fit_generator(model: TextGenerator, data: Labelled, dev: Labelled | None) -> Comparison:
    """Fit a language model, which holds back a part of its texts by itself."""
    texts, labels = data
    model.fit(texts, labels, dev=None if dev is None else (tuple(dev) if labels is not None else next(iter(dev))))
    measured, origin = model.dev_perplexity_, "held back from the training data" if dev is None else dev.source
    if measured is None:
        measured, origin = model.perplexity(texts, labels), "the training data itself (too little to hold back)"
    return Comparison(len(texts), measured.texts, origin, measured, model.seconds_, (), unit=data.unit)


@dataclass(frozen=True)
class Split:
    """Rows and labels to train on and to measure on, and where the latter come from.

    held_back : whether those to measure on were held back from the rows that were given
    chooses : whether they also choose the epoch: not where they are a few that were held back, by which a training
        would end after its first epochs, nor where they are those to train on
    """

    train: tuple[Any, Any]
    dev: tuple[Any, Any]
    origin: str
    held_back: bool
    chooses: bool

    @property
    def to_choose_by(self) -> tuple[Any, Any] | None:
        """What `fit` takes as its `dev`."""
        return self.dev if self.chooses else None


def split_for(model: Classifier | Transducer, data: Labelled, dev: Labelled | None) -> Split:
    """Give what a model is trained on, and what it is measured on: `dev`, or else a part that is held back."""
    rows, labels = (list(part) for part in data)
    if dev is not None:
        dev_rows, dev_labels = dev
        return Split((rows, labels), (list(dev_rows), list(dev_labels)), dev.source, held_back=False, chooses=True)
    kept, held = _hold_back(labels, model)
    if not len(held):
        whole = rows, labels
        origin = "the training data itself (too little to hold back)"
        return Split(whole, whole, origin, held_back=False, chooses=False)
    train, dev_part = ((_pick(rows, part), _pick(labels, part)) for part in (kept, held))
    chooses = model.stops_early(len(rows))
    return Split(train, dev_part, "held back from the training data", held_back=True, chooses=chooses)


def _refit(model: Classifier, data: Labelled, say: Callable[[str], None], more: dict[str, Any]) -> int:
    """Train anew on all rows, where the model wants that; give their number, or 0.

    more : arguments of `refit_on` besides
    """
    rows, labels = data
    if not model.refits(len(rows)):
        return 0
    epochs = model.history_.best
    say(f"training anew on all {len(rows)} {data.unit}s, for {epochs} {'epoch' if epochs == 1 else 'epochs'}")
    model.refit_on(rows, labels, **more)
    return len(rows)


def _pick(items: list[Any], numbers: Any) -> list[Any]:
    return [items[number] for number in numbers]


def _hold_back(labels: list[Any], model: Classifier | Transducer) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    # Rows of many labels, and texts, belong to no class that could be held back in its share.
    alike = isinstance(model, Transducer) or (labels and isinstance(labels[0], list))
    strata = [0] * len(labels) if alike else labels
    try:
        return held_back(strata, model.validation_fraction, model.random_state)
    except InputError:
        return np.arange(len(labels)), np.arange(0)
