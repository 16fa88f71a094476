# SPDX-License-Identifier: Apache-2.0
"""Runs commands and notices when somebody else used the cores meanwhile."""
import dataclasses
import json
import os
import resource
import subprocess
import time

ALLOWED = 0.03  # of all cores' time
RETRIES = 8


class Contended(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class Sample:
    wall: float
    busy: float  # seconds of CPU that anybody used, stolen time included
    ours: float  # … that processes we waited for used


def sample():
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
    return Sample(time.monotonic(), (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK"),
                  sum(part.ru_utime + part.ru_stime for part in usage))


def share_of_others(before, after):
    """The share of all cores that others used."""
    others = (after.busy - before.busy) - (after.ours - before.ours)
    return max(0.0, others / ((after.wall - before.wall) * os.cpu_count()))


def run(command):
    """The command's standard output. Raises Contended where others used more than ALLOWED of the cores."""
    before = sample()
    done = subprocess.run(command, capture_output=True, text=True)
    others = share_of_others(before, sample())
    if done.returncode:
        raise SystemExit(f"compare_cpu: {' '.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    if others > ALLOWED:
        raise Contended(f"{others:.1%} of the cores went to other processes")
    return done.stdout


def benchmark(command):
    """What a benchmark of Lathe's prints as JSON. Raises Contended too where it had to keep a disturbed round."""
    figures = json.loads(run(command).splitlines()[-1])
    if figures["contended_rounds"]:
        raise Contended(f"others disturbed {figures['contended_rounds']} of its rounds")
    return figures


def measured(label, measure):
    """Calls `measure` until a call was not contended; says which rounds were discarded."""
    for attempt in range(RETRIES):
        try:
            return measure()
        except Contended as contended:
            print(f"  discarded: {label}: {contended}", flush=True)
            time.sleep(2 * (attempt + 1))
    raise SystemExit(f"compare_cpu: {label}: the machine was not quiet in {RETRIES} rounds")
