"""What a model can be trained to do: for each task its estimator, the reader of its data, and its rivals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..data import Labelled, read_corpus, read_labelled, read_pairs, read_tagged
from ..errors import InputError
from ._tag_rivals import commonest_tag, window_of_words
from .evaluation import Rival, bag_of_bigrams, majority_class
from .tagger import Tagger
from .text_classifier import TextClassifier
from .text_generator import TextGenerator
from .transducer import Transducer

__all__ = ["TASKS", "Task", "task_of"]


@dataclass(frozen=True)
class Task:
    """A kind of model, with what surrounds it.

    name : as `elman train --task` calls it
    estimator : what is trained
    command : that uses a model
    read : gives labelled rows of a source; takes the columns by name, and the `classes` of a model
    columns : names of the parameters of `read` that choose columns
    rivals : trained and measured beside the estimator, each called with rows, labels, dev rows and dev labels
    training_rivals : what to say while they are trained
    reading : gives what else `read` must know of a model, by name
    answers : whether labels are what the model gives, and not what it is given
    """

    name: str
    estimator: type[Any]
    command: str
    read: Callable[..., Labelled]
    columns: tuple[str, ...]
    rivals: tuple[Callable[[Any, Any, Any, Any], Rival], ...]
    training_rivals: str = ""
    reading: Callable[[Any], dict[str, Any]] = field(default=lambda model: {})
    answers: bool = True

    def read_for(self, model: Any, source: Any, classes: Any = None, **columns: Any) -> Labelled:
        """Read what a model learns from, or, given the `classes` that it knows, what it is measured by."""
        return self.read(source, **columns, **self.reading(model), classes=classes)

    def compared(self, rows: Sequence[Any], labels: Sequence[Any], dev: tuple[Any, Any]) -> tuple[Rival, ...]:
        """Train the rivals on the rows, and measure them on the dev part."""
        return tuple(rival(rows, labels, *dev) for rival in self.rivals)


CLASSIFY = Task(
    "classify",
    TextClassifier,
    "predict",
    read_labelled,
    ("text_column", "label_column"),
    (majority_class, bag_of_bigrams),
    "training the rival: TF-IDF of words and bigrams with logistic regression",
)
TAG = Task(
    "tag",
    Tagger,
    "tag",
    read_tagged,
    ("word_column", "tag_column"),
    (commonest_tag, window_of_words),
    "training the rival: logistic regression on a window of words",
)
GENERATE = Task(
    "generate",
    TextGenerator,
    "generate",
    read_corpus,
    ("text_column", "label_column"),
    (),
    reading=lambda model: {"whole": model.level == "char"},
    answers=False,
)
TRANSLATE = Task(
    "translate",
    Transducer,
    "translate",
    read_pairs,
    ("source_column", "target_column"),
    (),
)
TASKS = {task.name: task for task in (CLASSIFY, TAG, GENERATE, TRANSLATE)}


def task_of(model: Any) -> Task:
    """Give the task that a model was made for. Raises InputError for a model that reads no text."""
    for task in TASKS.values():
        if isinstance(model, task.estimator):
            return task
    raise InputError(f"a {type(model).__name__}, which reads sequences of numbers; use it from Python")
