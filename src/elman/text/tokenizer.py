"""Texts to tokens, by one regular expression."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ..errors import InputError
from ._marks import MARKS

__all__ = ["Tokenizer"]

_WORD = rf"[\w{MARKS}]"
_SINGLE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Scripts written without spaces whose characters carry meaning alone: each is a token."""

PATTERN = "|".join(
    (
        r"\d+(?:[.,]\d+)+",  # 3.5, 1,000
        rf"[{_SINGLE}]",
        r"n['’]t\b",  # the rest of don't, as in the Penn Treebank; also where it stands alone
        r"['’](?:s|re|ve|ll|d|m)\b",  # 's, 're, ...
        rf"(?:(?![{_SINGLE}]){_WORD})+?(?=n['’]t\b)",  # do, before n't
        rf"(?:(?![{_SINGLE}]){_WORD})+",
        r"\.{2,}",  # ...
        "[\U0001f1e6-\U0001f1ff]{2}",  # a flag
        # a sign or an emoji, with what modifies it and what is joined to it
        rf"[^\w\s](?:[{MARKS}\U0001f3fb-\U0001f3ff]|\u200d[^\w\s])*",
    )
)
"""The default pattern. Every character that is not white space is part of some token."""

_ASCII = r"\d+(?:[.,]\d+)+|n't\b|'(?:s|re|ve|ll|d|m)\b|\w+?(?=n't\b)|\w+|\.{2,}|[^\w\s]"
"""What PATTERN comes down to on ASCII, faster."""

_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)


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
    are tokens each; an emoji is one token; combining marks stay with their letter.

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
        if compiled.groups or compiled.fullmatch(""):
            raise InputError("pattern must have no capturing groups and must not match the empty string")

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Give where each token begins and ends in `text`, as it was given."""
        return [match.span() for match in self._expression(text).finditer(_without_tags(text))]

    def tokenize(self, text: str) -> list[str]:
        """Give the tokens in order."""
        # Lower case may be longer than the text ("İ"), so only ASCII is lowered before it is cut.
        if text.isascii():
            return self._expression(text).findall(_without_tags(text.lower() if self.lowercase else text))
        tokens = self._expression(text).findall(_without_tags(text))
        return [token.lower().replace("’", "'") for token in tokens] if self.lowercase else tokens

    def _expression(self, text: str) -> re.Pattern[str]:
        return _compiled(_ASCII if self.pattern == PATTERN and text.isascii() else self.pattern)

    def to_config(self) -> dict[str, Any]:
        """Give the settings as JSON can hold them; the default pattern by name."""
        return {"lowercase": self.lowercase, "pattern": None if self.pattern == PATTERN else self.pattern}

    @classmethod
    def from_config(cls, config: Any) -> "Tokenizer":
        """Make it again. Raises InputError for settings that no tokenizer has."""
        if not isinstance(config, dict) or set(config) != {"lowercase", "pattern"}:
            raise InputError(f"a tokenizer's settings are lowercase and pattern, got {config!r:.80}")
        pattern = PATTERN if config["pattern"] is None else config["pattern"]
        return cls(config["lowercase"], pattern)
