"""Which layers stay in floats, from made-up measurements."""

from lamplighter_recipes.techniques.quantization.float_layers import (
    Likeness,
    for_accuracy,
    for_time,
)

LAYERS = tuple(range(16))
COST = {3: 0.10, 7: 0.04, 9: 0.02}  # agreement that a layer in 8 bits costs
TIME_IN_FLOAT = dict.fromkeys(LAYERS, 3.0) | {3: 4.0}
TIME_IN_INT8 = dict.fromkeys(LAYERS, 1.0)

Choice = frozenset[int]


def together(in_float: Choice) -> Likeness:
    lost = sum(loss for layer, loss in COST.items() if layer not in in_float)
    return Likeness(1 - lost, -lost)


def time_of(in_float: Choice, floats: dict[int, float] = TIME_IN_FLOAT) -> float:
    return sum(floats[i] if i in in_float else TIME_IN_INT8[i] for i in LAYERS)


def chosen(agreement: float, time_share: float) -> Choice:
    return for_accuracy(
        LAYERS,
        lambda layer: together(frozenset(LAYERS) - {layer}),
        together,
        lambda layers: time_of(layers) / time_of(frozenset()),
        agreement,
        time_share,
    )


def test_the_layers_that_cost_most_stay_in_floats_until_it_is_enough() -> None:
    assert chosen(0.98, 1.0) == {3, 7}
    assert chosen(0.999, 1.0) == {3, 7, 9}
    assert chosen(0.80, 1.0) == frozenset()


def test_no_layer_is_measured_where_all_in_eight_bits_are_enough() -> None:
    def alone(layer: int) -> Likeness:
        raise AssertionError(layer)

    assert for_accuracy(LAYERS, alone, together, lambda _: 1.0, 0.80, 1.0) == frozenset()


def test_a_layer_that_takes_more_than_the_budget_is_passed_over() -> None:
    # Layer 3 adds 3/16 of the time, layers 7 and 9 an eighth each.
    assert chosen(0.999, 0.15) == {7}
    assert chosen(0.999, 0.26) == {3} or chosen(0.999, 0.26) == {7, 9}
    assert chosen(0.999, 0.0) == frozenset()


def ratio(times: dict[int, float]):  # type: ignore[no-untyped-def]
    return lambda a, b: time_of(a, times) / time_of(b, times)


def test_nothing_changes_where_eight_bits_pay_everywhere() -> None:
    assert for_time(LAYERS, frozenset({5}), ratio(TIME_IN_FLOAT)) == {5}


def test_a_network_that_is_slower_in_eight_bits_stays_in_floats() -> None:
    quick = dict.fromkeys(LAYERS, 0.5)
    assert for_time(LAYERS, frozenset(), ratio(quick)) == frozenset(LAYERS)


def test_the_part_in_which_eight_bits_do_not_pay_is_found() -> None:
    for slow in (range(4), range(8, 12), range(14, 16)):
        times = TIME_IN_FLOAT | dict.fromkeys(slow, 0.2)
        assert for_time(LAYERS, frozenset(), ratio(times)) == set(slow)


def test_what_comes_out_is_never_slower_than_either_whole() -> None:
    for number in range(20):
        times = {i: 0.4 + 0.2 * ((number * 7 + i * 5) % 9) for i in LAYERS}
        choice = for_time(LAYERS, frozenset(), ratio(times))
        whole = min(time_of(frozenset(), times), time_of(frozenset(LAYERS), times))
        assert time_of(choice, times) <= whole / 0.97
