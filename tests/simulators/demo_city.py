"""A demo city on paper: no process runs, and the street changes at known times."""

from pathlib import Path

from lamplighter_client.client import Client
from lamplighter_client.target import Target
from lamplighter_demo.city.agents import DemoAgent
from lamplighter_demo.city.devices import DemoDevice, TimeProfile
from lamplighter_demo.city.envelopes import Envelope
from lamplighter_demo.city.footage import timeline
from lamplighter_demo.city.processes import Child
from lamplighter_demo.city.running import City

CLIPS = Path(__file__).resolve().parents[2] / "deploy/demo/clips"
STARTED_AT = 1000.0
WARM_UP_S, PHASE_S = 40.0, 10.0
DEVICE = DemoDevice("cam-1", "camera", "south-arm", Envelope(active_w_per_core=4.0))


def demo_city(folder: Path) -> City:
    """One camera; its day begins 40 seconds after the start and changes every ten."""
    return City(
        folder=folder,
        clips=CLIPS,
        profile=TimeProfile(),
        devices=(DEVICE,),
        started_at=STARTED_AT,
        api=Client(Target("http://nowhere", "none")),
        controller=Child("controller", ["true"], folder / "controller.log"),
        line=timeline(STARTED_AT, WARM_UP_S, PHASE_S),
        agents={DEVICE.id: DemoAgent(DEVICE, folder / "agents" / DEVICE.id)},
    )
