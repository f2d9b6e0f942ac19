"""A network that takes the same memory for each picture takes no page faults for it."""

import subprocess
import sys

import pytest
from lamplighter_agent.runtimes.allocator import keep_freed_memory

PAGES = 3 * (3 << 20) // 4096
PROGRAM = """
import ctypes, resource
from lamplighter_agent.runtimes.allocator import keep_freed_memory
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]

def picture():
    buffers = [libc.malloc(3 << 20) for _ in range(3)]
    for buffer in buffers:
        ctypes.memset(buffer, 1, 3 << 20)
    for buffer in buffers:
        libc.free(buffer)

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        picture()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 10

picture()
untold = faults()
keep_freed_memory()
picture()
print(untold, faults())
"""


def test_what_a_picture_frees_is_there_for_the_next() -> None:
    if not keep_freed_memory():
        pytest.skip("this C library has no mallopt")
    command = [sys.executable, "-c", PROGRAM]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    untold, kept = map(float, told.stdout.split())
    assert untold > PAGES / 2
    assert kept < PAGES / 20
