#!/usr/bin/env python3
"""Kills a sweep at random moments and resumes it until it is complete: no row may be lost, torn or measured twice.

    scripts/kill-test.py PROGRAM [KILLS [key=value …]]

PROGRAM is .build/release/llm-bench; 50 kills unless another number is given; values such as order=interleaved replace
those of the sweep.

After each kill what the file held before must still stand at its beginning. Exits 1 with the reason.
"""

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Trials of a few milliseconds each: a kill comes in loading, warm-up, measuring and writing alike.
SWEEP = [
    "yamls/smoke.yaml", "batch_sizes=[1,2,3,4,5,6,7,8]", "input_lengths=[4,8,16,32]", "output_lengths=[2,4,8]",
    "num_batches=5", "--no-roofline", "--resume",
]


def fail(reason: str) -> None:
    sys.exit(f"kill test: {reason}")


def whole_lines(path: Path) -> bytes:
    """The file up to the end of its last whole line."""
    content = path.read_bytes() if path.exists() else b""
    return content[: content.rfind(b"\n") + 1]


def main() -> None:
    program = sys.argv[1]
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    seed = random.randrange(1 << 32)
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "run", *SWEEP, *sys.argv[3:], "--output", folder]
        results = Path(folder) / "results.jsonl"
        started = time.monotonic()
        listing = subprocess.run([*command, "--list"], check=True, capture_output=True, text=True).stdout
        expected = [line.split()[1] for line in listing.splitlines()]
        one_start = time.monotonic() - started
        killed = 0
        while killed < kills:
            before = whole_lines(results)
            run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(moments.uniform(0, 4 * one_start))
            run.kill()
            if run.wait() == -signal.SIGKILL:
                killed += 1
                if not whole_lines(results).startswith(before):
                    fail(f"a row that was kept has changed (seed {seed}, kill {killed})")
            else:
                # The sweep came to its end before the signal: from the beginning again.
                check(results, expected, seed)
                results.unlink()
        last = subprocess.run(command, capture_output=True, text=True)
        if last.returncode != 0:
            fail(f"the last run ended with {last.returncode} (seed {seed}):\n{last.stderr}")
        check(results, expected, seed)
        printed = [line.split(",")[0] for line in last.stdout.splitlines()[3:]]
        # Trials that take turns are printed as they are complete.
        if sorted(printed) != sorted(expected) if "order=interleaved" in command else printed != expected:
            fail(f"the table has other rows than the list (seed {seed}): {printed}")
    print(f"kill test: {killed} kills, {len(expected)} trials each measured once")


def check(results: Path, expected: list[str], seed: int) -> None:
    """Every trial has one row, which is whole."""
    rows = [json.loads(line) for line in results.read_text().splitlines()]
    names = [row["name"] for row in rows if row["status"] == "ok"]
    if sorted(names) != sorted(expected) or len(rows) != len(expected):
        fail(f"{len(rows)} rows for {len(expected)} trials (seed {seed})")
    if counts := {len(row["samples"]) for row in rows} - {5}:
        fail(f"rows with {counts} samples instead of 5 (seed {seed})")


main()
