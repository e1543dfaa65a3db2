"""The same network on the same texts, begun with one encoder after another."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import check_positive
from ..data import LabelledTexts
from ..errors import ElmanError, InputError
from ._encoding import EMBEDDING, ENCODERS, reason_against_more
from .comparison import Split, split_for
from .text_classifier import TextClassifier

__all__ = ["EncoderFigures", "compare_encoders"]


@dataclass(frozen=True)
class EncoderFigures:
    """What a classifier reached that began with an encoder.

    accuracy : mean over the seeds
    standard_error : of a share of so many texts, sqrt(p (1 - p) / n)
    spread : standard deviation over the seeds; None for one
    seconds : to train, that of the encoder among them; mean over the seeds
    bytes : of the model folder
    texts : that were measured
    measured_on : which these are, and whether they chose the epoch, too
    right : (texts,) float64, how often each of them was answered right, a share of the seeds
    """

    encoder: str
    accuracy: float
    standard_error: float
    spread: float | None
    seconds: float
    bytes: int
    texts: int
    measured_on: str
    right: NDArray[np.float64] = field(repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON can hold it, without the single texts."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "right"}


def compare_encoders(
    model: TextClassifier,
    data: LabelledTexts,
    encoders: Iterable[str] = ENCODERS,
    dev: LabelledTexts | None = None,
    test: LabelledTexts | None = None,
    unlabelled: Sequence[str] | None = None,
    seeds: int = 1,
    report: Callable[[EncoderFigures], None] = lambda figures: None,
    failed: Callable[[str, ElmanError], None] | None = None,
) -> list[EncoderFigures]:
    """Train a classifier with each encoder, with the same settings on the same split, and measure it on the same texts.

    Parameters
    ----------
    model : whose settings are taken, but for `encoder`; those seeds from its `random_state` on
    data, dev : to train on, and to choose the epoch by; by default a part of `data` is held back, which from 1,000 rows
        on chooses it, too
    test : to measure on; by default the dev part or the one that was held back
    unlabelled : texts that those encoders learn from besides that learn from texts
    report : called with the figures of each encoder as they come
    failed : called with the name of an encoder that does not go with the texts or settings and its error; the others
        go on, and it has no figures. Without, the first error ends the comparison

    Raises
    ------
    InputError
        An encoder that is none; `unlabelled` where no encoder learns from it; as `TextClassifier.fit`.
    """
    check_positive("seeds", seeds)
    chosen = list(encoders)
    for encoder in chosen:
        if encoder not in ENCODERS or chosen.count(encoder) > 1:
            twice = " twice" if encoder in ENCODERS else ""
            raise InputError(f"encoders must be among {', '.join(ENCODERS)}, got {encoder!r:.80}{twice}")
    if unlabelled is not None and all(reason_against_more(encoder, model.vectors) for encoder in chosen):
        raise InputError(
            f"unlabelled has no effect with encoders {', '.join(chosen)}, which learn from labels alone: add word2vec "
            "or another, or leave unlabelled out"
        )
    model.check_params()
    split, found = split_for(model, data, dev), []
    if test is not None and not split.chooses:  # nothing hangs on what was held back
        split = replace(split, train=(list(data.texts), list(data.labels)))
    part = _part(split, test)
    for encoder in chosen:
        try:
            figures = _measured([_trained(model, encoder, seed, split, unlabelled) for seed in range(seeds)], part)
        except ElmanError as error:
            if failed is None:
                raise
            failed(encoder, error)
            continue
        found.append(figures)
        report(figures)
    return found


@dataclass(frozen=True)
class _Part:
    """Texts and labels to measure on, and which these are."""

    texts: list[str]
    labels: list[Any]
    origin: str


def _part(split: Split, test: LabelledTexts | None) -> _Part:
    if test is not None:
        return _Part(list(test.texts), list(test.labels), test.source)
    chose = "; they chose the epoch, too" if split.chooses else ""
    return _Part(*split.dev, f"{split.origin}{chose}")


def _measured(trained: list[TextClassifier], part: _Part) -> EncoderFigures:
    """Give the figures of models that differ in their seed alone."""
    right = np.array([_right(one, part) for one in trained], np.float64)
    accuracies = right.mean(axis=1)
    mean = float(accuracies.mean())
    return EncoderFigures(
        encoder=trained[0].encoder,
        accuracy=mean,
        standard_error=float(np.sqrt(mean * (1 - mean) / len(part.texts))),
        spread=float(np.std(accuracies, ddof=1)) if len(trained) > 1 else None,
        seconds=float(np.mean([one.seconds_ for one in trained])),
        bytes=_size(trained[0]),
        texts=len(part.texts),
        measured_on=part.origin,
        right=right.mean(axis=0),
    )


def _right(model: TextClassifier, part: _Part) -> NDArray[np.bool_]:
    labels, answers, _ = model.compare(part.texts, part.labels)
    return np.asarray(labels == answers)


def _trained(
    model: TextClassifier, encoder: str, seed: int, split: Split, unlabelled: Sequence[str] | None
) -> TextClassifier:
    settings = model.get_params(deep=False)
    settings |= {"encoder": encoder, "random_state": int(settings["random_state"]) + seed}
    if encoder != EMBEDDING:
        settings["vectors"] = None
    more = unlabelled if reason_against_more(encoder, settings["vectors"]) is None else None
    return TextClassifier(**settings).fit(*split.train, dev=split.to_choose_by, unlabelled=more)


def _size(model: TextClassifier) -> int:
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
