"""`elman evaluate`: how good a model is on a labelled file."""

from ._options import Json, LabelColumn, LabelledData, ModelFolderArgument, TextColumn, Threads

__all__ = ["evaluate"]


def evaluate(
    model: ModelFolderArgument,
    data: LabelledData,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    json: Json = False,
    threads: Threads = None,
) -> None:
    """Measure a model on labelled texts. Prints accuracy, macro F1, loss, and precision and recall of each class."""
    from ..data import read_labelled
    from ..estimators import evaluate as measure
    from ._console import counted, print_json, print_table, warn
    from ._models import load_text_model

    classifier = load_text_model(model, threads)
    rows = read_labelled(data, text_column, label_column, classes=classifier.classes_.tolist())
    if rows.rows_without_text:
        warn(f"left out {counted(rows.rows_without_text, 'row')} without text of {rows.source}")
    figures = measure(classifier, rows.texts, rows.labels)
    if json:
        print_json(figures.to_json())
        return
    print_table(
        ("n", "accuracy", "macro_f1", "loss"),
        [(str(figures.n), f"{figures.accuracy:.4f}", f"{figures.macro_f1:.4f}", f"{figures.loss:.4g}")],
    )
    print()
    print_table(
        ("class", "n", "precision", "recall", "f1"),
        [(str(c.label), str(c.n), f"{c.precision:.4f}", f"{c.recall:.4f}", f"{c.f1:.4f}") for c in figures.classes],
    )
