"""Which parents of sites are kept."""

from lamplighter_recipes.sites.verdict import GateConfig, judge
from lamplighter_recipes.variants.site_parents import Gain

GAINS = Gain(before=0.60, after=0.72, low=0.08, high=0.15)
STAYS = Gain(before=0.68, after=0.67, low=-0.02, high=0.01)
CONFIG = GateConfig(least_gain=0.02, most_forgotten=0.05)


def test_a_gain_beyond_the_noise_is_kept() -> None:
    verdict = judge(GAINS, None, STAYS, CONFIG)
    assert verdict.kept
    assert "+12.0 points" in verdict.reasons[0]


def test_a_gain_that_may_be_chance_or_is_too_small_is_not() -> None:
    noisy = Gain(before=0.60, after=0.64, low=-0.01, high=0.09)
    small = Gain(before=0.60, after=0.61, low=0.005, high=0.015)
    assert "inside the noise" in judge(noisy, None, STAYS, CONFIG).reasons[0]
    assert "at least +2.0 points" in judge(small, None, STAYS, CONFIG).reasons[0]
    assert not judge(noisy, None, STAYS, CONFIG).kept
    assert not judge(small, None, STAYS, CONFIG).kept


def test_labels_overrule_agreement_with_a_teacher_that_errs() -> None:
    refuted = Gain(before=0.7, after=0.62, low=-0.12, high=-0.03)
    assert not judge(GAINS, refuted, STAYS, CONFIG).kept
    assert judge(GAINS, GAINS, STAYS, CONFIG).kept


def test_what_forgets_the_city_is_not_kept() -> None:
    forgetful = Gain(before=0.68, after=0.55, low=-0.15, high=-0.1)
    verdict = judge(GAINS, None, forgetful, CONFIG)
    assert not verdict.kept
    assert "forgets" in verdict.reasons[0]
