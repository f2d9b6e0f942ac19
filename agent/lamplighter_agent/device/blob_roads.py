"""By which roads blobs come to this device, and how it gives them to neighbours, as its settings
say."""

from collections.abc import Callable

from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.clock import Clock
from lamplighter_wire.https.device_credential import order_text
from lamplighter_wire.https.web_address import bind_address
from lamplighter_wire.messages import Envelope
from lamplighter_wire.signing import KeySet
from lamplighter_wire.transport.mqtt import TlsFiles
from lamplighter_wire.transport.protocol import Subscriber

from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.https_blobs import HttpsBlobs
from lamplighter_agent.delivery.https_fetcher import HttpsFetcher
from lamplighter_agent.delivery.neighbour_orders import NeighbourOrders
from lamplighter_agent.delivery.neighbour_server import NeighbourServer
from lamplighter_agent.delivery.roads import Delivery, Road, RoadChoice, Roads
from lamplighter_agent.link.identity import Identity, load_identity
from lamplighter_agent.settings import AgentSettings

# A neighbour that does not answer is not waited for: there are other roads.
NEIGHBOUR_ATTEMPTS = 2


class BlobRoads:
    """Connections beside the broker's, over the identity as it is now: it is renewed."""

    def __init__(
        self, settings: AgentSettings, identity: Identity, keys: Callable[[], KeySet]
    ) -> None:
        self._settings, self._identity, self._keys = settings, identity, keys

    def delivery(
        self,
        store: ChunkStore,
        by_broker: Delivery,
        transport: Subscriber,
        clock: Clock,
        order: Callable[[], Envelope | None],
    ) -> Delivery:
        """What brings blobs into the store. `order`: the last that was believed, for neighbours."""
        choice = RoadChoice(Road(self._settings.fetch_by), self._settings.https_from_bytes)
        by_https = self._by_https(store, clock)
        by_neighbour = self._by_neighbour(store, clock, order)
        return Roads(store, by_broker, by_https, transport, clock, choice, by_neighbour)

    def server(
        self, store: ChunkStore, open_manifest: Callable[[bytes], Manifest], clock: Clock
    ) -> NeighbourServer | None:
        """What serves neighbours; None where the owner does not permit it.

        Raises:
            SettingsError: the address cannot be used.
        """
        if not self._settings.serve_neighbours:
            return None
        address = bind_address(self._settings.serve_neighbours, "serve_neighbours")
        orders = NeighbourOrders(store, self._keys, lambda: self._files().ca, open_manifest, clock)
        return NeighbourServer(address, orders.chunk, self._settings.neighbour_bytes_per_s)

    def _by_https(self, store: ChunkStore, clock: Clock) -> HttpsFetcher | None:
        """None for a device whose enrolment has not told the controller's address."""
        url = self._identity.url
        return HttpsFetcher(store, lambda: HttpsBlobs(url, self._files), clock) if url else None

    def _by_neighbour(
        self, store: ChunkStore, clock: Clock, order: Callable[[], Envelope | None]
    ) -> HttpsFetcher | None:
        url = self._settings.neighbour
        if not url:
            return None

        def shown() -> str:
            return order_text(order() or Envelope())

        def connect() -> HttpsBlobs:
            return HttpsBlobs(url, self._files, shown)

        return HttpsFetcher(store, connect, clock, NEIGHBOUR_ATTEMPTS, leaves=True)

    def _files(self) -> TlsFiles:
        return load_identity(self._settings.state_dir).tls
