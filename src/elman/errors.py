"""Every error that Elman raises on purpose, and what it warns by.

    ElmanError
    ├── InputError        (ValueError)          an argument or an array is not what it must be
    │   ├── InputTypeError (TypeError)          it is of a type that can never be
    │   └── UnknownWordError (KeyError)         a word is looked up that has no vector
    ├── DataError         (ValueError)          a file of texts or of vectors cannot be read or written as asked
    ├── NotFittedError    (ValueError, AttributeError)   a model is used before `fit`
    ├── ModelFolderError  (ValueError)          a model folder is missing, foreign or damaged
    └── NonFiniteError    (ArithmeticError)     training met a loss or gradient that is not finite

Each message says what was wrong, what was given and what to do. The command line prints it, with options in the
place of parameters, and ends with status 1, or with 2 where the options themselves are wrong; no other exception
should reach a user for a mistake of his own.
"""

__all__ = [
    "DataError",
    "ElmanError",
    "ElmanWarning",
    "InputError",
    "InputTypeError",
    "ModelFolderError",
    "NonFiniteError",
    "NotFittedError",
    "UnknownWordError",
]


class ElmanError(Exception):
    """Base of all errors raised on purpose, so that one `except` catches them."""


class InputError(ElmanError, ValueError):
    """An argument or an array is not what it must be."""


class InputTypeError(InputError, TypeError):
    """An argument or what an array holds is of a type that can never be right."""


class UnknownWordError(InputError, KeyError):
    """A word is looked up that has no vector."""

    __str__ = Exception.__str__  # KeyError's shows the message as a literal, in quotes


class DataError(ElmanError, ValueError):
    """A file of texts or of vectors cannot be read or written as asked."""


class NotFittedError(ElmanError, ValueError, AttributeError):
    """A model is used before it was fitted."""


class ModelFolderError(ElmanError, ValueError):
    """A model folder is missing, foreign or damaged."""


class NonFiniteError(ElmanError, ArithmeticError):
    """Training met a loss or a gradient that is not finite."""


class ElmanWarning(RuntimeWarning):
    """What was asked for is done, but may not be what was meant; the command line prints it as a line."""
