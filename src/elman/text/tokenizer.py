"""Texts to tokens, by one regular expression."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ..errors import InputError
from ._marks import MARKS

__all__ = ["Tokenizer", "folded"]

_SINGLE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
"""Scripts written without spaces whose characters carry meaning alone: each is a token."""

# Inside a word Persian and the scripts of India write joiners that are seen only in their neighbours' shape.
_JOINERS = "\u200c\u200d"
_WORD = rf"(?![{_SINGLE}])[\w{MARKS}](?:(?![{_SINGLE}])[\w{MARKS}{_JOINERS}])*"

PATTERN = "|".join(
    (
        r"\d+(?:[.,]\d+)+",  # 3.5, 1,000
        rf"[{_SINGLE}][{MARKS}]*",
        r"n['’]t\b",  # the rest of don't, as in the Penn Treebank; also where it stands alone
        r"['’](?:s|re|ve|ll|d|m)\b",  # 's, 're, ...
        rf"{_WORD}?(?=n['’]t\b)",  # do, before n't
        _WORD,
        r"\.{2,}",  # ...
        "[\U0001f1e6-\U0001f1ff]{2}",  # a flag
        # a sign or an emoji, with what modifies it (marks, skin tones, tags of regions) and what is joined to it
        rf"[^\w\s](?:[{MARKS}\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]|\u200d[^\w\s])*",
    )
)
"""The default pattern. Every character that is not white space is part of some token."""

_ASCII = re.compile(
    r"[a-zA-Z]++(?![0-9_'])|[nN]'[tT]\b|'(?:[sSdDmM]|[rRvV][eE]|[lL][lL])\b|\d+(?:[.,]\d+)+"
    r"|\w+?(?=[nN]'[tT]\b)|\w+|\.{2,}|[^\w\s\x1c-\x1f]",
    re.ASCII,
)
"""What PATTERN comes down to on ASCII, twice as fast: most words are done by the first alternative, in one run."""

# Only what looks like an attribute may stand in a tag, so that "if a <b and c> d" loses no words.
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s+[\w:-]+\s*=[^<>]*)?\s*/?>", re.IGNORECASE)
_PROBE = "a B1 é!\n"
"""Letters, a digit, a sign and spaces, to see whether a pattern finds places between characters."""


def folded(token: str) -> str:
    """Give a token in lower case, with the apostrophe of ASCII: what tokens that differ in letter case alone share."""
    return token.lower().replace("’", "'")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _without_tags(text: str) -> str:
    """Put spaces in place of HTML tags such as <br />, as many as they are long, so that offsets stay."""
    return _TAG.sub(lambda tag: " " * len(tag[0]), text) if "<" in text else text


@dataclass(frozen=True)
class Tokenizer:
    """Cut texts into words, numbers and signs.

    Reviews as people write them and those that are cut already (Penn Treebank style: "do n't", "it 's")
    come out alike: don't -> do n't, it's -> it 's. HTML tags are left out. Chinese and Japanese characters
    are tokens each; scripts without spaces or such characters (Thai, Khmer) give a token a phrase. An emoji is
    one token; combining marks and joiners stay with their letter.

    Parameters
    ----------
    lowercase : bool
        Whether tokens are in lower case.
    pattern : str
        Regular expression of a token, without capturing groups; letter case is ignored.

    Raises
    ------
    InputError
        `pattern` is no regular expression, has groups, or can match nothing.

    Examples
    --------
    >>> Tokenizer().tokenize("The movie wasn't bad!<br />It's GREAT.")
    ['the', 'movie', 'was', "n't", 'bad', '!', 'it', "'s", 'great', '.']
    """

    lowercase: bool = True
    pattern: str = field(default=PATTERN, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.lowercase, bool):
            raise InputError(f"lowercase must be true or false, got {self.lowercase!r}")
        if not isinstance(self.pattern, str):
            raise InputError(f"pattern must be a string, got {type(self.pattern).__name__}")
        try:
            compiled = _compiled(self.pattern)
        except (re.error, OverflowError, RecursionError) as error:
            raise InputError(f"pattern is no regular expression: {error}") from None
        if compiled.groups or compiled.fullmatch("") or not all(compiled.findall(_PROBE)):
            raise InputError("pattern must have no capturing groups and must not match the empty string")

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Give where each token begins and ends in `text`, as it was given.

        Raises
        ------
        InputError
            `text` is not a string.
        """
        return [match.span() for match in self._expression(text).finditer(_without_tags(text))]

    def tokenize(self, text: str) -> list[str]:
        """Give the tokens in order. Raises InputError as `spans` does."""
        # Lower case may be longer than the text ("İ"), so the text is cut first, unless letter case cannot matter.
        expression = self._expression(text)
        if expression is _ASCII:
            return expression.findall(_without_tags(text.lower() if self.lowercase else text))
        tokens = expression.findall(_without_tags(text))
        return [folded(token) for token in tokens] if self.lowercase else tokens

    def _expression(self, text: str) -> re.Pattern[str]:
        if not isinstance(text, str):
            raise InputError(f"a text must be a string, got {type(text).__name__}: {text!r:.60}")
        return _ASCII if self.pattern == PATTERN and text.isascii() else _compiled(self.pattern)

    def to_config(self) -> dict[str, Any]:
        """Give the settings as JSON can hold them; None stands for the default pattern."""
        # The default is part of what a version of the model folder's format means: change both or neither.
        return {"lowercase": self.lowercase, "pattern": None if self.pattern == PATTERN else self.pattern}

    @classmethod
    def from_config(cls, config: Any) -> "Tokenizer":
        """Make it again. Raises InputError for settings that no tokenizer has."""
        if not isinstance(config, dict) or set(config) != {"lowercase", "pattern"}:
            raise InputError(f"a tokenizer's settings are lowercase and pattern, got {config!r:.80}")
        pattern = PATTERN if config["pattern"] is None else config["pattern"]
        return cls(config["lowercase"], pattern)
