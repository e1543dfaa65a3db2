"""`elman generate`: texts that a language model writes."""

from typing import Annotated, Any

import typer

from ..errors import InputError
from ._options import Json, ModelFolderArgument, Threads, number, whole
from ._usage import WrongUsageError, as_typed, given_options

__all__ = ["generate"]

DRAWN = ("temperature", "top_k", "top_p", "seed")
"""What has no use where the likeliest is searched for."""


def generate(
    context: typer.Context,
    model: ModelFolderArgument,
    about: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Write a text with this label; needed if training had labels.")
    ] = None,
    prompt: Annotated[str, typer.Option(metavar="TEXT", help="What the text begins with.", show_default=False)] = "",
    count: Annotated[int, whole("Texts.")] = 1,
    length: Annotated[int, whole("Words, or characters, of a text at most.")] = 100,
    temperature: Annotated[float, number("Below 1 likely words become likelier; 0 always takes the likeliest.")] = 1.0,
    top_k: Annotated[int | None, whole("Draw from the so many likeliest words; by default from all.")] = None,
    top_p: Annotated[
        float | None,
        number("Draw from the likeliest words that have this probability together; by default from all.", "SHARE"),
    ] = None,
    greedy: Annotated[bool, typer.Option("--greedy", help="Always take the likeliest: --temperature 0.")] = False,
    beam: Annotated[int | None, whole("Search for the likeliest texts, keeping so many beginnings.")] = None,
    length_penalty: Annotated[
        float, number("With --beam: divide log-probabilities by the length to this power.")
    ] = 1.0,
    stop: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="A word or character that ends a text; \\n is a line break.")
    ] = None,
    seed: Annotated[int, whole("Seed of what is drawn.", least=None)] = 0,
    json: Json = False,
    threads: Threads = None,
) -> None:
    """Write texts. Each is printed after its prompt; with several, a line of dashes stands between them."""
    from ._console import print_json
    from ._models import load_model_for

    typed = given_options(context)
    _check_goes_together(typed, greedy, temperature, beam, count)
    generator = load_model_for("generate", model, threads)
    label = _label(about, generator.classes_.tolist())
    settings: dict[str, Any] = {
        "temperature": 0.0 if greedy else temperature,
        "top_k": top_k,
        "top_p": top_p,
        "beam": beam,
    }
    settings |= {"length_penalty": length_penalty, "stop": _line_break(stop), "seed": seed}
    try:
        texts = generator.generate(prompt, label, count, length, **settings)
    except InputError as mistake:  # of options alone
        raise WrongUsageError(as_typed(str(mistake), context)) from None
    if json:
        for text in texts:
            print_json({"prompt": prompt, "text": text})
        return
    print("\n-----\n".join(generator.whole(prompt, text) for text in texts))


def _check_goes_together(typed: list[str], greedy: bool, temperature: float, beam: int | None, count: int) -> None:
    by = "--greedy" if greedy else "--beam" if beam is not None else "--temperature 0" if temperature == 0 else None
    for name in DRAWN:
        if by and name in typed and f"--{name}" not in by:
            raise WrongUsageError(f"--{name.replace('_', '-')} has no effect with {by}: leave one of the two out")
    if greedy and beam is not None:
        raise WrongUsageError("--greedy is a search that keeps one beginning: leave --greedy or --beam out")
    if by and beam is None and count > 1:
        raise WrongUsageError(
            f"--count {count} has no effect with {by}, which gives one text: leave one of the two out"
        )
    if "length_penalty" in typed and beam is None:
        raise WrongUsageError("--length-penalty has no effect without --beam: add --beam 4, or leave it out")


def _label(about: str | None, labels: list[str | int]) -> str | int | None:
    """Give the label that was typed as the model has it: a number, if labels are numbers."""
    return next((label for label in labels if str(label) == about), about)


def _line_break(text: str | None) -> str | None:
    r"""Read \n as a line break, which is hard to type."""
    return None if text is None else text.replace("\\n", "\n")
