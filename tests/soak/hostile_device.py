"""A device with a good certificate that does what it should not, at random, until it is ended."""

import multiprocessing
import random
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

from lamplighter_agent.link.identity import load_identity
from lamplighter_wire import topics
from lamplighter_wire.codec import encode
from lamplighter_wire.errors import WireError
from lamplighter_wire.messages import Birth, Capabilities, Event, Reported, Telemetry
from lamplighter_wire.transport.mqtt import MqttTransport

Attack = Callable[[MqttTransport, str, random.Random], None]
NUMBER_TOO_HIGH = 2**63 - 1
INK = "\x1b[2J\x1b]0;owned\x07[bold red]\r\ndata: forged\r\n\r\nlamplighter_devices 999"
BURST = 300
REST_S = 1.0
PAUSE_AFTER_LOSS_S = 2.0


def start_hostile(state: Path, seed: int) -> BaseProcess:
    """A process of its own, with the identity that is in this folder."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_misbehave, args=(state, seed), daemon=True)
    process.start()
    return process


def _misbehave(state: Path, seed: int) -> None:
    identity, chance = load_identity(state), random.Random(seed)
    while True:
        transport = MqttTransport(
            identity.broker_host, identity.broker_port, identity.device, identity.tls
        )
        with suppress(WireError, OSError, ValueError):
            transport.connect()
            while transport.connected:
                chance.choice(ATTACKS)(transport, identity.device, chance)
                time.sleep(chance.random() * REST_S)
        with suppress(WireError, OSError, ValueError):
            transport.close()
        time.sleep(PAUSE_AFTER_LOSS_S)


def _flood(transport: MqttTransport, device: str, chance: random.Random) -> None:
    for _ in range(BURST):
        seq = chance.randrange(1, 2**40)
        event = Event(device=device, seq=seq, at=time.time(), kind="flood", text=INK)
        transport.publish(topics.up(device, "event"), encode(event))


def _absurd_windows(transport: MqttTransport, device: str, chance: random.Random) -> None:
    for value in (1e308, -1.0, 0.0, 1e-300):
        window = Telemetry(
            device=device,
            seq=chance.randrange(1, 2**40),
            start=time.time() * chance.choice((0.0, 1.0, 2.0)),
            seconds=value,
            frames=NUMBER_TOO_HIGH,
            latency_p50_ms=value,
            latency_p95_ms=value,
        )
        transport.publish(topics.up(device, "telemetry"), encode(window))


def _garbage(transport: MqttTransport, device: str, chance: random.Random) -> None:
    for channel in topics.UP_CHANNELS:
        transport.publish(topics.up(device, channel), chance.randbytes(chance.randrange(0, 4096)))


def _high_numbers(transport: MqttTransport, device: str, _chance: random.Random) -> None:
    birth = Birth(device=device, epoch=NUMBER_TOO_HIGH)
    transport.publish(topics.up(device, "birth"), encode(birth), retain=True)
    reported = Reported(device=device, revision=NUMBER_TOO_HIGH)
    transport.publish(topics.up(device, "reported"), encode(reported), retain=True)


def _lies(transport: MqttTransport, device: str, _chance: random.Random) -> None:
    told = Capabilities(
        device=device, cpu_model=INK, cores=10**9, memory_bytes=-1, active_w_per_core=1e308
    )
    transport.publish(topics.up(device, "capabilities"), encode(told), retain=True)


def _listen(transport: MqttTransport, _device: str, _chance: random.Random) -> None:
    for wanted in ("#", f"{topics.ROOT}/blob/#", topics.ALL_UP):
        transport.subscribe(wanted)


ATTACKS: tuple[Attack, ...] = (_flood, _absurd_windows, _garbage, _high_numbers, _lies, _listen)
