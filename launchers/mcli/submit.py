#!/usr/bin/env python3
"""Starts a run of the MosaicML platform for each trial of a sweep.

    submit.py SWEEP.yaml --name 1b --image REGISTRY/llm-bench:TAG [--cluster C --instance I] [--points 4,7-9]
              [--dry-run] [-- argument of `llm-bench run` ...]

Needs the package mosaicml-cli and an account (`mcli init`). --dry-run prints the runs and starts none.
"""

import argparse
import pathlib
import re
import subprocess
import sys
from typing import NoReturn

import yaml

HERE = pathlib.Path(__file__).resolve().parent


def fail(message: str) -> NoReturn:
    print(f'error: {message}', file=sys.stderr)
    sys.exit(2)


def trial_count(sweep: str, arguments: list[str]) -> int:
    """The number of trials, as the benchmark itself counts them; its own words when the sweep is bad."""
    listing = subprocess.run([HERE.parent / 'llm-bench.sh', 'run', sweep, *arguments, '--list'],
                             stdout=subprocess.PIPE, text=True, check=False)
    if listing.returncode:
        sys.exit(listing.returncode)
    return len(listing.stdout.splitlines())


def points_of(text: str | None, count: int) -> list[int]:
    """The numbers of "4,7-9", all when there is no text."""
    if text is None:
        return list(range(1, count + 1))
    points: list[int] = []
    for part in text.split(','):
        match = re.fullmatch(r'(\d{1,6})(?:-(\d{1,6}))?', part.strip())
        if not match:
            fail(f'--points is {text!r}, not a list such as 4,7-9')
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= count:
            fail(f'--points asks for {part.strip()}, but there are trials 1 to {count}')
        points += range(first, last + 1)
    return points


def configuration(point: int, options: argparse.Namespace, parameters: dict) -> dict:
    """trial.yaml with what depends on the sweep and the trial."""
    run = yaml.safe_load((HERE / 'trial.yaml').read_text(encoding='utf-8'))
    run['name'] = f'{options.name}-{point}'
    run['image'] = options.image or run['image']
    for key in ('cluster', 'instance'):
        if getattr(options, key):
            run['compute'][key] = getattr(options, key)
    run['env_variables'] |= {'POINT': str(point), 'ARGUMENTS': ' '.join(options.arguments)}
    run['parameters'] = parameters
    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('sweep', help='the sweep file')
    parser.add_argument('--name', required=True, help="prefix of the runs' names: small letters, digits and '-'")
    parser.add_argument('--image', help='the image; otherwise the one in trial.yaml')
    parser.add_argument('--cluster')
    parser.add_argument('--instance')
    parser.add_argument('--points', help='these trials only, such as 4,7-9')
    parser.add_argument('--dry-run', action='store_true', help='print the runs, start none')
    # Split here: argparse would take what stands behind "--" for sweep files.
    split = sys.argv.index('--') if '--' in sys.argv else len(sys.argv)
    options = parser.parse_args(sys.argv[1:split])
    options.arguments = sys.argv[split + 1:]
    if not re.fullmatch(r'[a-z]([-a-z0-9]{0,40}[a-z0-9])?', options.name):
        fail(f"--name is {options.name!r}, not small letters, digits and '-', at most 42, from a letter")
    if any(re.search(r'\s', argument) for argument in options.arguments):
        fail('an argument holds a blank, which a run cannot be given')

    count = trial_count(options.sweep, options.arguments)
    points = points_of(options.points, count)
    parameters = yaml.safe_load(pathlib.Path(options.sweep).read_text(encoding='utf-8'))
    configurations = [configuration(point, options, parameters) for point in points]
    if options.dry_run:
        yaml.safe_dump_all(configurations, sys.stdout, sort_keys=False)
        return
    try:
        from mcli import RunConfig, create_run  # pylint: disable=import-outside-toplevel
    except ImportError:
        fail('there is no package mcli; install it with: pip install mosaicml-cli')
    for run in configurations:
        print(create_run(RunConfig.from_dict(run, show_unused_warning=True), timeout=60).name, flush=True)


if __name__ == '__main__':
    main()
