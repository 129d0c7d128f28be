#!/usr/bin/env python3
"""Makes the tiny model whose greedy tokens are fixed for every instruction set and dtype: exact/.

    swift build -c release --product llm-bench
    python3 Tests/Fixtures/make_exact.py            # writes exact/model and exact/expected.json; Python 3.9 and nothing else

The model is what `llm-bench export` makes of exact/model.yaml. Seeds are tried from zero upwards until one is accepted:
all instruction sets of the machine must agree in every dtype, and continuations must not be monotonous. Run it on a
machine that has all of them.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BINARY = HERE.parent.parent / ".build/release/llm-bench"
DTYPES = ["fp32", "bf16", "fp16"]
PROMPTS = [[1, 2, 3, 4, 5, 6, 7, 8], [200, 17, 3], [99]]
NEW_TOKENS = 64
DISTINCT_TOKENS = 16
SEEDS = 200


def llm_bench(*arguments: str, isa: str = "") -> subprocess.CompletedProcess:
    environment = os.environ | {"LLM_BENCH_ISA": isa}
    return subprocess.run([BINARY, *arguments], env=environment, capture_output=True, text=True)


def generate(folder: Path, prompt: list[int], dtype: str, isa: str) -> list[int]:
    result = llm_bench(
        "generate", "--checkpoint", str(folder), "--tokens", ",".join(map(str, prompt)), "--max-new-tokens",
        str(NEW_TOKENS), "--dtype", dtype, "--json", "--threads", "1", isa=isa,
    )
    if result.returncode != 0:
        sys.exit(result.stderr)
    return json.loads(result.stdout)["tokens"]


def instruction_sets(folder: Path) -> list[str]:
    refusal = llm_bench("generate", "--checkpoint", str(folder), "--tokens", "1", "--max-new-tokens", "1", isa="none")
    return re.search(r"Use one of: ([^;]*);", refusal.stderr).group(1).split(", ")


def attempt(folder: Path, seed: int) -> dict[str, list[list[int]]] | None:
    shutil.rmtree(folder, ignore_errors=True)
    result = llm_bench("export", str(HERE / "exact/model.yaml"), str(folder), f"seed={seed}")
    if result.returncode != 0:
        sys.exit(result.stderr)
    expected = {}
    for dtype in DTYPES:
        answers = [[generate(folder, prompt, dtype, isa) for prompt in PROMPTS] for isa in instruction_sets(folder)]
        if any(answer != answers[0] for answer in answers):
            return None
        if any(len(set(tokens)) < DISTINCT_TOKENS for tokens in answers[0]):
            return None
        expected[dtype] = answers[0]
    return expected


def main() -> None:
    folder = HERE / "exact/model"
    for seed in range(SEEDS):
        expected = attempt(folder, seed)
        if expected is None:
            continue
        lines = [f'  "seed": {seed}', f'  "prompts": {json.dumps(PROMPTS)}']
        for dtype, rows in expected.items():
            lines.append(f'  "{dtype}": [\n    ' + ",\n    ".join(json.dumps(row) for row in rows) + "\n  ]")
        (HERE / "exact/expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
        size = sum(path.stat().st_size for path in folder.iterdir())
        print(f"seed {seed}, {size / 1024:.0f} KB, {', '.join(instruction_sets(folder))}")
        return
    sys.exit(f"no seed below {SEEDS} is accepted")


if __name__ == "__main__":
    main()
