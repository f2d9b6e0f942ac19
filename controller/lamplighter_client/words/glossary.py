"""Words of the field that screens, commands, events and reports use. One place for all.

In the dashboard one key away, at a prompt `lamplighter glossary`, and a table of the documentation.
"""

from difflib import get_close_matches

MOST_ALIKE = 5

GLOSSARY = {
    "accuracy": "how well a variant finds what there is, as AP50; where no camera or site says "
    "more, as it was measured on rendered streets",
    "acknowledge": "say that somebody sees to a notice: it counts as known until it has gone",
    "agent": "the program on a device: it serves, measures, and takes what the controller sends",
    "alternative": "a point that was considered for a device and turned down, with the reason",
    "AP50": "average precision at an overlap of one half, 0 to 1: how accurately it finds objects. "
    "Measured on rendered streets unless it says otherwise; a real street is another one",
    "audit log": "who changed what of the fleet, or tried to, each entry with the hash of the one "
    "before",
    "breach": "a limit of latency, power, memory or lost frames was broken for several windows",
    "broker": "the program that carries messages between devices and the controller (MQTT)",
    "build": "making a variant of a model by its recipe, in the workshop",
    "bundle": "a file that installs an agent on a device without a network to the controller",
    "canary": "a device of the first wave of a rollout, one of each hardware class; it is compared "
    "with its own past before others follow",
    "certificate": "what proves a device's name to the broker; it is renewed before it ends",
    "chunk": "a piece of a variant, fetched once and shared by variants that have the same bytes",
    "claim": "a device without a token asks to come in; an operator compares fingerprints, then "
    "accepts or rejects it",
    "committed": "the device has taken a variant for good: it has proven itself, and is what the "
    "device goes back to",
    "control group": "devices of a rollout that are told later; what changes there too is not the "
    "canary's doing",
    "controller": "the program that plans, builds and delivers for all devices",
    "crossing": "a road user who crossed a counting line, by class and direction",
    "delta": "what turns a variant that a device holds into another: fewer bytes than the whole",
    "demand": "frames per second that the traffic on the street asks for, as it moves",
    "deployment": "an order to a device and what became of it: under way, committed, refused, "
    "rolled back or failed",
    "device": "a camera or gateway that runs the agent",
    "energy per frame": "joules that a frame costs the device, with its source; ~ is an estimate",
    "expected accuracy": "what a variant should reach before one device's own cameras, and what "
    "says so: labels of theirs, what was seen there, its site, or rendered streets",
    "failed": "the device could not take a variant (link, disk, time); it serves what it did, and "
    "tries again",
    "fleet": "all devices of a controller",
    "front": "the points of a device that no other beats in accuracy and cost at once",
    "gate": "what a rollout must pass before its next wave: enough have succeeded, and no canary "
    "is worse than is tolerated",
    "group": "devices that a query names, under a name; who is in it is asked anew each time",
    "hardware class": "devices with the same processor, which are expected to be equally fast",
    "hold": "the device is told nothing new until it is released",
    "interval": "a quarter of an hour of a street: what was counted, and how much was watched; of "
    "a figure, the range that holds it with 95 %",
    "ladder": "further points that a device keeps ready, to change over without a download",
    "limit": "what latency, power or memory of a device may be at most, and who has set it",
    "log": "what the agent of a device has noted of its own work, line by line; asked of the device"
    " when somebody wants to see it",
    "manifest": "the signed description of a variant, by which a device checks what it fetched",
    "mask": "an area whose road users are passed over",
    "model": "a trained network with versions, from which variants are made",
    "mute": "hear of no notice of a device for a while, with a reason",
    "notice": "one thing that is wrong with a device, with its remedy where there is one",
    "objective": "what is wanted within the limits: the most accurate boxes, or the surest counts",
    "on rendered streets": "measured on drawn scenes with known truth, not on the street of a "
    "camera",
    "override": "what an operator has set by hand: a hold, a pin, or a variant to keep away from",
    "p95": "95 of 100 frames were done in less",
    "parent": "the trained model that variants are made of",
    "penalty box": "where a device stays that has failed too often lately: a rollout leaves it out",
    "phase": "where a deployment stands: fetching, verifying, on trial, probation",
    "pin": "the device serves one variant or model, whatever would be better",
    "plan": "the point chosen for a device, with its ladder, reasons and alternatives",
    "point": "a variant at an input size, such as int8-full at 384x288: what a device serves",
    "policy": "thresholds by which is decided, of the fleet, a label, a group or a device; the "
    "nearest counts",
    "predicted": "expected by the controller before it was measured; never mixed with what was",
    "preview": "what a change would do to which devices, before it is done",
    "probation": "a new variant serves already, and is rolled back if it breaks a limit",
    "probe": "what the device measured of its own speed with small networks",
    "query": "a test that holds for a device or not, such as site=north and state=online",
    "recipe": "how a variant is made of a model: pruned, quantized, tuned",
    "refused": "the device has tried a variant and not taken it, with the reason; programs read "
    "`rejected`",
    "regime": "light, weather and density that a device sees, such as day-dry-jam",
    "rehearsal": "a rollout run against a model of its devices, before one of them is told",
    "retire": "take a device out of the fleet; that can be undone, unless it was revoked",
    "revision": "number of an order to a device",
    "revoke": "shut out a device that was stolen, at once and for ever",
    "rolled back": "the device, or all of a rollout, went back to what it served before",
    "rollout": "a model, settings, lines or an agent brought to many devices in waves, with gates "
    "between them",
    "rung": "one point of a ladder",
    "runtime": "what runs a network on a device, such as onnxruntime, LiteRT or OpenVINO",
    "scope": "for whom a policy or override is: the fleet, a label, a group or a device",
    "share": "how much a device may send; it fills up again by itself",
    "shift": "the street has changed: another regime, or another demand",
    "site": "where devices stand that see the same street",
    "still": "one picture of a camera, as far as its owner permits it",
    "stream": "what one camera of a device sees",
    "superseded": "a newer order came before this one had come to anything",
    "telemetry": "what devices measure of themselves, window by window",
    "token": "a secret that lets one device in, or a person or program at the API",
    "transfer": "an order as it travels: what was received, what was spared, what is missing",
    "trial": "the new variant beside the old on the same frames, before it serves",
    "turn": "a movement by entry and exit, such as north/to-west",
    "under way": "a deployment without an outcome yet",
    "variant": "a model compressed by a recipe: what a device runs",
    "wave": "devices of a rollout that are told together; the next begins when its gate lets it",
    "webhook": "a program of others that is told by HTTP what needs attention",
    "window": "a stretch of time, usually ten seconds, over which a device measures; or hours in "
    "which changes are released",
    "workshop": "where variants are built and models trained",
    "zone": "an area of which is counted who comes in and who leaves",
}


def found(asked: str) -> dict[str, str]:
    """The word, or those that begin with it, or else those that it stands in; empty: none."""
    wanted = asked.strip().lower()
    exact = {term: said for term, said in GLOSSARY.items() if term.lower() == wanted}
    begun = {term: said for term, said in GLOSSARY.items() if term.lower().startswith(wanted)}
    within = {term: said for term, said in GLOSSARY.items() if wanted in f"{term} {said}".lower()}
    return exact or begun or within


def alike(asked: str) -> list[str]:
    """Words that are written nearly so."""
    by_lower = {term.lower(): term for term in GLOSSARY}
    return [by_lower[one] for one in get_close_matches(asked.lower(), by_lower, MOST_ALIKE)]
