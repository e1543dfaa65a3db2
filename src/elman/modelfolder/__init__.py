"""Model folders: config.json, model.safetensors, vocabulary.txt, affixes.txt, source_vocabulary.txt, README.md.

Takes  plain data: settings that JSON can hold, named arrays, words, a card.
Gives  a folder that is whole at every instant, and the same data back, checked in every part.
Next   estimators/ turn it into a fitted model.
"""

from .card import Card, render_card
from .folder import LISTS, ModelFolder, kind_of
from .reading import read_model_folder
from .writing import check_target, write_model_folder

__all__ = [
    "LISTS",
    "Card",
    "ModelFolder",
    "check_target",
    "kind_of",
    "read_model_folder",
    "render_card",
    "write_model_folder",
]
