"""Puts together what a deployment does on a device."""

from lamplighter_wire.clock import Clock

from lamplighter_agent.acceptance.acceptance_test import AcceptanceTest
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.roads import Delivery
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.inference.engine_pool import EnginePool
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.ladder.resident_models import ResidentModels
from lamplighter_agent.settings import AgentSettings
from lamplighter_agent.updating.effects import DeviceEffects
from lamplighter_agent.updating.fetching import Fetching
from lamplighter_agent.updating.garbage_collection import GarbageCollection
from lamplighter_agent.updating.ladder_filling import LadderFilling, PublishEvent
from lamplighter_agent.updating.memory_room import MemoryRoom
from lamplighter_agent.updating.mending import Mending
from lamplighter_agent.updating.proving import Proving
from lamplighter_agent.updating.verifying import Verifying


def device_effects(
    settings: AgentSettings,
    clock: Clock,
    *,
    store: ChunkStore,
    slots: Slots,
    delivery: Delivery,
    verifying: Verifying,
    pool: EnginePool,
    serve: InService,
    acceptance: AcceptanceTest,
    publish: PublishEvent,
) -> DeviceEffects:
    """What a deployment does on this device, phase by phase."""
    residents = ResidentModels(pool, serve, clock, settings.idle_w)
    garbage = GarbageCollection(store, slots, pool)
    fetching = Fetching(store, slots, delivery, verifying, garbage, settings.fetch_timeout_s)
    room = MemoryRoom(settings.memory_limit_bytes, slots, pool, residents)
    filling = LadderFilling(
        slots=slots,
        residents=residents,
        fetching=fetching,
        verifying=verifying,
        room=room,
        acceptance=acceptance,
        garbage=garbage,
        publish=publish,
    )
    return DeviceEffects(
        clock=clock,
        serve=serve,
        residents=residents,
        fetching=fetching,
        verifying=verifying,
        proving=Proving(clock, slots, serve, residents, room, acceptance),
        filling=filling,
        garbage=garbage,
        mending=Mending(store, slots, fetching, verifying, publish),
        publish=publish,
    )
