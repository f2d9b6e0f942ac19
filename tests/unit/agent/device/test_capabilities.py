"""What the device is, read from files as kernels write them."""

import pytest
from lamplighter_agent.device.capabilities import (
    Quota,
    cpu_flags,
    cpu_quota,
    read_capabilities,
    usable_memory_bytes,
)
from lamplighter_agent.settings import AgentSettings

from tests.simulators.kernel_files import write


def test_cpu_flags_are_read_on_x86_and_arm(tmp_path):
    x86 = write(tmp_path / "x86", "model name\t: AMD EPYC\nflags\t\t: fpu avx2 avx512_vnni")
    arm = write(tmp_path / "arm", "Features\t: fp asimd asimddp\nHardware\t: BCM2711")
    assert cpu_flags(x86) == ({"fpu", "avx2", "avx512_vnni"}, "AMD EPYC")
    assert cpu_flags(arm) == ({"fp", "asimd", "asimddp"}, "BCM2711")
    assert cpu_flags(tmp_path / "missing") == (set(), "")


def test_quota_and_memory_are_the_tightest_of_cgroup_2(tmp_path):
    write(tmp_path / "proc/self/cgroup", "0::/city/agent")
    top = tmp_path / "cg"
    write(top / "city/cpu.max", "30000 100000")
    write(top / "city/agent/cpu.max", "max 100000")
    write(top / "city/agent/memory.max", 200_000_000)
    write(top / "city/memory.max", "max")
    assert cpu_quota(top, tmp_path / "proc") == Quota(pytest.approx(0.3), 0.1)
    assert usable_memory_bytes(0, top, tmp_path / "proc") == 200_000_000
    assert usable_memory_bytes(50_000_000, top, tmp_path / "proc") == 50_000_000


def test_quota_and_memory_of_cgroup_1(tmp_path):
    write(tmp_path / "proc/self/cgroup", "4:memory:/box\n1:cpu,cpuacct:/box\n0::/")
    top = tmp_path / "cg"
    write(top / "cpu/box/cpu.cfs_quota_us", 5000)
    write(top / "cpu/box/cpu.cfs_period_us", 10000)
    write(top / "cpu/cpu.cfs_quota_us", -1)
    write(top / "cpu/cpu.cfs_period_us", 100000)
    write(top / "memory/box/memory.limit_in_bytes", 150_000_000)
    assert cpu_quota(top, tmp_path / "proc") == Quota(pytest.approx(0.5), 0.01)
    assert usable_memory_bytes(0, top, tmp_path / "proc") == 150_000_000


def test_capabilities_come_from_machine_and_settings(tmp_path):
    settings = AgentSettings(
        device="cam", state_dir=tmp_path / "not" / "yet", power_budget_w=6.0, realised_by="quota"
    )
    capabilities = read_capabilities(settings, {"onnxruntime": "1.22"})
    assert (capabilities.device, capabilities.power_budget_w, capabilities.realised_by) == (
        "cam",
        6.0,
        "quota",
    )
    assert capabilities.cores >= 1
    assert capabilities.memory_bytes > 0
    assert capabilities.disk_free_bytes > 0
    assert capabilities.runtimes == {"onnxruntime": "1.22"}
    assert capabilities.encodings == ["palette", "levels", "bits", "delta"]


def test_capabilities_name_the_streams_of_a_gateway(tmp_path):
    one = AgentSettings(state_dir=tmp_path, source="/dev/video0", fps=10.0)
    assert read_capabilities(one, {}).streams == []
    two = AgentSettings(state_dir=tmp_path, sources={"north": "a", "south": "b"}, fps=10.0)
    capabilities = read_capabilities(two, {})
    assert (capabilities.streams, capabilities.camera_fps) == (["north", "south"], 20.0)
