#!/usr/bin/env python3
"""Turns the logs of a sweep's runs on the MosaicML platform into results folders for `llm-bench merge`.

    collect.py RESULTS RUN...               fetches the logs of runs, by the names that submit.py printed
    collect.py RESULTS --logs FILE...       reads logs that are files

RESULTS/RUN/results.jsonl gets the rows that RUN's log holds. A run without a row is named, and the exit code is then 1.
"""

import argparse
import json
import pathlib
import sys
from typing import NoReturn

START = '{"name":'


def rows(lines) -> list[str]:
    """The rows among a log's lines: a row is one line, though the platform may put a time before it."""
    found = []
    for line in lines:
        start = line.find(START)
        if start < 0:
            continue
        text = line[start:].strip()
        try:
            row = json.loads(text)
        except json.JSONDecodeError:
            continue
        if {'trial', 'status', 'fingerprint'} <= row.keys() and text not in found:
            found.append(text)
    return found


def fail(message: str) -> NoReturn:
    print(f'error: {message}', file=sys.stderr)
    sys.exit(2)


def file_lines(path: str) -> list[str]:
    try:
        return pathlib.Path(path).read_text(encoding='utf-8', errors='replace').splitlines()
    except OSError as error:
        fail(f'{path}: cannot be read: {error.strerror}')


def platform_lines(run: str) -> list[str]:
    try:
        from mcli import get_run_logs  # pylint: disable=import-outside-toplevel
    except ImportError:
        fail('there is no package mcli; install it with: pip install mosaicml-cli')
    return ''.join(get_run_logs(run)).splitlines()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('results', type=pathlib.Path)
    parser.add_argument('runs', nargs='+')
    parser.add_argument('--logs', action='store_true', help='runs are files')
    options = parser.parse_args()
    missing = 0
    for run in options.runs:
        name = pathlib.Path(run).stem if options.logs else run
        found = rows(file_lines(run) if options.logs else platform_lines(run))
        if not found:
            print(f'{run}: no row in the log; see why with: mcli logs {name}', file=sys.stderr)
            missing += 1
            continue
        target = options.results / name / 'results.jsonl'
        if target.exists():
            fail(f'{target} exists; give another folder')
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(''.join(row + '\n' for row in found), encoding='utf-8')
        print(target.parent)
    sys.exit(1 if missing else 0)


if __name__ == '__main__':
    main()
