"""Devices that come, go and are let in. Pure."""

from lamplighter_controller.services.sentences.sentence import Sentence, many, reason_after


def enrolled(device: str) -> Sentence:
    """It has a certificate."""
    return Sentence(f"{device} has enrolled: it has a certificate, and is in the fleet")


def online(device: str) -> Sentence:
    """A session has begun."""
    return Sentence(f"{device} is online")


def offline(device: str) -> Sentence:
    """A session has ended, and no other has begun."""
    return Sentence(
        f"{device} is offline; it serves on by itself, and tells later what it measured"
    )


def changed(device: str) -> Sentence:
    """Its capabilities are others."""
    return Sentence(f"{device} has changed what it can do; it is planned for anew")


def probe_asked(device: str) -> Sentence:
    """By an operator."""
    return Sentence(f"{device} is asked to measure its speed again; a new plan follows")


def not_delivered(device: str, count: int) -> Sentence:
    """The broker was full."""
    lost = many(count, "message")
    return Sentence(f"{device} sends {lost} again, which the broker did not deliver")


def certificate_issued(device: str) -> Sentence:
    """It has asked, and is answered."""
    return Sentence(f"{device} has been given a new certificate")


def certificate_refused(device: str, why: str) -> Sentence:
    """It has asked, and is not given one."""
    return Sentence(f"{device} asks for a certificate and is given none: {why}")


def retired(device: str) -> Sentence:
    """It may come back."""
    return Sentence(f"{device} is retired: it is neither heard nor told anything until restored")


def revoked(device: str, reason: str) -> Sentence:
    """It may not."""
    return Sentence(f"{device} is revoked, and its certificate counts no longer: {reason}")


def restored(device: str) -> Sentence:
    """Its retirement is undone."""
    return Sentence(f"{device} is in the fleet again")


def released(device: str) -> Sentence:
    """Its name is."""
    return Sentence(f"{device} is free as a name: another device may enrol under it")


def cloned(device: str) -> Sentence:
    """Its disk was copied."""
    return Sentence(
        f"{device} is the name of two machines with one key; the one that was there first is given"
        " another key"
    )


def clone_refused(device: str) -> Sentence:
    """The other one is out."""
    return Sentence(f"{device}: its copy is refused from now on, as the first one has another key")


def registered(count: int, changed_count: int) -> Sentence:
    """Many at once."""
    return Sentence(f"{many(count, 'device')} registered, of which {changed_count} changed")


def unregistered(device: str) -> Sentence:
    """What waited for its enrolment is forgotten."""
    return Sentence(f"{device} is registered no longer, and its open tokens count no longer")


def claims_taken(life_s: float) -> Sentence:
    """Devices without a token may ask."""
    if not life_s:
        return Sentence("devices without a token may ask to come in no longer")
    return Sentence(f"devices without a token may ask to come in for {life_s / 60:.0f} min")


def claimed(device: str, source: str) -> Sentence:
    """One has asked."""
    asks = f"{device} asks to come in, from the address {source}"
    return Sentence(f"{asks}; accept or reject it: lamplighter claim list")


def claim_decided(device: str, source: str, state: str, by: str) -> Sentence:
    """An operator has answered."""
    return Sentence(f"{device} at the address {source} asked to come in, and was {state} by {by}")


def configured(device: str, version: int, by: str, reason: str, what: str = "settings") -> Sentence:
    """Settings or lines are on their way. `what` is sent, in our words."""
    who = by or "an operator"
    return Sentence(f"{device} is sent {what} by {who}, version {version}{reason_after(reason)}")


def still_asked(device: str, by: str) -> Sentence:
    """One picture."""
    return Sentence(f"{device} is asked for one still picture by {by or 'somebody unknown'}")


def pictures_asked(device: str, count: int, site: str, interval_s: float) -> Sentence:
    """For the training of a site's parent."""
    each = f"one every {interval_s:g} s"
    return Sentence(f"{device} is asked for {many(count, 'picture')} of site {site}, {each}")


def pictures_collected(device: str, count: int, site: str) -> Sentence:
    """All are here."""
    return Sentence(f"{device} has sent all {many(count, 'picture')} of site {site}")


def pictures_deleted(count: int, site: str) -> Sentence:
    """They were for one use."""
    return Sentence(
        f"{many(count, 'picture')} of site {site} deleted, as they are needed no longer"
    )


def pictures_left(count: int, site: str, folder: str) -> Sentence:
    """Somebody has to."""
    left = f"{many(count, 'picture')} of site {site} cannot be deleted"
    return Sentence(f"{left}: delete the folder {folder} by hand")
