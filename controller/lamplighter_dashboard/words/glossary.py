"""Words of the field that screens use, one key away."""

GLOSSARY = {
    "AP50": "average precision at an overlap of one half, 0 to 1: how accurately it finds objects. "
    "Measured on rendered streets unless it says otherwise; a real street is another one.",
    "demand": "frames per second that the traffic on the street asks for, as it moves",
    "hardware class": "devices with the same processor, which are expected to be equally fast",
    "hold": "the device is told nothing new until it is released",
    "ladder": "further variants that a device keeps, to change over without a download",
    "p95": "95 of 100 frames were done in less",
    "pin": "the device serves one variant or model, whatever would be better",
    "point": "a variant at an input size, such as int8-full at 384x288",
    "probation": "a new variant serves already, and is sent back if it breaks a limit",
    "probe": "what the device measured of its own speed with small networks",
    "recipe": "how a variant is made of a model: pruned, quantized, tuned",
    "regime": "light, weather and density that a device sees, such as day-dry-jam",
    "revision": "number of an order to a device",
    "rollout": "a new model brought to many devices in waves, with gates between them",
    "variant": "a model compressed by a recipe: what a device runs",
}
