"""Which runtimes are here, and what is said of one that is not."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from lamplighter_agent.deployment.failure_reasons import reason_of
from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.engine import Engine, FakeEngine
from lamplighter_agent.runtimes.installed import installed_runtimes
from lamplighter_agent.runtimes.runtime import Runtimes
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.tasks.tensor_names import TensorNames


class Abacus:
    """A runtime that need not be installed."""

    name = "abacus"

    def __init__(self, version: str) -> None:
        self._version = version

    def version(self) -> str:
        return self._version

    def open(
        self,
        folder: Path,
        tensors: TensorNames,
        threads: int,
        session_config: Mapping[str, str],
    ) -> Engine:
        return FakeEngine()

    def precisions(self) -> tuple[str, ...]:
        return ("fp32",)

    def probe_run(
        self, network: str, threads: int, session_config: Mapping[str, str]
    ) -> Callable[[], object]:
        return lambda: None


def test_a_device_lists_the_runtimes_that_are_installed() -> None:
    assert Runtimes([Abacus("3")]).versions() == {"abacus": "3"}
    assert Runtimes([Abacus("")]).versions() == {}
    assert Runtimes([Abacus("3")]).without({"abacus"}).versions() == {}
    assert Runtimes([Abacus("3")]).without({"abacus"}).installed() == []
    assert "onnxruntime" in installed_runtimes().versions()


@pytest.mark.parametrize(
    ("runtimes", "remedy"),
    [
        (Runtimes([Abacus("")]), r"lamplighter\[abacus\]"),
        (Runtimes([]), "update"),
        (Runtimes([Abacus("3")]).without({"abacus"}), "anew"),
    ],
)
def test_a_runtime_that_is_not_here_is_refused_with_a_remedy(
    runtimes: Runtimes, remedy: str
) -> None:
    with pytest.raises(EngineError, match=remedy) as refused:
        runtimes.find("abacus")
    assert reason_of(refused.value) == ReasonCode.INCOMPATIBLE
