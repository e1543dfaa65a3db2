"""`elman summary`: what a model is made of."""

from typing import TYPE_CHECKING, Any

from ._options import Json, ModelFolderArgument

if TYPE_CHECKING:
    from ..encoders import Encoder

__all__ = ["summary"]


def summary(model: ModelFolderArgument, json: Json = False) -> None:
    """Print what a model is made of. Its settings, its layers, and the ledger of its parameters, each term of it. Of
    an encoder: its settings, how many words it knows, and how wide its vectors are.
    """
    from ..encoders import Encoder
    from ..estimators import load
    from ..inspection import parameter_ledger
    from ._console import print_json

    loaded = load(model)
    if isinstance(loaded, Encoder):
        _print_encoder(loaded, json)
        return
    network = loaded.network_
    ledger = parameter_ledger(network)
    if json:
        counts = {"parameters": ledger.total, "pytorch": ledger.pytorch.count, "onnx": ledger.onnx.count}
        print_json({**_layers(network.to_config()), "ledger": ledger.to_json()["lines"], **counts})
    else:
        print(loaded)
        network.summary()
        print("\n".join(ledger.notes()))


def _print_encoder(encoder: "Encoder", json: bool) -> None:
    from ..encoders.saving import described
    from ._console import print_json

    words, features = len(encoder.vocabulary_), encoder.features_
    if json:
        print_json({**described(encoder), "words": words, "features": features})
    else:
        print(encoder)
        print(f"an encoder of {words:,} words, {features:,} features")


def _layers(config: dict[str, Any]) -> dict[str, Any]:
    """Give the lists of layers of a network: one, or those of its parts."""
    return {name: part for name, part in config.items() if isinstance(part, list)}
