"""The card of a model: what it is, what it learned from, how good it is, how to use it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Card", "render_card"]


@dataclass(frozen=True)
class Card:
    """What stands on a card; empty parts are left out.

    data : facts about the training data by name
    classes : how often each label comes, and what is counted
    figures : rows of a table by method, each a mapping of figure names to numbers
    measured_on : what the figures were measured on
    remark : a sentence more about them
    recipe : settings by name
    network : its summary
    """

    kind: str
    version: str
    data: Mapping[str, Any] = field(default_factory=dict)
    classes: Mapping[Any, int] = field(default_factory=dict)
    counted: str = "texts"
    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    measured_on: str = ""
    remark: str = ""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    network: str = ""


def render_card(card: Card) -> str:
    """Give the card as Markdown. Whatever the user named is escaped, so that it cannot break a table."""
    parts = [f"# {card.kind}", f"A model made by Elman {card.version}.", _usage(card)]
    if card.data or card.classes:
        parts += ["## Data", _table(("", ""), card.data.items())]
    if card.classes:
        parts.append(_table(("label", card.counted), card.classes.items()))
    if card.figures:
        names = list(dict.fromkeys(name for row in card.figures.values() for name in row))
        rows = [(method, *(_number(row.get(name)) for name in names)) for method, row in card.figures.items()]
        parts += ["## Figures", _escape(f"Measured on {card.measured_on}."), _table(("method", *names), rows)]
    if card.remark:
        parts.append(_escape(card.remark[0].upper() + card.remark[1:] + "."))
    if card.recipe:
        parts += ["## Recipe", _table(("setting", "value"), card.recipe.items())]
    if card.network:
        parts += ["## Network", "```\n" + card.network + "\n```"]
    return "\n\n".join(part for part in parts if part) + "\n"


_COMMANDS = {
    "TextClassifier": ('elman predict PATH_OF_THIS_FOLDER "a text"', "elman evaluate PATH_OF_THIS_FOLDER labelled.csv"),
    "Tagger": ('elman tag PATH_OF_THIS_FOLDER "a text"', "elman evaluate PATH_OF_THIS_FOLDER tagged.txt"),
    "TextGenerator": (
        'elman generate PATH_OF_THIS_FOLDER --prompt "a beginning"',
        "elman evaluate PATH_OF_THIS_FOLDER texts.txt",
    ),
    "Transducer": (
        'elman translate PATH_OF_THIS_FOLDER "a text"',
        "elman evaluate PATH_OF_THIS_FOLDER pairs.tsv",
    ),
}
"""How models of texts are used in a shell."""


def _usage(card: Card) -> str:
    kind = card.kind
    if kind not in _COMMANDS:
        return '```python\nimport elman\n\nmodel = elman.load("PATH OF THIS FOLDER")\nmodel.predict(sequences)\n```'
    commands = "\n".join(_COMMANDS[kind])
    call = 'predict(["a text"])'
    if kind == "TextGenerator":
        call, label = "generate()", next(iter(card.classes), None)
        if label is not None:
            commands = commands.replace('--prompt "a beginning"', f'--about "{label}"').replace(
                "texts.txt", "labelled.csv"
            )
            call = f"generate(about={label!r})"
    return f'```\n{commands}\n```\n\n```python\nimport elman\n\nelman.load("PATH_OF_THIS_FOLDER").{call}\n```'


def _table(header: tuple[str, ...], rows: Any) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(_escape(cell) for cell in line) + " |" for line in lines) if rows else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


_SIGNS = re.compile(r"[\\|`*<>\[\]~&$]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown would read as markup in a line; an underscore within a word, as in macro_f1, is none."""


def _escape(cell: Any) -> str:
    return " ".join(_SIGNS.sub(r"\\\g<0>", str(cell)).split())
