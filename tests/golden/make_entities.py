"""Make entities.json: the entities that seqeval finds in random tags, and its precision, recall and F1.

    python -m venv golden
    golden/bin/pip install seqeval==1.2.2
    golden/bin/python tests/golden/make_entities.py

Nothing of Elman is imported. A case holds sentences of true and of predicted tags; most of them no tagger should give:
I- after O, changes of type within an entity, E- and S-, tags without a hyphen, hyphens in types.
"""

import json
import random
import warnings
from pathlib import Path
from typing import Any

from seqeval.metrics.sequence_labeling import get_entities, precision_recall_fscore_support

PATH = Path(__file__).with_name("entities.json")
ALPHABETS = {
    "iob": ["O", "B-NP", "I-NP", "B-VP", "I-VP"],
    "iob, mostly outside": ["O"] * 6 + ["B-NP", "I-NP", "I-VP"],
    "one type": ["O", "B-X", "I-X"],
    "iobes": ["O", *(f"{letter}-{kind}" for letter in "BIES" for kind in ("PER", "LOC"))],
    "no hyphen": ["O", "B", "I", "E", "S"],
    "no hyphen, some types": ["O", "B", "I", "B-A", "I-A", "BA", "IA"],
    "hyphens in types": ["O", "B-A-B", "I-A-B", "B-A", "I-A", "B-", "I-"],
    "words, not tags": ["O", "NOUN", "VERB", "N", "X-Y", ".", "ADJ"],
}
SENTENCES = 6
CASES = 4


def sentences(draw: random.Random, alphabet: list[str]) -> list[list[str]]:
    return [draw.choices(alphabet, k=draw.randrange(12)) for _ in range(SENTENCES)]


def disturbed(draw: random.Random, rows: list[list[str]], alphabet: list[str]) -> list[list[str]]:
    """Change a tag now and then, so that some entities are found."""
    return [[draw.choice(alphabet) if draw.random() < 0.2 else tag for tag in row] for row in rows]


def case(name: str, seed: int) -> dict[str, Any]:
    draw = random.Random(f"{name} {seed}")
    truth = sentences(draw, ALPHABETS[name])
    predicted = disturbed(draw, truth, ALPHABETS[name])
    p, r, f1, n = precision_recall_fscore_support(truth, predicted, average="micro")
    kinds = sorted({entity[0] for entity in get_entities(truth) + get_entities(predicted)})
    by_type = zip(kinds, *precision_recall_fscore_support(truth, predicted, average=None), strict=True)
    return {
        "name": name,
        "truth": truth,
        "predicted": predicted,
        "entities": [get_entities(row) for row in predicted],
        "all": [int(n), float(p), float(r), float(f1)],
        "types": [[kind, int(n), float(p), float(r), float(f1)] for kind, p, r, f1, n in by_type],
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # seqeval warns of tags that it does not know, and of what cannot be divided
    cases = [case(name, seed) for name in ALPHABETS for seed in range(CASES)]
    lines = ",\n".join(json.dumps(item) for item in cases)
    PATH.write_text(f'{{"made_by": "seqeval 1.2.2", "cases": [\n{lines}\n]}}\n')
