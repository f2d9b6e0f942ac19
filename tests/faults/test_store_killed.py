"""A process that is killed in mid-write loses nothing it had said was kept."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.link.outbox import Outbox
from lamplighter_wire.blobs import sha256_hex

WRITER = """
import sys
from pathlib import Path
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.link.outbox import Outbox
from lamplighter_wire.blobs import sha256_hex

home = Path(sys.argv[1])
store, outbox = ChunkStore(home / "chunks"), Outbox(home / "outbox.db")
for n in range(10_000):
    raw = f"{sys.argv[2]}-{n}".encode() * 2000
    sha = sha256_hex(raw)
    store.put(sha, raw)
    seq = outbox.put("event", sha.encode())
    print(sha, seq, flush=True)
"""


@pytest.mark.parametrize("seed", range(4))
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, seed: int) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path), str(seed)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    until = random.Random(seed).randint(1, 40)
    said = [writer.stdout.readline().split() for _ in range(until)]
    writer.kill()
    said += [line.split() for line in writer.stdout.read().splitlines() if line.count(" ") == 1]
    writer.wait()

    store, outbox = ChunkStore(tmp_path / "chunks"), Outbox(tmp_path / "outbox.db")
    waiting = {entry.seq: entry.payload for entry in outbox.peek(10_000)}
    for sha, seq in said:
        assert sha256_hex(store.read(sha)) == sha
        assert waiting[int(seq)] == sha.encode()
    assert not list((tmp_path / "chunks").glob("*/*.tmp"))
    assert outbox.next_number() > max(waiting)
