"""The family: what the workshop does with these networks. It imports torch when it is used."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.evaluator import results_of

from road_state.evaluator import EVALUATOR


class RoadCnnFamily:
    """Weights in safetensors beside a card."""

    evaluator = EVALUATOR

    def load(self, name: str, weights_dir: Path) -> Any:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        from road_state.network import RoadNet

        path, network = weights_dir / f"{name}.safetensors", RoadNet()
        try:
            network.load_state_dict(load_file(path))
        except (OSError, SafetensorError, RuntimeError) as error:
            raise RecipeError(
                f"parent {name!r} cannot be loaded: {error}", file=str(path)
            ) from error
        return network.eval()

    def save(self, network: Any, name: str, weights_dir: Path, card: Mapping[str, Any]) -> Path:
        from safetensors.torch import save_file

        weights_dir.mkdir(parents=True, exist_ok=True)
        save_file(network.state_dict(), weights_dir / f"{name}.safetensors")
        path = weights_dir / f"{name}.json"
        path.write_text(json.dumps({"name": name, "family": "road-cnn", **card}, indent=2))
        return path

    def starting_point(self, request: Any) -> Any:
        """A parent to go on with, or a new network."""
        from road_state.network import new_network

        if (request.weights_dir / f"{request.start}.safetensors").exists():
            return self.load(request.start, request.weights_dir)
        return new_network(request.train.seed)

    def training(self, request: Any) -> Any:
        from road_state.network import RoadTraining

        return RoadTraining([f for folder in request.scenes for f in EVALUATOR.load_frames(folder)])

    def measure(self, network: Any, request: Any) -> dict[str, Any]:
        from road_state.network import as_infer

        if request.test is None:
            return {"accuracy": {}}
        frames = EVALUATOR.load_frames(request.test)
        results = results_of(EVALUATOR, as_infer(network), frames, (128, 96))
        return {"accuracy": {"128x96": {"": EVALUATOR.quality(results)}}}


FAMILY = RoadCnnFamily()
