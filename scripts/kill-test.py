#!/usr/bin/env python3
"""Kills a sweep at random moments and resumes it until it is complete: no row may be lost, torn or measured twice.

    scripts/kill-test.py PROGRAM [KILLS [key=value …]]
    scripts/kill-test.py PROGRAM KILLS --against [key=value …]

PROGRAM is .build/release/llm-bench; 50 kills unless another number is given; values such as order=interleaved replace
those of the sweep.

After each kill what the file held before must still stand at its beginning. With --against the sweep takes turns with
itself, and the rows that both sides had must still be there. Exits 1 with the reason.
"""

import json
import random
import shutil
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


def killed_run(command: list[str], seconds: float) -> tuple[int, str]:
    """Starts a run and kills it after some time: its status and what it wrote to standard error."""
    # A file, for processes that outlive the run would hold a pipe open.
    with tempfile.TemporaryFile("w+") as errors:
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        time.sleep(seconds)
        run.kill()
        status = run.wait()
        errors.seek(0)
        return status, errors.read()


def ended_well(status: int, words: str, seed: int) -> None:
    if status != 0:
        fail(f"a run ended with {status} (seed {seed}):\n{words}")


# Two trials and two rounds, so that a kill also comes between trials and between rounds.
AGAINST = [
    "yamls/smoke.yaml", "batch_sizes=[1,2]", "input_lengths=[4]", "output_lengths=[4]", "--threads", "1", "--resume",
    "--rounds", "2", "--against",
]


def main() -> None:
    program = sys.argv[1]
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    if "--against" in sys.argv:
        kill_comparisons(program, kills, [word for word in sys.argv[3:] if word != "--against"])
    else:
        kill_sweeps(program, kills, sys.argv[3:])


def kill_comparisons(program: str, kills: int, overrides: list[str]) -> None:
    seed = random.randrange(1 << 32)
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "out"
        # A side that takes long to start: it may come to its folder when the run that started it is no more.
        slow = Path(parent) / "slow"
        slow.write_text(f'#!/bin/sh\nsleep 0.05\nexec "{Path(program).resolve()}" "$@"\n')
        slow.chmod(0o755)
        command = [program, "run", *AGAINST, str(slow), *overrides, "--output", str(folder)]
        started = time.monotonic()
        if subprocess.run(command, capture_output=True).returncode != 0:
            fail("a run without kills failed")
        whole_run = time.monotonic() - started
        shutil.rmtree(folder)
        killed = 0
        while killed < kills:
            before = pairs(folder, seed)
            status, words = killed_run(command, moments.uniform(0, whole_run / 2))
            if status == -signal.SIGKILL:
                killed += 1
                now = pairs(folder, seed)
                if any(now.get(key) != rows for key, rows in before.items()):
                    fail(f"rows that both sides had are lost or have changed (seed {seed}, kill {killed})")
            else:
                ended_well(status, words, seed)
                check_pairs(folder, seed)
                shutil.rmtree(folder)
        last = subprocess.run(command, capture_output=True, text=True)
        ended_well(last.returncode, last.stderr, seed)
        check_pairs(folder, seed)
    print(f"kill test: {kills} kills of a comparison, each trial once on each side of each round")


def side_rows(path: Path, seed: int) -> dict[str, bytes]:
    """Whole rows of one side of a round by the trial's name."""
    lines = whole_lines(path).splitlines()
    rows = {json.loads(line)["name"]: line for line in lines}
    if len(rows) != len(lines):
        fail(f"{path}: a trial has two rows (seed {seed})")
    return rows


def pairs(folder: Path, seed: int) -> dict[tuple[str, str], tuple[bytes, bytes]]:
    """Rows that both sides of a round have, by round and trial."""
    found = {}
    for path in folder.glob("a/round-*/results.jsonl"):
        a = side_rows(path, seed)
        b = side_rows(folder / "b" / path.parent.name / path.name, seed)
        found |= {(path.parent.name, name): (a[name], b[name]) for name in a.keys() & b.keys()}
    return found


def check_pairs(folder: Path, seed: int) -> None:
    found = pairs(folder, seed)
    if len(found) != 4:
        fail(f"{len(found)} pairs of rows instead of 4 (seed {seed})")
    for a, b in found.values():
        counts = {len(json.loads(row)["samples"]) for row in (a, b)}
        if len(counts) != 1:
            fail(f"the sides have {counts} samples (seed {seed})")


def kill_sweeps(program: str, kills: int, overrides: list[str]) -> None:
    seed = random.randrange(1 << 32)
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "run", *SWEEP, *overrides, "--output", folder]
        results = Path(folder) / "results.jsonl"
        started = time.monotonic()
        listing = subprocess.run([*command, "--list"], check=True, capture_output=True, text=True).stdout
        expected = [line.split()[1] for line in listing.splitlines()]
        one_start = time.monotonic() - started
        killed = 0
        while killed < kills:
            before = whole_lines(results)
            status, words = killed_run(command, moments.uniform(0, 4 * one_start))
            if status == -signal.SIGKILL:
                killed += 1
                if not whole_lines(results).startswith(before):
                    fail(f"a row that was kept has changed (seed {seed}, kill {killed})")
            else:
                # The sweep came to its end before the signal: from the beginning again.
                ended_well(status, words, seed)
                check(results, expected, seed)
                results.unlink()
        last = subprocess.run(command, capture_output=True, text=True)
        ended_well(last.returncode, last.stderr, seed)
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
