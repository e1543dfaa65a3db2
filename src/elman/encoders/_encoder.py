"""What every encoder of texts is: settings, `fit`, `transform`, a folder it is saved in."""

import os
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..checks import check_integer, check_positive
from ..engine.layers import Layer
from ..engine.parallel import check_threads
from ..errors import InputError, ModelFolderError
from ..estimator import Estimator, not_fitted
from ..sequences import Sequences
from ..text import Tokenizer, Vocabulary

if TYPE_CHECKING:
    from .word_vectors import WordVectors

__all__ = ["Encoder", "TextEncoder", "TokenEncoder", "check_column", "check_texts"]

Array = NDArray[Any]
Text = str | list[str]


@dataclass(kw_only=True, eq=False, repr=False)
class Encoder(Estimator):
    """Turns texts into numbers. Subclasses give one vector a token (`TokenEncoder`) or one a text (`TextEncoder`).

    Texts are strings, which `Tokenizer` cuts into words in lower case, or lists of words, which are left as they are.
    Settings that are changed later decide about the next `fit`: until then an encoder answers, and is saved, as it was
    fitted. Those of use hold at once, such as `threads`.

    Parameters
    ----------
    min_count, max_vocabulary
        Words that come less often, or that are not among so many of the most frequent, are unknown.
    random_state : int
        Seed of all that is drawn.
    threads : int, optional
        As many as there are processors by default; changes no bit.
    """

    min_count: int = 1
    max_vocabulary: int | None = None
    random_state: int = 0
    threads: int | None = None

    vocabulary_: Vocabulary = field(init=False)
    tokenizer_: Tokenizer = field(init=False)
    _fitted_by_: "Encoder" = field(init=False)

    _kind: ClassVar[str | None] = "transformer"
    _learns_targets: ClassVar[bool] = False
    slow: ClassVar[bool] = True
    """Whether weights are learned: then a model that is trained anew keeps them."""
    cased: ClassVar[bool] = False
    """Whether the letter case of words is read."""

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        check_positive("min_count", self.min_count)
        if self.max_vocabulary is not None:
            check_positive("max_vocabulary", self.max_vocabulary)
        check_integer("random_state", self.random_state)
        check_threads(self.threads)

    def _reads(self) -> dict[str, bool]:
        return {"one_d_array": True, "two_d_array": False, "string": True}

    # Learning

    def fit(self, x: Any, y: Any = None) -> Self:
        """Learn from texts.

        Parameters
        ----------
        x : list of str, or of lists of tokens
        y : ignored

        Raises
        ------
        InputError
            A parameter or the data is not what it must be.
        """
        with self._as_before_after(BaseException):
            self.check_params()
            self._forget()
            self._fitted_by_ = self._unfitted()
            texts = check_texts(x)
            self.tokenizer_ = Tokenizer()
            self._learn(self._tokens(texts))
        return self

    def fit_transform(self, x: Any, y: Any = None) -> Any:
        """Learn from texts and encode them."""
        given = check_texts(x)
        return self.fit(given, y).transform(given)

    @abstractmethod
    def transform(self, x: Any) -> Any:
        """Encode texts."""

    @property
    @abstractmethod
    def features_(self) -> int:
        """Width of the vectors."""

    @property
    def has_word_vectors(self) -> bool:
        """Whether each word has a vector of its own, which `word_vectors()` then gives."""
        return False

    def word_vectors(self) -> "WordVectors":
        """Give the vectors of the words, to be looked up and compared. Raises InputError where there are none."""
        raise InputError(f"{type(self).__name__} has no vector of its own for each word")

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Give the name of each feature, (features,) of str."""
        self._check_fitted()
        stem = type(self).__name__.lower()
        return np.array([f"{stem}{number}" for number in range(self.features_)], object)

    def _unfitted(self) -> Self:
        """Give one that has the same settings and has learned nothing."""
        return type(self)(**self.get_params(deep=False))

    @property
    def _settings(self) -> Self:
        """What holds the settings: those that it was fitted by, or its own where it was not."""
        fitted_by: Self = vars(self).get("_fitted_by_", self)
        return fitted_by

    def _learn(self, tokens: list[list[str]]) -> None:
        """Learn from the tokens of texts: the vocabulary, and what a subclass adds."""
        self.vocabulary_ = self._learn_vocabulary(tokens)

    def _learn_vocabulary(self, tokens: list[list[str]]) -> Vocabulary:
        known = Vocabulary.from_tokens(tokens, int(self.min_count), self.max_vocabulary)
        if len(known) == 0:
            what = f"no word comes {self.min_count} times or more in the texts: lower min_count"
            raise InputError(what if any(tokens) else "texts must hold words to learn from, but all are empty")
        return known

    def _tokens(self, texts: Iterable[Text]) -> list[list[str]]:
        """Cut checked texts into tokens; each different token is one string in memory, however often it comes."""
        known: dict[str, str] = {}
        cut = (self.tokenizer_.tokenize(text) if isinstance(text, str) else text for text in texts)
        return [list(map(known.setdefault, row, row)) for row in cut]

    def _ids(self, x: Any) -> Sequences:
        """Give texts as ids of the fitted vocabulary."""
        self._check_fitted()
        return self.numbers(self._tokens(check_texts(x)))

    def numbers(self, tokens: Iterable[list[str]]) -> Sequences:
        """Give rows of tokens as a network reads them: ids, every unknown word the one after the last."""
        return Sequences.from_rows([self.vocabulary_.to_ids(row) for row in tokens])

    @property
    def is_fitted(self) -> bool:
        """Whether it has learned from texts."""
        return "vocabulary_" in vars(self)

    def __getattr__(self, name: str) -> Any:
        """Raise the error of what has not learned yet for a fitted attribute; called where Python finds none."""
        if name.endswith("_") and not name.startswith("__") and "vocabulary_" not in vars(self):
            self._check_fitted()
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    @property
    def is_whole(self) -> bool:
        """Whether it holds all that it has learned, and not only what `numbers` needs."""
        return self.is_fitted

    def _check_fitted(self) -> None:
        if not self.is_fitted:
            raise not_fitted(f"this {type(self).__name__} is not fitted yet: call fit, or load a folder")

    # Saving

    def arrays(self) -> dict[str, Array]:
        """Give what was learned as arrays by name, float32 or float64."""
        return {}

    def facts(self) -> dict[str, Any]:
        """Give what was learned besides words and arrays, as JSON can hold it."""
        return {}

    def _restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        """Take up what `arrays` and `facts` gave; words are there already. Raises ModelFolderError where they do not
        go together.
        """

    def to_read(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Give the arrays and facts that `numbers` needs, which a network that begins with `layer` does not hold."""
        return self.arrays(), self.facts()

    def take_up_to_read(
        self, vocabulary: Vocabulary, tokenizer: Tokenizer, arrays: Mapping[str, Array], facts: Mapping[str, Any]
    ) -> None:
        """Become able to give `numbers`, from what `to_read` gave. Errors as of `take_up`."""
        self.take_up(vocabulary, tokenizer, arrays, facts)

    def _saved_params(self) -> dict[str, Any]:
        """Give the settings that are saved; encoders among them, and what JSON can hold."""
        return {name: value for name, value in self._settings.get_params(deep=False).items() if name != "threads"}

    def take_up(
        self, vocabulary: Vocabulary, tokenizer: Tokenizer, arrays: Mapping[str, Array], facts: Mapping[str, Any]
    ) -> None:
        """Become what another one was fitted to. Raises an ElmanError or a built-in error for what is damaged."""
        self.check_params()
        self._fitted_by_ = self._unfitted()
        self.vocabulary_, self.tokenizer_ = vocabulary, tokenizer
        self._restore(arrays, facts)

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Write a folder, crash-safe; `elman.load` reads it, and so does `load` of the class. It replaces no model.

        Raises
        ------
        ModelFolderError
            `path` holds something else than a model folder, or cannot be written.
        InputError
            A setting of use, which is saved as it is now, is not what it must be.
        """
        from .saving import save

        self._check_fitted()
        save(self, path)

    @classmethod
    def load(cls, path: "str | os.PathLike[str]") -> Self:
        """Read a folder that `save` wrote.

        Raises
        ------
        ModelFolderError
            The folder is missing or damaged, or holds another kind.
        """
        from .saving import load

        encoder = load(path)
        if not isinstance(encoder, cls):
            raise ModelFolderError(f"{path}: holds a {type(encoder).__name__}, not a {cls.__name__}")
        return encoder


class TokenEncoder(Encoder):
    """An encoder that gives one vector a token: `transform` gives `Sequences` of (time, features)."""

    @property
    def joins_words(self) -> bool:
        """Whether `numbers` are ids of words, and a network has more of it if each word has learned vectors, too."""
        return False

    @abstractmethod
    def layer(self, word_dropout: float = 0.0) -> Layer:
        """Give the first layer of a network that reads `numbers` as these vectors."""

    def weights(self) -> dict[str, Array]:
        """Give the weights that `layer` begins with, by name; those that are missing begin as the layer says."""
        return {}


class TextEncoder(Encoder):
    """An encoder that gives one vector a text: `transform` gives (texts, features)."""


def check_texts(x: Any) -> list[Text]:
    """Give texts as a list of strings or of lists of tokens.

    Raises InputError naming what is neither, and for a table: a row of it would be read as tokens.
    """
    if isinstance(x, (str, bytes)) or not isinstance(x, Iterable) or getattr(x, "ndim", 1) == 0:
        raise InputError(f"texts must be a list of strings, got {type(x).__name__}; for one text give [text]")
    check_column(x)
    return [_check_text(number, text) for number, text in enumerate(x)]


def check_column(x: Any) -> None:
    """Raise InputError for a table of columns that have names, and for an array of more than one axis."""
    names = x if isinstance(x, Mapping) else getattr(x, "columns", None)
    if names is not None:
        shown = f"{', '.join(repr(name) for name in names):.80}"
        raise InputError(
            f"texts must be one column of texts, got {type(x).__name__} of {shown}: give one of these, as x[name]"
        )
    if getattr(x, "ndim", 1) > 1:
        raise InputError(
            f"texts must be one column of texts, got {type(x).__name__} of shape {x.shape}: give one, as x[:, 0]; "
            "tokens go in lists"
        )


def _check_text(number: int, text: Any) -> Text:
    if isinstance(text, str):
        return text
    if not isinstance(text, Iterable) or isinstance(text, (bytes, Mapping)):
        raise InputError(
            f"texts must be strings or lists of tokens, but text {number} is {type(text).__name__}: {text!r:.60}"
        )
    tokens = list(text)
    # The kinds first: a corpus has millions of tokens, and all are strings and nothing else, as a rule.
    if not {*map(type, tokens)} <= {str}:
        _check_tokens(number, tokens)
    return tokens


def _check_tokens(number: int, tokens: list[Any]) -> None:
    for place, token in enumerate(tokens):
        if not isinstance(token, str):
            raise InputError(
                f"tokens must be strings, but in text {number} token {place} is {type(token).__name__}: {token!r:.60}"
            )
