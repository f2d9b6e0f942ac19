"""Whose word counts for a threshold: a pure rule of layers."""

from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.policy.policy import DEFAULTS, Policy, resolve, scopes_of

NAMES = ["latency_p95_ms", "power_w", "device_bytes_a_day", "release_from_hour"]
LAYER = st.dictionaries(st.sampled_from(NAMES), st.floats(1.0, 20.0), max_size=4)


def test_the_device_comes_before_its_groups_and_these_before_labels_and_fleet() -> None:
    scopes = scopes_of("cam-1", {"b": "2", "a": "1"}, ["west", "north"])
    assert list(scopes) == [
        "fleet",
        "label:a=1",
        "label:b=2",
        "group:north",
        "group:west",
        "device:cam-1",
    ]


@given(st.lists(LAYER, max_size=5))
def test_each_value_is_of_the_last_layer_that_says_it(layers: list[dict[str, float]]) -> None:
    found = resolve(layers)
    for name in NAMES:
        said = [layer[name] for layer in layers if name in layer]
        assert getattr(found, name) == (said[-1] if said else getattr(DEFAULTS, name))


@given(st.lists(LAYER, min_size=1, max_size=5), st.data())
def test_a_layer_that_others_overrule_changes_nothing(
    layers: list[dict[str, float]], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(layers) - 1))
    later = set().union(*layers[index + 1 :]) if layers[index + 1 :] else set()
    silent = [*layers[:index], {n: v for n, v in layers[index].items() if n not in later}]
    assert resolve(layers) == resolve([*silent, *layers[index + 1 :]])


@given(st.lists(LAYER, max_size=4), LAYER)
def test_the_nearest_says_the_last_word(
    layers: list[dict[str, float]], own: dict[str, float]
) -> None:
    found = resolve([*layers, own], Policy(latency_p95_ms=7.0))
    assert all(getattr(found, name) == value for name, value in own.items())
