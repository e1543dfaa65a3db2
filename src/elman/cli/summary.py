"""`elman summary`: what a model is made of."""

from typing import Any

from ._options import Json, ModelFolderArgument

__all__ = ["summary"]


def summary(model: ModelFolderArgument, json: Json = False) -> None:
    """Print what a model is made of. Its settings, its layers, and the ledger of its parameters, each term of it."""
    from ..estimators import load
    from ._console import print_json

    loaded = load(model)
    network = loaded.network_
    if json:
        lines = [{"layer": x.layer, "between": x.between, "terms": x.terms, "count": x.count} for x in network.ledger()]
        print_json({**_layers(network.to_config()), "ledger": lines, "parameters": network.count_params()})
    else:
        print(loaded)
        network.summary()


def _layers(config: dict[str, Any]) -> dict[str, Any]:
    """Give the lists of layers of a network: one, or those of its parts."""
    return {name: part for name, part in config.items() if isinstance(part, list)}
