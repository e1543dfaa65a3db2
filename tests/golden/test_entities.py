"""Entities and their figures equal seqeval's, which are conlleval's, whatever the tags."""

import json
from pathlib import Path
from typing import Any

import pytest

from elman.errors import InputError
from elman.estimators import Entity, entities, entity_figures
from elman.estimators._entities import are_entity_tags

CASES = json.loads(Path(__file__).with_name("entities.json").read_text())["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_entities_are_seqevals(case: dict[str, Any]) -> None:
    for tags, expected in zip(case["predicted"], case["entities"], strict=True):
        assert [list(entity) for entity in entities(tags)] == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_figures_are_seqevals(case: dict[str, Any]) -> None:
    figures = entity_figures(case["truth"], case["predicted"])
    assert [figures.n, figures.precision, figures.recall, figures.f1] == pytest.approx(case["all"], rel=1e-12)
    assert [kind.type for kind in figures.types] == [kind for kind, *_ in case["types"]]
    for kind, (_, *expected) in zip(figures.types, case["types"], strict=True):
        assert [kind.n, kind.precision, kind.recall, kind.f1] == pytest.approx(expected, rel=1e-12)


def test_cases_hold_what_they_are_for() -> None:
    assert any(0 < case["all"][3] < 1 for case in CASES)
    assert any("I-NP" in row[:1] for case in CASES for row in case["predicted"])


def test_an_entity_is_a_type_and_the_places_of_its_words() -> None:
    assert entities([]) == []
    (entity,) = entities(["O", "I-PER", "E-PER", "O"])
    assert entity == Entity("PER", 1, 2)
    assert (entity.type, entity.begin, entity.end) == ("PER", 1, 2)


@pytest.mark.parametrize("tags", ["B-NP", ["O", ""], ["O", 3]])
def test_what_is_no_list_of_tags_is_refused(tags: Any) -> None:
    with pytest.raises(InputError, match="tags must be a list of strings that are not empty"):
        entities(tags)


def test_tags_of_entities_are_told_by_their_looks() -> None:
    assert are_entity_tags(["B-NP", "I-NP", "O", "S-X", "E-X-Y"])
    for others in (["NOUN", "VERB"], ["O"], ["S-X", "O"], ["B-NP", "NOUN"], [0, 1], ["B", "I", "O"]):
        assert not are_entity_tags(others)
