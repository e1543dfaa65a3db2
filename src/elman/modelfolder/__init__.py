"""Model folders: config.json, model.safetensors, vocabulary.txt, README.md.

Takes  plain data: settings that JSON can hold, named arrays, words, a card.
Gives  a folder that is whole at every instant, and the same data back, checked in every part.
Next   estimators/ turn it into a fitted model, reading its settings with `require` and its kin.
"""

from .card import Card, render_card
from .fields import optional, require, require_list
from .folder import ModelFolder
from .reading import read_model_folder
from .writing import check_target, write_model_folder

__all__ = [
    "Card",
    "ModelFolder",
    "check_target",
    "optional",
    "read_model_folder",
    "render_card",
    "require",
    "require_list",
    "write_model_folder",
]
