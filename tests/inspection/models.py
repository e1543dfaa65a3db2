"""Small fitted models of each kind, shared by the tests of pictures and reports."""

from functools import cache
from typing import Any

import elman

TAGGED = ([["The", "cat", "sat", "."], ["It", "ran", "."]] * 10, [["D", "N", "V", "O"], ["N", "V", "O"]] * 10)
WRITTEN = ["the cat sat on the mat .", "the dog sat on the rug ."] * 5
SMALL: dict[str, Any] = {"units": 4, "embedding_dim": 4, "epochs": 2, "early_stopping": False}


@cache
def model(kind: str) -> Any:
    """Give a model; tests must not change it."""
    texts, labels = elman.order_reviews(60, 1)
    many = [f"class {n % 7}" for n in range(len(texts))]
    match kind:
        case "tagger":
            return elman.Tagger(**SMALL).fit(*TAGGED)
        case "generator":
            return elman.TextGenerator(units=4, embedding_dim=4, epochs=2, truncation=8).fit(WRITTEN)
        case "transducer":
            return elman.Transducer(epochs=1, units=4, embedding_dim=4).fit(["a b", "b a"] * 4, ["b a", "a b"] * 4)
        case "many":
            return elman.TextClassifier(cell="gru", bidirectional=True, layers=2, **SMALL).fit(texts, many)
        case "no memory":
            return elman.TextClassifier(layers=0, embedding_dim=4, epochs=2).fit(texts, labels)
        case "tfidf":
            return elman.TextClassifier(encoder=elman.TfidfEncoder(), layers=0, epochs=2).fit(texts, labels)
        case "doc2vec":
            return elman.TextClassifier(encoder=elman.Doc2Vec(dimensions=4, epochs=1), epochs=2).fit(texts, labels)
        case "lecture":
            return elman.TextClassifier(
                encoder="one-hot", units=3, pooling="last", epochs=5, affixes=0, early_stopping=False
            ).fit(*elman.lecture_reviews())
    return elman.TextClassifier(cell=kind, pooling="last", **SMALL).fit(texts, labels)
