"""The Python originals: how a model is built, loaded and run in fp32 on CPU. Shared by the generator and the export check."""

import logging
import os
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TQDM_DISABLE", "1")
warnings.filterwarnings("ignore")

import torch
from torch import nn

logging.disable(logging.WARNING)


class RotaryEmbedding(nn.Module):
    """Rotary positions as `rope_impl: dail` means them (Su et al., RoFormer), for machines without flash-attn.

    llm-foundry takes this class from flash-attn, whose kernel needs a GPU. Only the original type without xpos is
    emulated: element i of the first half of a head is rotated with element i of the second half by the angle
    position * base^(-2 i / dim), in fp32.
    """

    def __init__(
        self,
        dim: int,
        base: float,
        interleaved: bool,
        scale_base: float | None,
        pos_idx_in_fp32: bool,
        device: str,
    ):
        super().__init__()
        if scale_base is not None or interleaved or not pos_idx_in_fp32:
            raise NotImplementedError("rope_impl dail is emulated for type original with fp32 positions only")
        self.frequencies = base ** (-torch.arange(0, dim, 2, dtype=torch.float32, device=device) / dim)

    def forward(
        self, query: torch.Tensor, key_value: torch.Tensor, seqlen_offset: int, max_seqlen: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        # query: [batch, sequence, heads, head_dim]; key_value: [batch, sequence, 2, kv heads, head_dim]
        positions = torch.arange(query.shape[1], dtype=torch.float32) + seqlen_offset
        angles = positions[:, None] * self.frequencies
        cosine, sine = angles.cos()[None, :, None], angles.sin()[None, :, None]

        def rotate(x: torch.Tensor) -> torch.Tensor:
            first, second = x.chunk(2, dim=-1)
            return torch.cat((first * cosine - second * sine, first * sine + second * cosine), dim=-1)

        key, value = key_value.unbind(dim=2)
        return rotate(query), torch.stack((rotate(key), value), dim=2)


TRANSFORMERS = {
    "hf-mpt": "Mpt",
    "llama": "Llama",
    "mistral": "Mistral",
    "qwen2": "Qwen2",
    "qwen3": "Qwen3",
    "falcon": "Falcon",
    "gpt-neox": "GPTNeoX",
    "gpt2": "GPT2",
}
HEADS = {"gpt2": "LMHeadModel"}
# GPT-2's faster attention drops the options that scale the scores. Falcon's plain one adds ALiBi twice, so that the faster
# one, the default everywhere, must speak for it.
ATTENTION = {"gpt2": {"attn_implementation": "eager"}}


def classes(family: str) -> tuple[type, type, str]:
    """The configuration class, the model class and the library's name and version."""
    if family in TRANSFORMERS:
        import transformers

        name = TRANSFORMERS[family]
        return (
            getattr(transformers, f"{name}Config"),
            getattr(transformers, f"{name}{HEADS.get(family, 'ForCausalLM')}"),
            f"transformers {transformers.__version__}",
        )

    import importlib.metadata

    from llmfoundry.models.mpt import MPTConfig, MPTForCausalLM, configuration_mpt, modeling_mpt

    # The configuration refuses rope_impl dail unless flash-attn is there; the class above stands in for it.
    if not configuration_mpt.is_flash_v2_installed():
        configuration_mpt.is_flash_v2_installed = lambda v2_version="2.0.0": True
        modeling_mpt.DAILRotaryEmbedding = RotaryEmbedding
    return MPTConfig, MPTForCausalLM, f"llmfoundry {importlib.metadata.version('llm-foundry')}"


def build(family: str, arguments: dict[str, Any]) -> nn.Module:
    configuration_class, model_class, _ = classes(family)
    return model_class(configuration_class(**arguments, **ATTENTION.get(family, {}))).eval()


def load(family: str, folder: Path) -> nn.Module:
    """Loads a checkpoint in fp32 and fails on any tensor that the model misses, does not know or knows by another shape."""
    configuration_class, model_class, _ = classes(family)
    arguments, _ = configuration_class.get_config_dict(folder)
    if family == "mpt":
        # Before the configuration is made: it refuses flash with ALiBi where flash-attn is missing.
        attention = arguments.setdefault("attn_config", {})
        attention["attn_impl"] = "torch"
        arguments["init_device"] = "cpu"
        # Checkpoints of the first versions carry this key; the library has dropped it and the prefix attention it chose.
        if attention.pop("prefix_lm", False):
            raise ValueError(f"{folder}: llm-foundry no longer runs prefix_lm")
    configuration = configuration_class.from_dict(arguments)
    model, report = model_class.from_pretrained(
        folder, config=configuration, torch_dtype=torch.float32, output_loading_info=True, **ATTENTION.get(family, {})
    )
    # transformers leaves out the tied head on purpose; it is the embedding.
    missing = [key for key in report["missing_keys"] if not (key == "lm_head.weight" and configuration.tie_word_embeddings)]
    problems = {
        "missing": missing,
        "unexpected": report["unexpected_keys"],
        "of another shape": report["mismatched_keys"],
        "faulty": report["error_msgs"],
    }
    found = [f"{kind}: {', '.join(map(str, names))}" for kind, names in problems.items() if names]
    if found:
        raise ValueError(f"{folder}: the state dict does not fit the model; {'; '.join(found)}")
    return model.eval()


@torch.inference_mode()
def generate(model: nn.Module, prompts: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Greedy continuation with the KV cache.

    prompts: [batch, length]. Returns the tokens [batch, count] and the logits that chose them [batch, count, vocab].
    """
    tokens, rows = [], []
    step, cache = prompts, None
    for _ in range(count):
        output = model(input_ids=step, past_key_values=cache, use_cache=True, return_dict=True)
        cache = output.past_key_values
        rows.append(output.logits[:, -1].float())
        step = rows[-1].argmax(dim=-1, keepdim=True)
        tokens.append(step)
    return torch.cat(tokens, dim=1), torch.stack(rows, dim=1)


@torch.inference_mode()
def generate_padded(model: nn.Module, prompts: list[list[int]], count: int, use_cache: bool) -> torch.Tensor:
    """Greedy continuation of prompts of different lengths by transformers' generate, padded on the left [batch, count]."""
    longest = max(map(len, prompts))
    # Any token will do as padding; one that means something shows whether it is seen.
    rows = torch.tensor([[1] * (longest - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    output = model.generate(
        input_ids=rows,
        attention_mask=mask,
        do_sample=False,
        min_new_tokens=count,
        max_new_tokens=count,
        eos_token_id=None,
        pad_token_id=1,
        use_cache=use_cache,
    )
    return output[:, longest:]


@torch.inference_mode()
def recompute(model: nn.Module, tokens: torch.Tensor) -> torch.Tensor:
    """Logits [batch, length, vocab] of whole sequences [batch, length] without a cache."""
    return model(input_ids=tokens, use_cache=False, return_dict=True).logits.float()


def spread(logits: torch.Tensor) -> float:
    """The range of the logits, the unit in which tolerances are stated."""
    return (logits.max() - logits.min()).item()
