"""What the scenario must show, checked on its own report, and the report in words. Pure."""

from collections.abc import Sequence

from lamplighter_demo.rollout.fleet import CANARY_SHARE
from lamplighter_demo.rollout.schema import Kill, Return, RolloutAct, RolloutReport, Service, Theft

SILENCED_S = 5.0


def check(
    good: RolloutAct, kill: Kill, theft: Theft, bad: RolloutAct, back: Return, service: Service
) -> dict[str, bool]:
    """Name of each promise -> whether this run kept it."""
    return {
        "good_rollout_finished": good.state == "succeeded",
        "killed_in_mid_wave": kill.wave > 0 and kill.in_flight > 0,
        "went_on_after_the_kill": kill.next_step_s is not None and good.state == "succeeded",
        "no_step_was_taken_twice": not kill.ordered_twice and not kill.waves_begun_twice,
        "no_device_noticed_the_kill": kill.reconnected == 0,
        "stolen_device_silenced": theft.silenced_s <= SILENCED_S
        and theft.windows_kept_after == 0
        and theft.windows_before > 0,
        "stolen_device_stayed_out": theft.connected_again == 0,
        "bad_model_stopped_by_the_gate": bad.state == "rolled_back" and "canaries" in bad.reason,
        "bad_model_below_five_percent": 0 < bad.told_share < CANARY_SHARE,
        "canaries_back_on_what_they_served": back.back_s is not None and not back.not_back,
        "nobody_else_was_touched": not back.wrongly_touched,
        "nothing_serves_worse_than_before": service.compared > 0
        and not service.worse
        and not service.not_heard,
    }


def summary(report: RolloutReport) -> list[str]:
    """The report in a screenful."""
    return [
        "",
        f"{report.real_devices} real agents and {report.simulated_devices} simulated devices,"
        f" up after {report.setup_s:.0f} s; {report.seconds:.0f} s in all",
        *_act_lines(report.good),
        f"  killed in wave {report.kill.wave} with {report.kill.in_flight} in flight; answered"
        f" again after {report.kill.down_s} s, next step {_seconds(report.kill.next_step_s)} later",
        f"stolen {report.theft.device}: last window {report.theft.silenced_s} s after"
        f" {report.theft.verb}, connected again {report.theft.connected_again} times",
        *_act_lines(report.bad),
        f"  harm found after {_seconds(report.bad_return.harm_found_s)}, all back after"
        f" {_seconds(report.bad_return.back_s)} more; {report.bad_return.untouched} untouched",
        *_service_lines(report.service),
        *(f"{'ok  ' if kept else 'MISS'}  {name}" for name, kept in report.checks.items()),
        *(f"note: {text}" for text in report.notes),
    ]


def _act_lines(act: RolloutAct) -> list[str]:
    waves = " + ".join(map(str, act.waves))
    lines = [
        f"rollout {act.name} of {act.target}: {act.state} after {act.seconds:.0f} s;"
        f" {act.members} devices in waves of {waves}, {act.left_out} left out;"
        f" {act.told} were told ({act.told_share:.1%} of the fleet)"
    ]
    lines += [f"  because {act.reason}"] if act.reason else []
    return lines + [f"  {name} failed: {why}" for name, why in act.failed.items()]


def _service_lines(service: Service) -> list[str]:
    worse = [
        f"  worse: {one.device} {one.figure} {one.before:.1f} -> {one.after:.1f}"
        for one in service.worse
    ]
    return [
        f"service of {service.compared} devices: p95 latency x {service.latency_ratio},"
        f" energy per frame x {service.energy_ratio} (median, each with itself);"
        f" {len(service.worse)} figures worse, {len(service.not_heard)} not heard",
        *worse,
    ]


def page(report: RolloutReport) -> str:
    """The report for reading, as Markdown: the summary, and what happened when."""
    lines = ["# Rollout scenario", "", "```", *summary(report)[1:], "```"]
    for act in (report.good, report.bad):
        lines += ["", f"## Rollout {act.name}", "", *_moments(act)]
    lines += ["", "## Real agents", "", *_real(report.service)]
    return "\n".join(lines) + "\n"


def _moments(act: RolloutAct) -> Sequence[str]:
    rows = [
        f"| {m.at:.1f} | {m.state} | {m.wave} |"
        f" {', '.join(f'{count} {state}' for state, count in m.counts.items())} |"
        for m in act.moments
    ]
    return ["| s | state | wave | devices |", "|---|---|---|---|", *rows]


def _real(service: Service) -> Sequence[str]:
    rows = [
        f"| {name} | {a.variant} | {b.variant} | {a.latency_p95_ms:.1f} → {b.latency_p95_ms:.1f} |"
        f" {a.energy_mj_per_frame:.0f} → {b.energy_mj_per_frame:.0f} |"
        for name, (a, b) in service.real.items()
    ]
    head = "| device | before | in the end | p95 ms | mJ per frame |"
    return [head, "|---|---|---|---|---|", *rows]


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"
