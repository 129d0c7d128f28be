#!/usr/bin/env python3
"""Makes the golden fixtures: tiny random checkpoints in HF layout with the logits and tokens of the Python originals.

Needs Python 3.11 and requirements.txt beside this file (everything is on PyPI, about 7 GB installed), no GPU:

    pip install -r Tests/Fixtures/requirements.txt
    python Tests/Fixtures/make_fixtures.py                # writes every fixture
    python Tests/Fixtures/make_fixtures.py --only alibi   # one of them; may be repeated
    python Tests/Fixtures/make_fixtures.py --check        # makes them anew and compares with what is on disk
    python Tests/Fixtures/make_fixtures.py --random 90 FOLDER   # that many random configurations, for a wider comparison

Each folder FAMILY/NAME holds config.json, model.safetensors (or shards with their index) and expected.json;
README.md says what stands in them. All values come from llm-foundry's MPTForCausalLM with attn_impl torch (mpt/) or from
transformers' classes (the other folders), in fp32 on CPU. Two things are emulated: rope_impl dail needs flash-attn and thus a GPU, so
reference.py computes the same rotation itself; and attn_impl flash, which stands in no fixture, equals torch.

A fixture is accepted only if
- the cache, no cache, a batch of three and a batch of one agree,
- no greedy step is a near tie and the continuations are not all the same few tokens,
- the same weights without the option under test give other logits (`without` in fixture_cases.py),
- options that must not matter do not (`same_as`, which also holds the emulated rotation to the library's own),
- every tensor matters: zeroing it (norm weights: setting them to one) moves the logits.
Seeds are tried from zero upwards until one is accepted, so that the result depends on nothing but this code.
"""

import argparse
import copy
import json
import shutil
import sys
import tempfile
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

import reference
import torch
from fixture_cases import CASES, Case
from random_cases import random_case
from torch import nn

HERE = Path(__file__).resolve().parent
PROMPTS, PROMPT_LENGTH, NEW_TOKENS = 3, 21, 24
# The bound that the engine is held to, as a share of the logits' range.
TOLERANCE = 2e-4
# Greedy steps must be this far from a tie, in the same unit (and never nearer than 1e-3), so that an engine within the
# tolerance picks the same token.
MARGIN = 5 * TOLERANCE
# What an option or a tensor must change to count as tested.
EFFECT = 20 * TOLERANCE
DISTINCT_TOKENS = 6
SEEDS = 2000
# Of the prompts, this many tokens each make a batch of unequal lengths.
UNEQUAL = (21, 12, 5)
# Modules by what they do, under all families' names.
TABLES = {"wte", "wpe", "lm_head", "embed_tokens", "word_embeddings", "embed_in", "embed_out"}
INPUTS = {"Wqkv", "Wq", "Wk", "Wv", "gate_proj", "q_proj", "k_proj", "v_proj", "query_key_value", "c_attn"}
FIRST = {"up_proj", "dense_h_to_4h", "c_fc"}
SECOND = {"down_proj", "dense_4h_to_h", "c_proj"}


class Rejected(Exception):
    """This seed, or none, makes a good fixture."""


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`changes` over `base`, attn_config key by key."""
    result = copy.deepcopy(base) | copy.deepcopy(changes)
    if "attn_config" in base and "attn_config" in changes:
        result["attn_config"] = copy.deepcopy(base["attn_config"]) | copy.deepcopy(changes["attn_config"])
    return result


def random_tensor(name: str, shape: tuple[int, ...], seed: int, case: Case) -> torch.Tensor:
    """Weights that leave no parameter without effect: norms off one, biases off zero, attention scores of a few units."""
    draw = np.random.default_rng([seed, zlib.crc32(name.encode())]).standard_normal(shape)
    module = name.split(".")[-2]
    if case.gelu_tail and module in FIRST and name.endswith(".bias"):
        values = 0.3 * draw - 2.3
    elif name.endswith(".bias"):
        values = 0.3 * draw
    elif len(shape) == 1:
        values = 1 + 0.3 * draw
    elif module in TABLES:
        values = draw * case.logit_std / np.sqrt(shape[1])
    else:
        # Strong enough that the context outweighs the current token; otherwise greedy decoding repeats itself at once.
        gain = 1.8 if module in INPUTS | FIRST else 2.5
        if case.gelu_tail:
            gain *= 0.25 if module in FIRST else 20 if module in SECOND and ".attn." not in name else 1
        # GPT-2 stores [inputs, outputs].
        values = draw * gain / np.sqrt(shape[0] if case.family == "gpt2" else shape[1])
    return torch.from_numpy(values.astype(np.float32))


def fill(model: nn.Module, seed: int, case: Case) -> None:
    dtype = getattr(torch, case.dtype)
    for name, parameter in model.named_parameters():
        values = random_tensor(name, tuple(parameter.shape), seed, case)
        parameter.data.copy_(values.to(dtype).float())


def require(condition: bool, reason: str) -> None:
    if not condition:
        raise Rejected(reason)


def difference(a: torch.Tensor, b: torch.Tensor, unit: float) -> float:
    return (a - b).abs().max().item() / unit


def check_greedy(tokens: torch.Tensor, rows: torch.Tensor, unit: float) -> None:
    best = rows.topk(2, dim=-1).values
    margin = (best[..., 0] - best[..., 1]).min().item()
    require(margin > max(1e-3, MARGIN * unit), "a greedy step is a near tie")
    require(all(len(set(row.tolist())) >= DISTINCT_TOKENS for row in tokens), "the continuation is monotonous")


def check_agreement(
    case: Case, model: nn.Module, prompts: torch.Tensor, tokens: torch.Tensor, rows: torch.Tensor, unit: float
) -> None:
    for index in range(PROMPTS):
        alone, alone_rows = reference.generate(model, prompts[index : index + 1], NEW_TOKENS)
        assert torch.equal(alone[0], tokens[index]), f"{case.name}: batch of one and of three pick other tokens"
        assert difference(alone_rows[0], rows[index], unit) < 1e-5, f"{case.name}: batch of one and of three disagree"
    if case.cached_only:
        return
    whole = reference.recompute(model, torch.cat((prompts, tokens[:, :-1]), dim=1))[:, PROMPT_LENGTH - 1 :]
    assert torch.equal(whole.argmax(dim=-1), tokens), f"{case.name}: cache and no cache pick other tokens"
    assert difference(whole, rows, unit) < 1e-5, f"{case.name}: cache and no cache disagree"


def check_option(case: Case, model: nn.Module, prompts: torch.Tensor, rows: torch.Tensor, unit: float) -> None:
    if case.without is None:
        return
    plain = reference.build(case.family, merged(merged(case.base, case.config), case.without))
    plain.load_state_dict(model.state_dict())
    changed = reference.generate(plain, prompts, NEW_TOKENS)[1]
    # Only while both have seen the same tokens does a difference speak of the option: up to the first other choice.
    for index in range(PROMPTS):
        same = (changed[index].argmax(dim=-1) == rows[index].argmax(dim=-1)).int().cumprod(dim=0).sum().item()
        steps = min(same + 1, NEW_TOKENS)
        effect = difference(changed[index, :steps], rows[index, :steps], unit)
        require(effect > EFFECT, "the option makes no difference")


def check_equal(case: Case, model: nn.Module, prompts: torch.Tensor, rows: torch.Tensor, unit: float) -> None:
    if case.same_as is None:
        return
    other = reference.build(case.family, merged(merged(case.base, case.config), case.same_as))
    other.load_state_dict(model.state_dict())
    error = difference(reference.generate(other, prompts, NEW_TOKENS)[1], rows, unit)
    assert error < 1e-5, f"{case.name}: {case.same_as} should say the same, but differs by {error:.1e} of the range"


def check_tensors(case: Case, model: nn.Module, prompts: torch.Tensor, rows: torch.Tensor, unit: float) -> None:
    for name, parameter in model.named_parameters():
        if name.endswith(case.inert):
            continue
        kept = parameter.data.clone()
        norm = name.endswith(".weight") and parameter.dim() == 1
        parameter.data.fill_(1 if norm else 0)
        effect = difference(reference.recompute(model, prompts)[:, -1], rows[:, 0], unit)
        parameter.data.copy_(kept)
        require(effect > EFFECT, f"{name} makes no difference")


def attempt(case: Case, model: nn.Module, seed: int) -> dict[str, Any]:
    """The expected values for one seed, or Rejected."""
    fill(model, seed, case)
    generator = np.random.default_rng([seed, zlib.crc32(case.name.encode())])
    prompts = torch.from_numpy(generator.integers(0, model.config.vocab_size, (PROMPTS, PROMPT_LENGTH)))
    tokens, rows = reference.generate(model, prompts, NEW_TOKENS)
    unit = min(reference.spread(row) for row in rows.flatten(0, 1))
    check_greedy(tokens, rows, unit)
    check_agreement(case, model, prompts, tokens, rows, unit)
    check_option(case, model, prompts, rows, unit)
    check_equal(case, model, prompts, rows, unit)
    check_tensors(case, model, prompts, rows, unit)
    unequal = unequal_batch(case, model, prompts, unit)
    expected = {
        "source": reference.classes(case.family)[2],
        "seed": seed,
        "weights_dtype": case.dtype,
        "tolerance": TOLERANCE,
        "prompts": prompts.tolist(),
        "greedy": tokens.tolist(),
        "logits": rounded(rows[:, 0]),
        "final_logits": rounded(rows[:, -1]),
    }
    return expected | unequal | ({"cached_only": True} if case.cached_only else {})


def unequal_batch(case: Case, model: nn.Module, prompts: torch.Tensor, unit: float) -> dict[str, Any]:
    """Prompts of different lengths and what follows each; padded on the left, transformers' generate must agree."""
    if case.family == "mpt":
        return {}
    cut = [row[:length].tolist() for row, length in zip(prompts, UNEQUAL)]
    tokens = []
    for prompt in cut:
        alone, rows = reference.generate(model, torch.tensor([prompt]), NEW_TOKENS)
        check_greedy(alone, rows, unit)
        tokens.append(alone[0].tolist())
    # Padded, dynamic scaling goes by the longest sequence.
    if not case.cached_only:
        for use_cache in (True, False):
            padded = reference.generate_padded(model, cut, NEW_TOKENS, use_cache).tolist()
            assert padded == tokens, f"{case.name}: padding changes the tokens (cache: {use_cache})"
    return {"unequal_prompts": cut, "unequal_greedy": tokens}


def rounded(rows: torch.Tensor) -> list[list[float]]:
    return [[float(f"{value:.9g}") for value in row] for row in rows.tolist()]


def write(case: Case, root: Path, seeds: int = SEEDS) -> tuple[Path, int]:
    """Writes one fixture below `root` with one of the first `seeds`; returns its folder and seed."""
    torch.manual_seed(0)
    model = reference.build(case.family, merged(case.base, case.config))
    reasons: Counter[str] = Counter()
    for seed in range(seeds):
        try:
            expected = attempt(case, model, seed)
            break
        except Rejected as rejection:
            reasons[str(rejection)] += 1
    else:
        raise Rejected(f"{case.name}: no seed below {seeds} makes a fixture: {dict(reasons)}")

    folder = root / case.family / case.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    stored = model.to(getattr(torch, case.dtype))
    if case.bare:
        stored = stored.base_model
        stored.config.architectures = [type(model).__name__]
    stored.save_pretrained(folder, safe_serialization=True, max_shard_size=case.shard_size)
    model.float()
    (folder / "generation_config.json").unlink(missing_ok=True)
    if case.raw_config is not None:
        (folder / "config.json").write_text(json.dumps(case.raw_config, indent=2) + "\n")
    (folder / "expected.json").write_text(compact(expected))

    # What was written must give what was computed, also for shards, half precision and foreign layouts.
    again = reference.generate(reference.load(case.family, folder), torch.tensor(expected["prompts"]), NEW_TOKENS)
    assert again[0].tolist() == expected["greedy"], f"{case.name}: the checkpoint on disk generates other tokens"
    written = torch.tensor(expected["logits"])
    assert difference(again[1][:, 0], written, reference.spread(written)) < 1e-5, f"{case.name}: other logits from disk"
    return folder, seed


def compact(expected: dict[str, Any]) -> str:
    """JSON with one row of numbers a line: small, and a difference shows which prompt it is in."""
    lines = []
    for key, value in expected.items():
        if isinstance(value, list):
            rows = ",\n    ".join(json.dumps(row, separators=(",", ":")) for row in value)
            lines.append(f'  "{key}": [\n    {rows}\n  ]')
        else:
            lines.append(f'  "{key}": {json.dumps(value)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def differences(made: Path, kept: Path) -> list[str]:
    """What differs between a fixture made anew and the one on disk; logits may differ by rounding."""
    names = {path.name for path in made.iterdir()} | {path.name for path in kept.iterdir() if kept.is_dir()}
    found = []
    for name in sorted(names):
        if not (made / name).exists() or not (kept / name).exists():
            found.append(f"{name} is in one of them only")
        elif name == "expected.json":
            a, b = (json.loads((folder / name).read_text()) for folder in (made, kept))
            for key in ("logits", "final_logits"):
                values, others = torch.tensor(a.pop(key)), torch.tensor(b.pop(key))
                if values.shape != others.shape or difference(values, others, reference.spread(values)) > 1e-5:
                    found.append(f"{name}: {key}")
            if a != b:
                found.append(f"{name}: {', '.join(key for key in a.keys() | b.keys() if a.get(key) != b.get(key))}")
        elif (made / name).read_bytes() != (kept / name).read_bytes():
            found.append(name)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="NAME", help="only this fixture; may be repeated")
    parser.add_argument("--family", action="append", metavar="NAME", help="only this family; may be repeated")
    parser.add_argument("--check", action="store_true", help="compare with what is on disk instead of writing")
    parser.add_argument("--random", nargs=2, metavar=("N", "FOLDER"), help="random configurations instead, below FOLDER")
    parser.add_argument("--first", type=int, default=0, help="the number of the first random configuration")
    arguments = parser.parse_args()

    if arguments.random:
        torch.set_num_threads(1)
        for number in range(arguments.first, arguments.first + int(arguments.random[0])):
            case = random_case(number)
            try:
                _, seed = write(case, Path(arguments.random[1]), seeds=100)
                print(f"{case.family}/{case.name}: seed {seed}, {case.config}", flush=True)
            # The original does not run every combination, nor agree with itself.
            except Exception as error:
                print(f"{case.family}/{case.name}: left out, {type(error).__name__}: {error}, {case.config}", flush=True)
        return
    unknown = set(arguments.only or ()) - {case.name for case in CASES}
    if unknown:
        parser.error(f"no fixture named {', '.join(sorted(unknown))}; there are {', '.join(case.name for case in CASES)}")
    torch.set_num_threads(1)
    failed = False
    for case in CASES:
        if arguments.only and case.name not in arguments.only:
            continue
        if arguments.family and case.family not in arguments.family:
            continue
        if not arguments.check:
            folder, seed = write(case, HERE)
            size = sum(path.stat().st_size for path in folder.iterdir())
            print(f"{case.family}/{case.name}: seed {seed}, {size / 1024:.0f} KB", flush=True)
            continue
        with tempfile.TemporaryDirectory() as scratch:
            folder, _ = write(case, Path(scratch))
            kept = HERE / case.family / case.name
            found = differences(folder, kept) if kept.is_dir() else ["it is not on disk"]
        print(f"{case.family}/{case.name}: {'same' if not found else 'DIFFERS: ' + '; '.join(found)}", flush=True)
        failed = failed or bool(found)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
