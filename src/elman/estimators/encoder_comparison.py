"""The same network on the same texts, begun with one encoder after another."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..checks import check_positive
from ..data import LabelledTexts
from ..errors import ElmanError, InputError
from ._encoding import ENCODERS, reason_against_more
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
    """

    encoder: str
    accuracy: float
    standard_error: float
    spread: float | None
    seconds: float
    bytes: int

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return asdict(self)


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
    data, dev : to train on, and to choose the epoch by; by default a part of `data` is held back for that
    test : to measure on; by default the dev part, which has chosen the epoch
    unlabelled : texts that encoders learn from besides
    report : called with the figures of each encoder as they come
    failed : called with the name of an encoder that does not go with the texts or settings and its error; the others
        go on, and it has no figures. Without, the first error ends the comparison

    Raises
    ------
    InputError
        An encoder that is none; as `TextClassifier.fit`.
    """
    check_positive("seeds", seeds)
    chosen = list(encoders)
    for encoder in chosen:
        if encoder not in ENCODERS:
            raise InputError(f"encoders must be among {', '.join(ENCODERS)}, got {encoder!r:.80}")
    model.check_params()
    split, found = split_for(model, data, dev), []
    for encoder in chosen:
        try:
            figures = _measured(model, encoder, split, split.dev if test is None else tuple(test), unlabelled, seeds)
        except ElmanError as error:
            if failed is None:
                raise
            failed(encoder, error)
            continue
        found.append(figures)
        report(figures)
    return found


def _measured(
    model: TextClassifier, encoder: str, split: Split, test: Any, unlabelled: Sequence[str] | None, seeds: int
) -> EncoderFigures:
    trained = [_trained(model, encoder, seed, split, unlabelled) for seed in range(seeds)]
    accuracies = [one.score(*test) for one in trained]
    mean = float(np.mean(accuracies))
    return EncoderFigures(
        encoder,
        mean,
        float(np.sqrt(mean * (1 - mean) / len(test[0]))),
        float(np.std(accuracies, ddof=1)) if seeds > 1 else None,
        float(np.mean([one.seconds_ for one in trained])),
        _size(trained[0]),
    )


def _trained(
    model: TextClassifier, encoder: str, seed: int, split: Split, unlabelled: Sequence[str] | None
) -> TextClassifier:
    settings = model.get_params(deep=False)
    settings |= {"encoder": encoder, "random_state": int(settings["random_state"]) + seed}
    if encoder != "embedding":
        settings["vectors"] = None
    more = unlabelled if reason_against_more(encoder, settings["vectors"]) is None else None
    return TextClassifier(**settings).fit(*split.train, dev=split.to_choose_by, unlabelled=more)


def _size(model: TextClassifier) -> int:
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
