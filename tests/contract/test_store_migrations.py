"""Databases of every earlier schema are taken over without loss."""

import json
from pathlib import Path

import lamplighter_controller.store.migrate
import msgspec
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from lamplighter_controller.backups.contents import checked
from lamplighter_controller.backups.upgrade import bring_up, look
from lamplighter_controller.domain.devices import hardware_class
from lamplighter_controller.domain.prediction.base_latency import (
    OVERHEAD_MMAC,
    OVERHEAD_MMAC_PER_PIXEL,
)
from lamplighter_controller.domain.selection.device_filter import parse_filter
from lamplighter_controller.domain.selection.device_selection import DeviceSelection
from lamplighter_controller.domain.telemetry.cutoff import cutoff
from lamplighter_controller.services.catalogue import spec_of
from lamplighter_controller.store.engines import make_engine
from lamplighter_controller.store.migrate import upgrade
from lamplighter_controller.store.records import (
    DeviceRecord,
    DeviceState,
)
from lamplighter_controller.store.sql import SqlStore
from lamplighter_controller.store.tables import metadata
from lamplighter_controller.store.telemetry.series import Series
from lamplighter_demo.benchmarks.measured_windows import measured_window
from lamplighter_wire.messages import (
    Capabilities,
    OperatingPoint,
    Telemetry,
)

MIGRATIONS = Path(lamplighter_controller.store.migrate.__file__).with_name("migrations")
SIZES = [(384, 288), (512, 384)]


def test_migrations_make_the_tables(url: str) -> None:
    SqlStore(url).close()
    engine = make_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def _insert_device(connection: sa.Connection, **columns: object) -> None:
    """A device as a database of an older schema holds it."""
    table = sa.Table("devices", sa.MetaData(), autoload_with=connection)
    row: dict[str, object] = {"id": "cam-1", "version": 1, "site": "", "labels": "{}"}
    row |= {"objective": "{}", "enrolled_at": 1.0, "online": False, "epoch": 0, "last_seen": 1.0}
    row |= {"agent_version": "", "revision": 0, "desired": b""}
    connection.execute(sa.insert(table).values(**row | columns))


def test_answers_of_the_first_schema_are_kept(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine, "0001")
    old = {"device": "cam-1", "at": 1.0, "trigger": "shift", "revision": 2, "from_variant": "a"}
    old |= {"to_variant": "b", "kind": "ladder", "bytes_sent": 0, "size_bytes": 9}
    old |= {"justified": True, "outcome": "", "reasons": "[]", "began_at": 1.0, "seconds": "{}"}
    with engine.begin() as connection:
        _insert_device(connection)
        table = sa.Table("recompressions", sa.MetaData(), autoload_with=connection)
        connection.execute(sa.insert(table).values(**old))
    engine.dispose()
    store = SqlStore(url)
    (kept,) = store.recompressions()
    assert (kept.from_variant, kept.from_point, kept.fps_demand) == ("a", None, 0.0)
    assert kept.justified is None, "the rule had wished for it, and nothing was measured"
    store.close()


def test_what_was_remembered_in_documents_is_kept(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine, "0003")
    serving = {"variant": "v1", "width": 384, "height": 288}
    observed = {"device": "cam-1", "hardware_class": "c", "variant": "v1", "size": "384x288"}
    observed |= {"precision": "fp32"}
    figures = {"threads": 1, "base_ms": 10.0, "blind_base_ms": 9.0, "latency_p50_ms": 12.0}
    state = {"retries": 2, "refused": {"v2": {"reason": "OOM", "until": 9.0}}, "serving": None}
    documents = {"state:cam-1": state, "observations:cam-1": {"list": [observed | figures]}}
    with engine.begin() as connection:
        _insert_device(connection, reported=json.dumps({"serving": serving}))
        _insert_device(connection, id="cam-2")
        table = sa.Table("documents", sa.MetaData(), autoload_with=connection)
        for key, document in documents.items():
            connection.execute(sa.insert(table).values(key=key, document=json.dumps(document)))
    engine.dispose()
    store = SqlStore(url)
    kept = store.device_state("cam-1")
    assert (kept.retries, kept.refused["v2"].reason) == (2, "OOM")
    assert kept.serving == OperatingPoint(**serving), "it was in the last report alone"
    assert store.device_state("cam-2") == DeviceState()
    (observation,) = store.observations()
    assert (observation.device, observation.latency_p50_ms) == ("cam-1", 12.0)
    store.close()


def test_observations_of_before_correct_predictions_as_they_are_now(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine, "0012")
    rate = 0.02  # ms per MMAC
    entry = {"name": "dense_fp32", "work_mmac": 100.0, "latency_p50_ms": 100.0 * rate}
    observed = {"hardware_class": "c", "variant": "v1", "size": "384x288", "precision": "fp32"}
    base_ms = rate * (400.0 + 70.0 + 5.8e-4 * 384 * 288)
    observed |= {"threads": 1, "base_ms": base_ms, "latency_p50_ms": 12.0}
    with engine.begin() as connection:
        _insert_device(connection, probe=json.dumps({"entries": [entry]}))
        _insert_device(connection, id="cam-2")
        table = sa.Table("observations", sa.MetaData(), autoload_with=connection)
        for device in ("cam-1", "cam-2"):
            document = json.dumps([observed | {"device": device}])
            connection.execute(sa.insert(table).values(device=device, document=document))
    engine.dispose()
    store = SqlStore(url)
    now, unprobed = store.observations()
    loop = OVERHEAD_MMAC + OVERHEAD_MMAC_PER_PIXEL * 384 * 288
    assert now.base_ms == pytest.approx(rate * (400.0 + loop))
    assert (now.latency_p50_ms, now.variant) == (12.0, "v1")
    assert unprobed.base_ms == base_ms
    store.close()


def test_variants_built_before_have_their_fields_renamed(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine, "0004")
    document = {"id": "v1", "sizes": ["384x288"], "mmac": {"384x288": 500.0}, "parent": "full"}
    document |= {"built": True, "manifest": "a" * 64, "isa_note": "pays with AVX-512"}
    row = {"id": "v1", "model": "m", "recipe": "r", "manifest": "a" * 64, "size_bytes": 9}
    with engine.begin() as connection:
        table = sa.Table("variants", sa.MetaData(), autoload_with=connection)
        connection.execute(
            sa.insert(table).values(**row, built_at=1.0, document=json.dumps(document))
        )
    engine.dispose()
    store = SqlStore(url)
    (record,) = store.variants()
    spec = spec_of(record)
    assert (spec.built, spec.manifest, spec.hardware) == (True, "a" * 64, "pays with AVX-512")
    assert (spec.sizes, spec.mmac) == (["384x288"], {"384x288": 500.0})
    assert not {"built", "isa_note"} & set(record.document)
    store.close()


def test_a_database_of_before_has_the_default_policy(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine, "0010")
    with engine.begin() as connection:
        _insert_device(connection)
    engine.dispose()
    store = SqlStore(url)
    assert store.policies() == []
    assert store.device("cam-1").id == "cam-1"
    store.close()


def test_devices_of_before_have_nothing_intended(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine, "0011")
    with engine.begin() as connection:
        _insert_device(connection, revision=3, desired=b"order")
    engine.dispose()
    store = SqlStore(url)
    assert store.intents(["cam-1"]) == {}
    assert (store.device("cam-1").revision, store.device("cam-1").desired) == (3, b"order")
    store.close()


def test_claims_of_before_that_were_used_are_gone(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine, "0033")
    row = {"source": "", "first_at": 1.0, "last_at": 1.0, "decided_at": 2.0, "by": "ops"}
    with engine.begin() as connection:
        _insert_device(connection)
        table = sa.Table("claims", sa.MetaData(), autoload_with=connection)
        for device, state in (("cam-1", "accepted"), ("cam-1", "rejected"), ("cam-2", "accepted")):
            key = {"key": f"{device} {state}", "device": device, "state": state}
            connection.execute(sa.insert(table).values(**row, **key))
    engine.dispose()
    store = SqlStore(url)
    assert {claim.key for claim in store.claims()} == {"cam-1 rejected", "cam-2 accepted"}
    store.close()


def test_windows_and_events_of_before_have_their_time_of_receipt(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine, "0005")
    windows = [Telemetry(device="cam-1", seq=i, start=10.0 * i) for i in (1, 3, 2)]
    event = {"device": "cam-1", "seq": 4, "at": 7.0, "kind": "breach", "severity": "warning"}
    with engine.begin() as connection:
        _insert_device(connection)
        _insert_device(connection, id="cam-2")
        table = sa.Table("telemetry", sa.MetaData(), autoload_with=connection)
        for w in windows:
            key = {"device": w.device, "start": w.start, "seq": w.seq}
            document = msgspec.json.encode(w).decode()
            connection.execute(sa.insert(table).values(**key, document=document))
        table = sa.Table("events", sa.MetaData(), autoload_with=connection)
        connection.execute(sa.insert(table).values(**event, text="", data="{}"))
    engine.dispose()
    store = SqlStore(url)
    first, second = store.devices()
    assert (first.newest_window, first.newest_window_at) == (windows[1], 30.0)
    assert (second.newest_window, second.newest_window_at) == (None, 0.0)
    assert [e.received_at for e in store.events()] == [7.0]
    assert store.telemetry("cam-1") == [windows[0], windows[2], windows[1]]
    store.close()


def test_windows_kept_as_documents_are_packed_and_back(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine, "0006")
    windows = [measured_window(number) for number in range(1, 2501)]
    with engine.begin() as connection:
        _insert_device(connection)
        table = sa.Table("telemetry", sa.MetaData(), autoload_with=connection)
        rows = [_window_document(window) for window in windows]
        connection.execute(sa.insert(table), rows)
    upgrade(engine)
    store = SqlStore(url)
    assert store.telemetry("cam-1", limit=None) == windows
    beyond = cutoff(windows[-1].start + 90_000.0, 3600.0)
    while store.condense_windows(Series("cam-1"), beyond, 500):
        pass
    assert store.telemetry("cam-1") == []
    hours = store.summaries("cam-1", 3600, limit=None)
    assert sum(hour.windows for hour in hours) == len(windows)
    store.close()


def test_packed_windows_go_back_to_documents(url: str) -> None:
    store = SqlStore(url)
    store.add_device(DeviceRecord(id="cam-1"))
    windows = [measured_window(number) for number in range(3)]
    store.add_telemetry(windows, 77.0)
    store.close()
    engine = make_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0006")
        table = sa.Table("telemetry", sa.MetaData(), autoload_with=connection)
        rows = connection.execute(sa.select(table).order_by(table.c.start)).all()
    engine.dispose()
    assert [msgspec.json.decode(row.document, type=Telemetry) for row in rows] == windows
    assert {row.received_at for row in rows} == {77.0}


def _window_document(window: Telemetry) -> dict[str, object]:
    key = {"device": window.device, "start": window.start, "seq": window.seq}
    received = {"received_at": window.start + window.seconds}
    return key | received | {"document": msgspec.json.encode(window).decode()}


def test_devices_and_windows_of_before_streams_are_of_the_only_one(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine, "0006")
    window = Telemetry(device="cam-1", seq=3, start=10.0)
    document = msgspec.json.encode(window).decode()
    with engine.begin() as connection:
        _insert_device(connection, newest_window=document, newest_window_at=20.0)
        table = sa.Table("telemetry", sa.MetaData(), autoload_with=connection)
        connection.execute(sa.insert(table).values(**_window_document(window)))
    engine.dispose()
    store = SqlStore(url)
    record = store.device("cam-1")
    assert (record.streams, record.newest_window) == ({}, window)
    assert store.telemetry("cam-1", stream="") == [window]
    assert store.telemetry("cam-1", stream="north") == []
    store.close()


def test_devices_of_an_earlier_schema_are_found_by_what_they_serve(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine, "0009")
    capabilities = Capabilities(device="cam-1", cores=4)
    with engine.begin() as connection:
        reported = json.dumps({"serving": {"variant": "v1"}})
        text = msgspec.json.encode(capabilities).decode()
        _insert_device(connection, reported=reported, capabilities=text)
        _insert_device(connection, id="cam-2")
    engine.dispose()
    store = SqlStore(url)
    for text in ("serving=v1", f"hardware={hardware_class(capabilities)}"):
        selection = DeviceSelection(now=1.0, limit=9, requirements=parse_filter(text))
        assert [device.id for device in store.select_devices(selection)] == ["cam-1"]
    (part,) = [part for part in store.count_devices() if part.serving]
    assert (part.serving, part.devices) == ("v1", 1)
    store.close()


def test_a_used_token_of_before_loses_its_secret_and_api_tokens_get_a_name(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine, "0013")
    token = {"device": "cam-1", "secret": "s", "created_at": 1.0, "expires_at": 2.0}
    with engine.begin() as connection:
        tokens = sa.Table("tokens", sa.MetaData(), autoload_with=connection)
        for name, used_at in (("used", 1.5), ("unused", None)):
            row = token | {"id": name, "used_at": used_at, "used_key": ""}
            connection.execute(sa.insert(tokens).values(**row))
        api_tokens = sa.Table("api_tokens", sa.MetaData(), autoload_with=connection)
        row = {"secret_hash": "0123456789abcdef", "name": "ops", "role": "admin", "created_at": 1.0}
        connection.execute(sa.insert(api_tokens).values(**row))
    engine.dispose()
    store = SqlStore(url)
    assert (store.token("used").secret, store.token("unused").secret) == ("", "s")
    kept = store.api_token("0123456789abcdef")
    assert kept is not None
    assert (kept.id, kept.expires_at, kept.last_used_at) == ("0123456789ab", None, None)
    store.close()


def test_an_upgrade_leaves_out_what_has_been_dumped(url: str, tmp_path: Path) -> None:
    engine = make_engine(url)
    upgrade(engine, "0027")
    engine.dispose()
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki/signing.key").write_bytes(b"secret")
    file = tmp_path.with_suffix(".tar")
    assert look(tmp_path, url).found == "0027"
    bring_up(tmp_path, url, file, 1.0, lambda _: None, is_dumped=True)
    assert not checked(file).has_dump
    assert not look(tmp_path, url).steps
