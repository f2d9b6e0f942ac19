"""Webhooks: what is told to whom and when, signed, saved, tried again and bounded."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from lamplighter_controller.domain.attention.changes import AttentionChanges
from lamplighter_controller.domain.attention.health import Notice
from lamplighter_controller.domain.webhooks.retries import JITTER, WAITS_S, wait_s
from lamplighter_controller.errors import ConflictError, InvalidError, WebhookError
from lamplighter_controller.link.webhooks.post import ask, checked_url, is_permitted, post
from lamplighter_controller.link.webhooks.signature import new_secret, signed_headers
from lamplighter_controller.services.webhooks.deliveries import MOST_WAITING
from lamplighter_controller.services.webhooks.webhooks import MOST_WEBHOOKS
from lamplighter_controller.store.webhooks.records import DeliveryRecord
from lamplighter_wire.enums import Severity
from lamplighter_wire.messages import Birth, Status

from tests.simulators.controller_rig import Rig
from tests.simulators.webhook_receiver import Delivery, Receiver, receiving

OFFLINE = Notice(Severity.ERROR, "offline", "offline")
DROPPED = Notice(Severity.WARNING, "dropped", "drops frames")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [], webhooks_local=True)
    yield made
    made.close()


def is_signed(delivery: Delivery, secret: str) -> bool:
    """As the Standard Webhooks say, written down anew."""
    head = delivery.headers
    text = b".".join(
        [head["webhook-id"].encode(), head["webhook-timestamp"].encode(), delivery.body]
    )
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
    return f"v1,{digest}" in head["webhook-signature"].split(" ")


def deliver(rig: Rig) -> None:
    while rig.services.webhooks.deliveries.deliver_due():
        pass


def look(rig: Rig, times: int = 2) -> None:
    for _ in range(times):
        rig.services.webhooks.watch.look()


def test_what_begins_and_ends_is_told_once_and_signed(rig: Rig, receiver: Receiver) -> None:
    made = rig.services.webhooks.webhooks.create(receiver.url, "warning", "desk", "ops")
    device = rig.device("cam-1")
    device.say("birth", Birth(device="cam-1", epoch=1))
    device.introduce()
    device.say("status", Status(device="cam-1", online=False, epoch=1))
    rig.wait(60.0)
    look(rig, 4)
    deliver(rig)
    told = [json.loads(delivery.body) for delivery in receiver.came]
    begun = next(content for content in told if content["kind"] == "offline")
    assert (begun["type"], begun["device"], begun["severity"]) == (
        "attention.begun",
        "cam-1",
        "error",
    )
    assert [content["kind"] for content in told].count("offline") == 1
    assert all(is_signed(delivery, made.secret) for delivery in receiver.came)
    assert not is_signed(receiver.came[0], new_secret())
    device.say("birth", Birth(device="cam-1", epoch=2))
    rig.wait(60.0)
    look(rig)
    deliver(rig)
    ended = [json.loads(delivery.body) for delivery in receiver.came[len(told) :]]
    assert ("attention.ended", "offline") in {(e["type"], e["kind"]) for e in ended}


def test_after_a_restart_nothing_is_told_twice(
    rig: Rig, receiver: Receiver, tmp_path: Path
) -> None:
    rig.services.webhooks.webhooks.create(receiver.url, "info", "", "ops")
    device = rig.device("cam-1")
    device.say("birth", Birth(device="cam-1", epoch=1))
    device.say("status", Status(device="cam-1", online=False, epoch=1))
    rig.wait(60.0)
    look(rig)
    rig.close()
    again = Rig(tmp_path, [], clock=rig.clock, webhooks_local=True)
    try:
        look(again, 4)
        deliver(again)  # what waited on disk
        kinds = [json.loads(delivery.body)["kind"] for delivery in receiver.came]
        assert kinds.count("offline") == 1
    finally:
        again.close()


def test_a_receiver_that_fails_gets_it_again_with_the_same_id(rig: Rig, receiver: Receiver) -> None:
    webhook = rig.services.webhooks.webhooks.create(receiver.url, "error", "", "ops")
    rig.services.webhooks.webhooks.test(webhook.id)
    receiver.answers = [500, 302]
    deliver(rig)
    assert len(receiver.came) == 1
    assert rig.store.webhook(webhook.id).trouble == "it answered with status 500"
    deliver(rig)
    assert len(receiver.came) == 1, "not before it is due"
    receiver.location = receiver.url.replace("hook", "elsewhere")
    rig.clock.advance(WAITS_S[0] * (1 + JITTER))
    deliver(rig)
    rig.clock.advance(WAITS_S[1] * (1 + JITTER))
    deliver(rig)
    assert [delivery.path for delivery in receiver.came] == ["/hook"] * 3, "no redirect is followed"
    assert len({delivery.headers["webhook-id"] for delivery in receiver.came}) == 1
    record = rig.store.webhook(webhook.id)
    assert (record.failures, record.trouble) == (0, "")
    assert rig.store.waiting_deliveries() == {}


def test_what_nobody_takes_is_given_up_and_what_is_gone_is_left(
    rig: Rig, receiver: Receiver
) -> None:
    webhook = rig.services.webhooks.webhooks.create(receiver.url, "error", "", "ops")
    rig.services.webhooks.webhooks.test(webhook.id)
    receiver.answers = [503] * (len(WAITS_S) + 1)
    for wait in (0.0, *WAITS_S):
        rig.clock.advance(wait * (1 + JITTER))
        deliver(rig)
    assert rig.store.waiting_deliveries() == {}
    assert rig.services.webhooks.deliveries.counts()["given_up"] == 1
    assert [event.kind for event in rig.store.events(None)].count("webhook") == 1
    rig.services.webhooks.webhooks.test(webhook.id)
    receiver.answers = [410]
    deliver(rig)
    before = len(receiver.came)
    rig.clock.advance(86_400.0)
    deliver(rig)
    assert len(receiver.came) == before
    assert rig.store.webhook(webhook.id).ended_at
    rig.services.webhooks.webhooks.test(webhook.id)
    deliver(rig)
    assert len(receiver.came) > before, "a test begins anew"


def test_one_that_does_not_answer_keeps_no_other_waiting(rig: Rig, receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobody = f"http://127.0.0.1:{gone.getsockname()[1]}/"
    hooks = rig.services.webhooks.webhooks
    for url in (nobody, receiver.url):
        hooks.test(hooks.create(url, "error", "", "ops").id)
    deliver(rig)
    assert len(receiver.came) == 1
    assert "refused" in next(w for w in rig.store.webhooks() if w.url == nobody).trouble


def test_queue_and_number_are_bounded(rig: Rig, receiver: Receiver) -> None:
    hooks = rig.services.webhooks.webhooks
    webhook = hooks.create(receiver.url, "error", "", "ops")
    record = DeliveryRecord(webhook=webhook.id, message="m", body="{}", created_at=0, due_at=0)
    left_out = [rig.store.add_delivery(record, 3) for _ in range(5)]
    assert left_out == [0, 0, 0, 1, 1]
    assert MOST_WAITING >= 1000
    for _ in range(MOST_WEBHOOKS - 1):
        hooks.create(receiver.url, "error", "", "ops")
    with pytest.raises(ConflictError, match="delete one first"):
        hooks.create(receiver.url, "error", "", "ops")
    hooks.delete(webhook.id)
    assert rig.store.waiting_deliveries() == {}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://host/",
        "file:///etc/passwd",
        "http://",
        "https://user:pw@host/",
        "http://host:0/",
        "http://host:99999/",
        "http://ho st/",
        "http://host/\r\nX: y",
        "http://host/#part",
        "http://hösť/",
        "http://host/" + "x" * 2000,
    ],
)
def test_addresses_that_cannot_be(url: str) -> None:
    with pytest.raises(InvalidError):
        checked_url(url)


@pytest.mark.parametrize(
    ("address", "permitted"),
    [
        ("192.168.1.20", True),  # a program in the city's own network is what is meant
        ("203.0.113.7", True),
        ("2001:db8::1", True),
        ("fd00::1", True),
        ("127.0.0.1", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:a9fe:a9fe::", False),
        ("169.254.169.254", False),
        ("fe80::1", False),
        ("fd00:ec2::254", False),
        ("::ffff:100.100.100.200", False),
        ("fd00:ec3::254", True),
        ("0.0.0.0", False),  # noqa: S104 - not bound
        ("::", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("ff02::1", False),
    ],
)
def test_where_no_webhook_may_go(address: str, permitted: bool) -> None:
    assert is_permitted(address, may_be_local=False) is permitted


def test_an_address_where_nothing_may_go_is_refused_at_once(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    try:
        for url in ("http://169.254.169.254/latest", "http://[::1]:9/", "http://127.0.0.1/"):
            with pytest.raises(InvalidError, match="where nothing may be posted"):
                rig.services.webhooks.webhooks.create(url, "error", "", "ops")
        rig.services.webhooks.webhooks.create("https://192.168.1.9/x", "error", "", "ops")
    finally:
        rig.close()


def test_this_machine_is_asked_only_where_the_settings_say_so(receiver: Receiver) -> None:
    for url in (receiver.url, receiver.url.replace("127.0.0.1", "localhost")):
        with pytest.raises(WebhookError, match="where nothing may be posted"):
            post(url, {}, b"{}", may_be_local=False)
    assert receiver.came == []
    assert post(receiver.url, {}, b"{}", may_be_local=True) == 204


def test_who_answers_a_byte_at_a_time_holds_up_nobody_for_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def trickle() -> None:
            road, _ = door.accept()
            with road, suppress(OSError):
                while True:
                    road.sendall(b"H")
                    time.sleep(0.02)

        threading.Thread(target=trickle, daemon=True).start()
        url, began = f"http://127.0.0.1:{door.getsockname()[1]}/", time.monotonic()
        with pytest.raises(WebhookError, match=r"no whole answer within 0\.2 s"):
            ask("POST", url, {}, b"{}", may_be_local=True, answer_s=0.2)
        assert time.monotonic() - began < 5.0


def test_a_notice_is_news_when_it_lasts() -> None:
    changes = AttentionChanges([])
    first = {("cam-1", "offline"): OFFLINE}
    assert not changes.look(first).begun
    assert not changes.look({}).ended, "it came and went"
    changes.look(first)
    assert set(changes.look(first).begun) == {("cam-1", "offline")}
    both = first | {("cam-2", "dropped"): DROPPED}
    assert not changes.look(both).begun
    assert set(changes.look(both).begun) == {("cam-2", "dropped")}
    assert not changes.look({}).ended
    assert changes.look({}).ended == [("cam-1", "offline"), ("cam-2", "dropped")]
    assert not changes.look({}).ended


def test_waits_grow_and_end_within_two_days() -> None:
    waits = [wait_s(failures, 0.5) for failures in range(1, len(WAITS_S) + 2)]
    assert waits[:-1] == sorted(WAITS_S)
    assert waits[-1] is None
    assert 86_400 / 2 < sum(WAITS_S) < 2 * 86_400


def test_a_signature_is_that_of_the_standards_own_example() -> None:
    """Of its specification."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = signed_headers(
        secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
