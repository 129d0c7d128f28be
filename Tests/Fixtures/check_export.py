#!/usr/bin/env python3
"""Checks an exported checkpoint against a Python original: does it load, and does it say the same?

    llm-bench export yamls/1b.yaml DIR
    llm-bench generate --checkpoint DIR --tokens 1,2,3 --max-new-tokens 8 --dtype fp32 --json --logits > ours.json
    python Tests/Fixtures/check_export.py DIR --prompt 1,2,3 --logits ours.json

Loads DIR with llm-foundry's MPTForCausalLM (or with transformers' MptForCausalLM: --library transformers) in fp32 on CPU.
A tensor that is missing, unknown or of another shape is a failure. Then compares the logits after the last prompt token,
max |a - b| / (max - min) <= 2e-4, and the greedy tokens. Without --logits it checks that the folder loads and prints what
the original says, in the same layout. Exit status: 0 they agree, 1 they do not, 2 bad usage.

Needs requirements.txt beside this file, and memory for the weights in fp32 once: 5.3 GB for 1.3 billion parameters.
"""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

import reference
import torch

TOLERANCE = 2e-4
FAMILY = {"foundry": "mpt", "transformers": "hf-mpt"}


def token_list(text: str) -> list[int]:
    tokens = [int(part) for part in text.split(",")]
    if min(tokens) < 0:
        raise ValueError("a token is negative")
    return tokens


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT_DIR")
    parser.add_argument("--prompt", type=token_list, required=True, metavar="1,2,3")
    parser.add_argument("--logits", type=Path, metavar="FILE.json", help="what llm-bench generate --json --logits printed")
    parser.add_argument("--library", choices=sorted(FAMILY), default="foundry")
    parser.add_argument("--max-new-tokens", type=int, default=24, metavar="N", help="without --logits (default 24)")
    arguments = parser.parse_args()
    if not (arguments.checkpoint / "config.json").is_file():
        parser.error(f"{arguments.checkpoint} holds no config.json")
    return arguments


def read_ours(path: Path, prompt: list[int]) -> dict[str, Any]:
    """What our tool printed, or a ValueError that says what is wrong with it."""
    ours = json.loads(path.read_text())
    for key in ("prompt_tokens", "tokens", "logits"):
        if not isinstance(ours.get(key), list):
            raise ValueError(f"{path}: no list under {key!r}")
    if ours["prompt_tokens"] != prompt:
        raise ValueError(f"{path}: was made for the prompt {ours['prompt_tokens']}, not {prompt}")
    if not ours["tokens"]:
        raise ValueError(f"{path}: no tokens were generated")
    if not all(isinstance(value, (int, float)) and math.isfinite(value) for value in ours["logits"]):
        raise ValueError(f"{path}: a logit is not a finite number")
    return ours


def compare(ours: dict[str, Any], tokens: list[int], rows: torch.Tensor) -> bool:
    """Prints both verdicts. rows: the original's logits at each step [count, vocab]."""
    if len(ours["logits"]) != rows.shape[1]:
        print(f"logits: {len(ours['logits'])} of ours, {rows.shape[1]} of the original's  FAIL")
        return False
    unit = reference.spread(rows[0])
    error = (torch.tensor(ours["logits"], dtype=torch.float64) - rows[0].double()).abs().max().item() / unit
    close = error <= TOLERANCE
    print(f"logits: max |a - b| / range = {error:.2e} (bound {TOLERANCE:.0e}, range {unit:.4g})  {'ok' if close else 'FAIL'}")

    step = next((i for i, (a, b) in enumerate(zip(ours["tokens"], tokens)) if a != b), None)
    if step is None:
        print(f"tokens: the same {len(tokens)}  ok")
    else:
        margin = (rows[step].max() - rows[step, ours["tokens"][step]]).item() / reference.spread(rows[step])
        print(
            f"tokens: step {step} is {ours['tokens'][step]}, the original's {tokens[step]}; there the two are "
            f"{margin:.2e} of the range apart  FAIL"
        )
    return close and step is None


def main() -> int:
    arguments = parse()
    try:
        ours = read_ours(arguments.logits, arguments.prompt) if arguments.logits else None
        model = reference.load(FAMILY[arguments.library], arguments.checkpoint)
    except (ValueError, OSError, TypeError, RuntimeError) as error:
        print(f"{error}  FAIL")
        return 1
    vocabulary = model.config.vocab_size
    if max(arguments.prompt) >= vocabulary:
        print(f"the prompt holds token {max(arguments.prompt)}; the vocabulary ends at {vocabulary - 1}", file=sys.stderr)
        return 2

    count = len(ours["tokens"]) if ours else arguments.max_new_tokens
    tokens, rows = reference.generate(model, torch.tensor([arguments.prompt]), count)
    if ours is None:
        values = [float(f"{value:.9g}") for value in rows[0, 0].tolist()]
        print(json.dumps({"prompt_tokens": arguments.prompt, "tokens": tokens[0].tolist(), "logits": values}))
        return 0
    return 0 if compare(ours, tokens[0].tolist(), rows[0]) else 1


if __name__ == "__main__":
    sys.exit(main())
