"""Texts to ids of words, and back.

Takes  strings.
Gives  tokens with their offsets, and ids: known words 0, 1, 2, ..., every unknown word the id after the last; and
       words spelled by their affixes.
Next   engine/ reads ids as Sequences.
"""

from .affixes import Affixes
from .levels import LEVELS, Level
from .tokenizer import Tokenizer
from .vocabulary import UNKNOWN, Vocabulary

__all__ = ["LEVELS", "UNKNOWN", "Affixes", "Level", "Tokenizer", "Vocabulary"]
