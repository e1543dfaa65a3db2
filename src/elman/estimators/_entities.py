"""Entities in tags of words, and how many of them are found: the definition of conlleval and of seqeval."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, NamedTuple

from ..errors import InputError

__all__ = ["Entity", "EntityFigures", "TypeFigures", "are_entity_tags", "entities", "entity_figures"]

_TAG = re.compile(r"O|[BIES]-.+")


class Entity(NamedTuple):
    """What words form: its type, and the places of its first and last word, from 0."""

    type: str
    begin: int
    end: int


@dataclass(frozen=True)
class TypeFigures:
    """Precision, recall and F1 of the entities of one type; 0 where none were predicted or are there. `n` are there."""

    type: str
    n: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class EntityFigures:
    """The same for entities of all types together (micro average), and for those of each type."""

    n: int
    precision: float
    recall: float
    f1: float
    types: tuple[TypeFigures, ...]

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return asdict(self)


def are_entity_tags(tags: Iterable[Any]) -> bool:
    """Tell whether tags look like B-/I-/O: O, or B-, I-, E-, S- with a type, some B- or I- among them."""
    tags = list(tags)
    return all(isinstance(tag, str) and _TAG.fullmatch(tag) for tag in tags) and any(tag[0] in "BI" for tag in tags)


def entities(tags: Iterable[str]) -> list[Entity]:
    """Give the entities in the tags of a sentence, in order.

    B- begins one, I- goes on; also E- for its last word and S- for one of a single word. Whatever tags a network gives
    have a reading: an I- or E- where no entity of its type is under way begins one. These are the entities of conlleval
    (Tjong Kim Sang & Buchholz 2000) and of seqeval's default mode, also where tags have no hyphen: then the first
    letter is the kind of tag, the rest the type.

    Raises
    ------
    InputError
        Tags that are no list of strings, or empty.

    Examples
    --------
    >>> entities(["B-NP", "I-NP", "O", "I-VP", "B-VP"])
    [Entity(type='NP', begin=0, end=1), Entity(type='VP', begin=3, end=3), Entity(type='VP', begin=4, end=4)]
    """
    found, begin, before = [], 0, ("O", "")
    for place, tag in enumerate([*_checked(tags), "O"]):
        now = tag[0], tag[1:].split("-", 1)[-1] or "_"
        if _ends(before, now):
            found.append(Entity(before[1], begin, place - 1))
        if _begins(before, now):
            begin = place
        before = now
    return found


def _checked(tags: Iterable[str]) -> list[str]:
    listed = [] if isinstance(tags, str) else list(tags)
    if isinstance(tags, str) or not all(isinstance(tag, str) and tag for tag in listed):
        raise InputError(f"tags must be a list of strings that are not empty, got {tags!r:.80}")
    return listed


def _ends(before: tuple[str, str], now: tuple[str, str]) -> bool:
    """Tell whether an entity ends between two words, by the letter and the type of both."""
    if before[0] in "ES" or (before[0] in "BI" and now[0] in "BSO"):
        return True
    return before[0] not in "O." and before[1] != now[1]


def _begins(before: tuple[str, str], now: tuple[str, str]) -> bool:
    if now[0] in "BS" or (before[0] in "ESO" and now[0] in "EI"):
        return True
    return now[0] not in "O." and before[1] != now[1]


def entity_figures(truth: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> EntityFigures:
    """Measure the entities in predicted tags of sentences by those in the true ones.

    An entity is found if its type and both of its ends are right.
    """
    there, said = (set(entities(_joined(rows))) for rows in (truth, predicted))
    types = sorted({entity.type for entity in there | said})
    counts = [Counter(entity.type for entity in part) for part in (there & said, said, there)]
    by_type = [TypeFigures(kind, *_figures(*(count[kind] for count in counts))) for kind in types]
    return EntityFigures(*_figures(len(there & said), len(said), len(there)), tuple(by_type))


def _joined(rows: Sequence[Sequence[str]]) -> list[str]:
    """Join sentences by O, in which no entity goes on."""
    return list(chain.from_iterable([*row, "O"] for row in rows))


def _figures(hits: int, said: int, there: int) -> tuple[int, float, float, float]:
    return there, hits / max(said, 1), hits / max(there, 1), 2 * hits / max(said + there, 1)
