#!/usr/bin/env python3
"""Validates what the launchers hand over with the platforms' own parsers and schemas; none of them is contacted.

Each check is also shown a fault that it must find: a validator that accepts everything would be worth nothing. Run by
`make check-launchers`, which installs requirements.txt; needs dist/llm-bench.
"""

import contextlib
import copy
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import yaml

LAUNCHERS = pathlib.Path(__file__).resolve().parent
ROOT = LAUNCHERS.parent
ARGUMENTS = ['model_dtype=fp32', 'batch_sizes=[1,2]', '--threads', '4']
KUBERNETES = '1.30'


def output(*command: str | pathlib.Path, **environment: str) -> str:
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True,
                          check=True).stdout


def trial_count(sweep: str) -> int:
    return len(output('launchers/llm-bench.sh', 'run', sweep, *ARGUMENTS, '--list').splitlines())


@contextlib.contextmanager
def must_fail(what: str):
    try:
        yield
    except AssertionError:
        raise
    except Exception:  # pylint: disable=broad-exception-caught
        return
    sys.exit(f'error: a planted fault was not found: {what}')


def check_kubernetes() -> None:
    import kubernetes_validate

    def validate(manifest: dict) -> None:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)

    validate(yaml.safe_load((LAUNCHERS / 'kubernetes/results.yaml').read_text(encoding='utf-8')))
    validate(yaml.safe_load((LAUNCHERS / 'kubernetes/job.yaml').read_text(encoding='utf-8')))
    for sweep in ('yamls/smoke.yaml', 'yamls/1b.yaml'):
        text = output('launchers/kubernetes/render.sh', sweep, 'registry.example/llm-bench:1', *ARGUMENTS,
                      NAME='sweep-of-mine', CPUS='16', MEMORY='60Gi', PARALLELISM='3')
        config, job = yaml.safe_load_all(text)
        for manifest in (config, job):
            validate(manifest)
        container = job['spec']['template']['spec']['containers'][0]
        assert config['data']['sweep.yaml'] == (ROOT / sweep).read_text(encoding='utf-8'), 'the sweep file changed'
        assert job['spec']['completions'] == trial_count(sweep), 'as many pods as trials'
        assert job['spec']['parallelism'] == 3
        assert container['image'] == 'registry.example/llm-bench:1'
        assert container['resources']['limits'] == {'cpu': '16', 'memory': '60Gi'} == container['resources']['requests']
        assert {'name': 'ARGUMENTS', 'value': ' '.join(ARGUMENTS)} in container['env']
        assert job['metadata']['name'] == config['metadata']['name'] == 'sweep-of-mine'
        assert job['spec']['template']['spec']['volumes'][0]['configMap']['name'] == 'sweep-of-mine'
    for fault in ('completionMod', 'backoffLimitPerIndexes'):
        broken = copy.deepcopy(job)
        broken['spec'][fault] = 'Indexed'
        with must_fail(f'spec.{fault}'):
            validate(broken)


def check_mcli() -> None:
    from mcli import RunConfig
    from mcli.models.run_config import FinalRunConfig

    def validate(run: dict) -> dict:
        with warnings.catch_warnings():
            # Unknown keys are only warned of.
            warnings.simplefilter('error')
            final = FinalRunConfig.finalize_config(RunConfig.from_dict(run, show_unused_warning=True))
        return final.to_create_run_api_input()['runInput']

    with warnings.catch_warnings():
        warnings.simplefilter('error')
        RunConfig.from_file(LAUNCHERS / 'mcli/trial.yaml')
    for sweep in ('yamls/smoke.yaml', 'yamls/1b.yaml'):
        runs = list(yaml.safe_load_all(output(
            sys.executable, 'launchers/mcli/submit.py', sweep, '--name', 'mine', '--image', 'registry.example/llm-bench:1',
            '--cluster', 'c1', '--dry-run', '--', *ARGUMENTS)))
        assert len(runs) == trial_count(sweep), 'as many runs as trials'
        for number, run in enumerate(runs, start=1):
            sent = validate(copy.deepcopy(run))
            assert sent['runName'] == f'mine-{number}'
            assert {'envKey': 'POINT', 'envValue': str(number)}.items() <= dict(
                next(pair for pair in sent['envVariables'] if 'POINT' in pair.values())).items()
            assert sent['parameters'] == yaml.safe_load((ROOT / sweep).read_text(encoding='utf-8'))
    for fault in ({'comand': 'x'}, {'compute': {'gpu': 0}}, {'image': 'no image at all'}, {'image': None}):
        with must_fail(f'mcli: {fault}'):
            validate(copy.deepcopy(runs[0]) | fault)


def check_skypilot() -> None:
    import sky
    from sky.client.cli import command
    text = (LAUNCHERS / 'skypilot/trial.yaml').read_text(encoding='utf-8')
    # A bucket would be asked for; a plain folder in its place leaves everything else to the parser.
    config = yaml.safe_load(text)
    storage = config['file_mounts'].pop('/results')
    assert storage == {'source': '${BUCKET}', 'mode': 'MOUNT'}
    with contextlib.chdir(ROOT):
        task = sky.Task.from_yaml_config(copy.deepcopy(config), env_overrides=[('POINT', '3')])
        assert task.envs['POINT'] == '3'
        assert task.file_mounts['/opt/llm-bench/sweep.yaml'] == 'yamls/smoke.yaml'
        task.validate_run()
        for fault in ({'file_mount': {}}, {'resources': {'cpu': 8}}, {'run': 5}):
            with must_fail(f'skypilot: {fault}'):
                sky.Task.from_yaml_config(copy.deepcopy(config) | fault)
    sky.data.storage.StorageMode(storage['mode'])

    # What submit.sh says to `sky`, read by the parser of `sky jobs launch` itself.
    with tempfile.TemporaryDirectory() as folder:
        stub = pathlib.Path(folder) / 'sky'
        stub.write_text('#!/bin/sh\nfor argument; do printf "%s\\n" "$argument"; done\necho\n', encoding='utf-8')
        stub.chmod(0o755)
        printed = output('launchers/skypilot/submit.sh', 'yamls/smoke.yaml', 'mine', 's3://bucket', *ARGUMENTS, '--',
                         '--cpus', '16', PATH=f'{folder}:{os.environ["PATH"]}')
    calls = [call.splitlines() for call in printed.strip().split('\n\n')]
    assert len(calls) == trial_count('yamls/smoke.yaml'), 'as many jobs as trials'
    for number, call in enumerate(calls, start=1):
        assert call[:2] == ['jobs', 'launch']
        values = command.jobs_launch.make_context('launch', call[2:]).params
        assert dict(values['env'])['POINT'] == str(number)
        assert dict(values['env'])['ARGUMENTS'] == ' '.join(ARGUMENTS)
        assert values['name'] == f'mine-{number}' and values['cpus'] == '16' and values['yes']
        assert re.search(r'skypilot/trial\.yaml$', values['entrypoint'][0])
    with must_fail('skypilot: an unknown option'):
        command.jobs_launch.make_context('launch', ['--point', '1', 'x.yaml'])


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        # The packages keep state in the home folder; whoever has an account there shall find it as it was.
        os.environ |= {'HOME': home, 'SKYPILOT_DISABLE_USAGE_COLLECTION': '1'}
        for check in (check_kubernetes, check_mcli, check_skypilot):
            check()
            print(f'{check.__name__.removeprefix("check_")}: valid')


if __name__ == '__main__':
    main()
