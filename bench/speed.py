"""Whole audits, timed from outside, beside another command on the same files.

    python bench/speed.py CHECKOUTS [--runs 3] [--beside "checkov -d {} --quiet --compact"]

Prints for each folder its files and size, then wall and CPU seconds (median) and peak memory (largest process) of each
command. The commands run in turn, so that a drift of the machine hits both.
"""

from __future__ import annotations

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from gonogo.tools.repository import open_repository


@dataclass(frozen=True)
class Timing:
    wall: float
    cpu: float
    peak_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--beside", default="", help="another command; {} stands for the folder")
    options = parser.parse_args()
    commands = {"gonogo": f"{sys.executable} -m gonogo audit {{}} --quiet"}
    if options.beside:
        commands[options.beside.split()[0].rpartition("/")[2]] = options.beside
    for folder in sorted(path for path in options.checkouts.iterdir() if path.is_dir()):
        files = open_repository([folder]).files
        size = sum(file.size for file in files) / 1e6
        print(f"{folder.name}: {len(files)} files, {size:.1f} MB")
        timings: dict[str, list[Timing]] = {name: [] for name in commands}
        for _ in range(options.runs):
            for name, command in commands.items():
                timings[name].append(run(command.replace("{}", shlex.quote(str(folder)))))
        for name, found in timings.items():
            wall = statistics.median(t.wall for t in found)
            cpu = statistics.median(t.cpu for t in found)
            print(f"  {name:10} wall {wall:6.2f} s   cpu {cpu:6.2f} s   peak {max(t.peak_mb for t in found):5.0f} MB")


def run(command: str) -> Timing:
    """Runs a command to its end and reads what the kernel accounted to it."""
    start = time.perf_counter()
    process = subprocess.Popen(shlex.split(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    wall = time.perf_counter() - start
    return Timing(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
