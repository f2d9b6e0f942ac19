"""What a parent for a site will cost."""

from dataclasses import replace

from lamplighter_controller.domain.sites.site_estimate import PastSite, SiteWork, estimate_site

WORK = SiteWork(base_mmac=340.0, teacher_mmac=1200.0, pictures=180, steps=300, batch=8)


def test_without_experience_the_cost_model_speaks_and_promises_no_gain() -> None:
    estimate = estimate_site(WORK, [])
    assert 60 < estimate.seconds < 240
    assert estimate.gain_points is None
    assert estimate.basis == "the cost model alone"


def test_more_steps_and_larger_networks_cost_more() -> None:
    one = estimate_site(WORK, []).seconds
    assert estimate_site(replace(WORK, steps=600), []).seconds > 1.5 * one
    assert estimate_site(replace(WORK, base_mmac=1200.0), []).seconds > 2.5 * one


def test_earlier_works_correct_the_rate_and_tell_the_gain() -> None:
    slow = [PastSite(mmac=1e5, train_s=60.0, gain_points=g) for g in (2.0, 9.0, 12.0)]
    estimate = estimate_site(WORK, slow)
    assert estimate.seconds > 3 * estimate_site(WORK, []).seconds
    assert estimate.gain_points == 9.0
    assert "3 sites" in estimate.basis
