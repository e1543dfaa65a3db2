"""Fitted models to model folders and back."""

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from .._version import __version__
from ..encoders import WordVectors
from ..encoders import saving as encoders
from ..encoders.pretrained import found_anywhere
from ..encoders.saving import from_description, plain
from ..engine.encoder_decoder import EncoderDecoder
from ..engine.layers import Layer, SideBySide
from ..engine.network import Network
from ..errors import ElmanError, ModelFolderError
from ..modelfolder import LISTS, Card, ModelFolder, read_model_folder, render_card, write_model_folder
from ..text import Affixes, Tokenizer, Vocabulary
from ..training import History
from ._encoding import Encoding, VectorsInMemory
from ._layers import fits_classes
from ._training import Training
from ._words import WordClassifier, Words
from .sequence_classifier import SequenceClassifier
from .tagger import Tagger
from .text_classifier import TextClassifier
from .text_generator import TextGenerator
from .transducer import END, GIVES, Transducer

if TYPE_CHECKING:
    from ..data import Labelled
    from .comparison import Comparison

__all__ = ["load", "save"]

KINDS: dict[str, type[Training]] = {
    kind.__name__: kind for kind in (SequenceClassifier, Tagger, TextClassifier, TextGenerator, Transducer)
}
ENCODER = "text_encoder/"
"""What the names of an encoder's arrays begin with, beside those of the network."""
IN_MEMORY = "in_memory"
"""What the description of vectors is called that were no file's, and are not saved."""
NOT_SAVED = ("network", "report", "threads")
"""Parameters that are objects of this process, or change no result."""


def save(
    model: Training,
    path: str | os.PathLike[str],
    data: "Labelled | None" = None,
    comparison: "Comparison | None" = None,
) -> None:
    """Write a fitted model as a model folder; `data` and `comparison` only fill its card."""
    network = model._fitted()
    config: dict[str, Any] = {
        "kind": type(model).__name__,
        "elman_version": __version__,
        "classes": model.classes_.tolist(),
        "parameters": _plain(model.get_params(deep=False)),
        "network": network.to_config(),
        "epochs": int(model.epochs_),
        "history": model.history_.to_config() if hasattr(model, "history_") else None,
    }
    lists: dict[str, tuple[str, ...]] = {}
    if isinstance(model, Words):
        config |= {"tokenizer": model.tokenizer_.to_config(), "min_count": int(model.min_count_)}
        lists["vocabulary"] = model.vocabulary_.words
        if model.affixes_ is not None:
            config |= {"longest_affix": model.affixes_.longest, "case": model.affixes_.case}
            lists["affixes"] = model.affixes_.pieces
    arrays = dict(network.parameters)
    if isinstance(model, WordClassifier) and model.encoding_ is not None and model.encoding_.kept:
        encoder = model.encoding_.encoder
        config["encoder"] = model.encoding_.to_config()
        lists["encoder_vocabulary"] = encoder.vocabulary_.words
        arrays |= {ENCODER + name: value for name, value in encoder.to_read()[0].items()}
    if isinstance(model, TextGenerator):
        config["joined"] = bool(model.joined_)
        lists["vocabulary"] = model.vocabulary_.words
    if isinstance(model, Transducer):
        config |= {"longest": int(model.longest_), "gives": model.gives_}
        lists |= {"vocabulary": model.vocabulary_.words, "source_vocabulary": model.source_vocabulary_.words}
    card = render_card(_card(model, config, data, comparison))
    encoders.check_replaced(path, encoder=False)
    write_model_folder(path, ModelFolder(config, arrays, lists, card))


def load(path: str | os.PathLike[str]) -> Any:
    """Read a model folder.

    Returns
    -------
    TextClassifier, Tagger, TextGenerator, Transducer, SequenceClassifier or Encoder
        Fitted, as it was saved.

    Raises
    ------
    ModelFolderError
        The folder is missing or damaged; names the file and what is wrong with it.
    """
    folder = read_model_folder(path)
    try:
        return encoders.restored(folder) if folder.config.get("kind") in encoders.KINDS else _restore(folder)
    except ModelFolderError as error:
        raise ModelFolderError(f"{path}/config.json: {error}") from None
    except (ElmanError, TypeError, ValueError, KeyError, AttributeError, OverflowError, MemoryError) as error:
        raise ModelFolderError(f"{path}: is damaged: {error}; train or copy it again") from error


def _restore(folder: ModelFolder) -> Training:
    config = folder.config
    kind = config.get("kind")
    if kind not in KINDS:
        raise ModelFolderError(f'"kind" is {kind!r}, this Elman knows {", ".join((*KINDS, *encoders.KINDS))}')
    network_config = _dictionary(config, "network")
    if kind != Transducer.__name__ and not isinstance(network_config.get("layers"), list):
        raise ModelFolderError('"network" must list its "layers"')
    model = KINDS[kind]().set_params(**_restored(_dictionary(config, "parameters")))
    model.check_params()
    model.classes_ = _classes(config.get("classes"))
    model.epochs_ = _count(config, "epochs")
    if isinstance(model, Transducer):
        model.network_ = EncoderDecoder.from_config(network_config, folder.arrays)
    else:
        own = {name: value for name, value in folder.arrays.items() if not name.startswith(ENCODER)}
        model.network_ = Network.from_config(network_config, own)
    if config.get("history") is not None:
        model.history_, model.seconds_ = History.from_config(_dictionary(config, "history")), float("nan")
    if isinstance(model, TextGenerator):
        _restore_generator(model, folder)
        return model
    if isinstance(model, Transducer):
        _restore_transducer(model, folder)
        return model
    if len(model.classes_) < 2 or not fits_classes(model.network_.layers[-1], len(model.classes_)):
        raise ModelFolderError(f'"classes": {len(model.classes_)} do not fit {model.network_.layers[-1]}')
    if isinstance(model, WordClassifier) and model.network_.shapes[-1].sequence != isinstance(model, Tagger):
        raise ModelFolderError(f"a {kind} does not go with a network whose last layer is {model.network_.layers[-1]}")
    if isinstance(model, WordClassifier):
        model.encoding_ = _restored_encoding(model, folder)
        _restore_words(model, model.network_.layers[0], folder)
    return model


def _restored_encoding(model: WordClassifier, folder: ModelFolder) -> Encoding | None:
    """Give the encoder that the network reads by; None where it holds all of it."""
    if "encoder" not in folder.config:
        return None
    arrays = {name[len(ENCODER) :]: value for name, value in folder.arrays.items() if name.startswith(ENCODER)}
    words = folder.lists["encoder_vocabulary"]
    return Encoding.restored(_dictionary(folder.config, "encoder"), words, arrays, bool(model._widths()))


def _restore_generator(model: TextGenerator, folder: ModelFolder) -> None:
    first, last = model.network_.layers[0], model.network_.layers[-1]
    _check_lists(folder, {"vocabulary": getattr(first, "input_dim", 0)})
    if not model.network_.shapes[-1].sequence or getattr(last, "units", 0) != len(folder.lists["vocabulary"]) + 1:
        raise ModelFolderError(f"a TextGenerator does not go with a network whose last layer is {last}")
    if not isinstance(folder.config.get("joined"), bool):
        raise ModelFolderError(f'"joined" must be true or false, got {folder.config.get("joined")!r:.60}')
    model.vocabulary_, model.joined_ = Vocabulary(folder.lists["vocabulary"]), folder.config["joined"]
    model.dev_perplexity_ = None
    missing = [token for token in model.special_tokens() if token not in model.vocabulary_]
    if missing:
        raise ModelFolderError(f"{LISTS['vocabulary']} lacks {missing[0]!r}; train or copy it again")


def _restore_transducer(model: Transducer, folder: ModelFolder) -> None:
    encoder, decoder = model.network_.encoder, model.network_.decoder
    known = {"source_vocabulary": encoder, "vocabulary": decoder}
    _check_lists(folder, {name: getattr(part.layers[0], "input_dim", 0) for name, part in known.items()})
    if decoder.head.units != len(folder.lists["vocabulary"]) + 1:
        raise ModelFolderError(f"a Transducer does not go with a network whose last layer is {decoder.head}")
    model.source_vocabulary_ = Vocabulary(folder.lists["source_vocabulary"])
    model.vocabulary_ = Vocabulary(folder.lists["vocabulary"])
    if END not in model.vocabulary_:
        raise ModelFolderError(f"{LISTS['vocabulary']} lacks {END!r}; train or copy it again")
    model.longest_, model.gives_ = _count(folder.config, "longest"), folder.config.get("gives", "missing")
    if model.gives_ not in GIVES:
        raise ModelFolderError(f'"gives" must be one of {", ".join(GIVES)}, got {model.gives_!r:.60}')
    foreign = [word for word in model.vocabulary_.words if word != END and not _is_written_number(word)]
    if model.gives_ == "numbers" and foreign:
        raise ModelFolderError(f'"gives" is numbers, but {LISTS["vocabulary"]} holds {foreign[0]!r:.60}')


def _is_written_number(word: str) -> bool:
    """Tell whether a word is a whole number as Python writes it, and so can be read as one."""
    try:
        return str(int(word)) == word
    except ValueError:
        return False


def _check_lists(folder: ModelFolder, needed: dict[str, int]) -> None:
    for name, known in needed.items():
        listed = len(folder.lists.get(name, ()))
        if listed != known:
            raise ModelFolderError(f"{LISTS[name]} holds {listed} lines, but the network knows {known}")


def _restore_words(model: Words, first: Layer, folder: ModelFolder) -> None:
    first = first.layers[0] if isinstance(first, SideBySide) else first
    needed = {"affixes": getattr(first, "subwords", 0)}
    if hasattr(first, "input_dim"):
        needed["vocabulary"] = first.input_dim
    _check_lists(folder, needed)
    model.vocabulary_ = Vocabulary(folder.lists["vocabulary"])
    model.tokenizer_ = Tokenizer.from_config(folder.config.get("tokenizer"))
    model.min_count_ = _count(folder.config, "min_count")
    model.affixes_ = None
    if needed["affixes"]:
        if "case" not in folder.config:
            raise ModelFolderError('"case" is missing: an Elman wrote it that added affixes up in another way')
        model.affixes_ = Affixes(folder.lists["affixes"], folder.config.get("longest_affix", 0), folder.config["case"])
    cased = isinstance(model, WordClassifier) and model.encoding_ is not None and model.encoding_.cased
    if model.tokenizer_.lowercase == (cased or (model.affixes_ is not None and model.affixes_.case)):
        raise ModelFolderError('"case" does not go with the tokenizer\'s "lowercase"')


def _dictionary(config: dict[str, Any], name: str) -> dict[str, Any]:
    value = config.get(name)
    if not isinstance(value, dict):
        raise ModelFolderError(f'"{name}" must be an object, got {value!r:.60}')
    return value


def _count(config: dict[str, Any], name: str) -> int:
    value = config.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ModelFolderError(f'"{name}" must be a positive integer, got {value!r:.60}; train again')
    return value


def _classes(value: Any) -> Any:
    good = isinstance(value, list) and len({type(label) for label in value}) <= 1
    if not good or not all(isinstance(label, (str, int, float)) for label in value) or value != sorted(set(value)):
        raise ModelFolderError(f'"classes" must be different labels in order, got {value!r:.80}')
    return np.asarray(value)


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """Give the parameters as JSON can hold them; a dict by label becomes a list of pairs, a file's path a whole one."""
    kept = {name: value for name, value in parameters.items() if name not in NOT_SAVED}
    if isinstance(kept.get("class_weight"), dict):
        kept["class_weight"] = [[label, weight] for label, weight in kept["class_weight"].items()]
    if isinstance(kept.get("vectors"), (str, os.PathLike)):
        kept["vectors"] = found_anywhere(kept["vectors"])
    return {name: _plain_value(value) for name, value in kept.items()}


def _plain_value(value: Any) -> Any:
    return {IN_MEMORY: repr(value)} if isinstance(value, (WordVectors, VectorsInMemory)) else plain(value)


def _restored(parameters: dict[str, Any]) -> dict[str, Any]:
    if isinstance(parameters.get("class_weight"), list):
        parameters = parameters | {"class_weight": dict(parameters["class_weight"])}
    if isinstance(parameters.get("encoder"), dict):
        parameters = parameters | {"encoder": from_description(parameters["encoder"])}
    if isinstance(parameters.get("vectors"), dict):
        parameters = parameters | {"vectors": VectorsInMemory(str(parameters["vectors"][IN_MEMORY]))}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in parameters.items()}


def _card(model: Training, config: dict[str, Any], data: "Labelled | None", comparison: "Comparison | None") -> Card:
    facts: dict[str, Any] = {}
    figures: dict[str, dict[str, float]] = {}
    if data is not None:
        facts = data.facts()
    if comparison is not None:
        figures = comparison.table()
    return Card(
        kind=config["kind"],
        version=__version__,
        data=facts,
        classes={} if data is None else data.class_counts(),
        counted="texts" if data is None else data.labelled,
        figures=figures,
        measured_on="" if comparison is None else comparison.measured_on,
        remark="" if comparison is None or comparison.word_order is None else comparison.word_order.sentence,
        recipe=config["parameters"],
        network=str(model.network_),
    )
