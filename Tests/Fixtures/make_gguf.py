#!/usr/bin/env python3
"""Writes the golden checkpoints a second time as GGUF files, with the keys and tensor names that llama.cpp reads.

Needs Python 3.11 and the `gguf` and `numpy` packages from PyPI:

    pip install gguf==0.19.0 numpy
    python Tests/Fixtures/make_gguf.py            # writes gguf/FAMILY/NAME.gguf for every case below
    python Tests/Fixtures/make_gguf.py --check    # writes them anew and compares with what is on disk

The weights are those of FAMILY/NAME, so its expected.json holds for the file too.
"""

import argparse
import filecmp
import json
import struct
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gguf
import numpy as np

HERE = Path(__file__).resolve().parent


@dataclass
class Case:
    """A golden checkpoint and what is particular about its GGUF file."""

    source: str
    architecture: str
    version: int = 3
    alignment: int = 32
    # A copy of the tied embeddings as output.weight, which some converters write.
    copy_output: bool = False
    # Keys that change nothing, to be accepted.
    extra: dict[str, Any] = field(default_factory=dict)


CASES = [
    Case("mpt/alibi", "mpt"),
    Case("mpt/alibi-bias-max", "mpt", version=2),
    Case("mpt/gqa-alibi", "mpt", alignment=64),
    Case("mpt/learned-positions", "mpt", copy_output=True),
    Case("mpt/clip-qkv", "mpt", alignment=8),
    Case("mpt/qk-ln", "mpt"),
    Case("mpt/no-bias-qk-ln", "mpt"),
    Case("mpt/untied-embeddings", "mpt", version=2),
    Case("mpt/published-layout", "mpt", extra={"vocab_size": True}),
    Case("mpt/bf16-weights", "mpt"),
    Case("mpt/fp16-weights", "mpt"),
    Case("hf-mpt/hf-mpt-clip-qkv", "mpt"),
    # Llama's blocks under MPT's names.
    Case("mpt/llama-like", "llama-like-mpt"),
    Case("llama/multi-head-tied", "llama"),
    Case("llama/grouped-query", "llama"),
    Case("llama/five-heads", "llama"),
    Case("llama/attention-bias", "llama"),
    Case("llama/mlp-bias", "llama"),
    Case("llama/head-dim", "llama"),
    Case("llama/theta", "llama", version=2),
    Case("llama/linear", "llama"),
    Case("llama/llama3", "llama"),
    Case("llama/yarn", "llama"),
    Case("llama/yarn-no-length", "llama"),
    Case("llama/bf16-weights", "llama"),
    Case("llama/sharded", "llama"),
    Case("mistral/window", "llama"),
    Case("qwen2/biases", "qwen2"),
    Case("qwen2/tied", "qwen2"),
    Case("qwen3/head-norms", "qwen3"),
    Case("qwen3/tied-llama3", "qwen3"),
    Case("falcon/multi-query", "falcon"),
    Case("falcon/new-architecture", "falcon", copy_output=True),
    Case("falcon/new-architecture-one-norm", "falcon"),
    Case("falcon/bias", "falcon"),
    Case("gpt-neox/parallel", "gptneox"),
    Case("gpt-neox/sequential", "gptneox"),
    Case("gpt-neox/quarter-of-eight", "gptneox"),
    Case("gpt2/plain", "gpt2"),
    Case("gpt2/n-inner", "gpt2"),
    Case("gpt2/untied", "gpt2"),
]


@dataclass
class Tensor:
    """Elements as they are stored: floats, or the bits of bf16."""

    values: np.ndarray
    dtype: str

    def rows(self, order: np.ndarray) -> "Tensor":
        return Tensor(self.values[order], self.dtype)


def load(folder: Path) -> dict[str, Tensor]:
    """Every tensor of a folder's safetensors."""
    types = {"F32": np.float32, "F16": np.float16, "BF16": np.uint16}
    tensors = {}
    for path in sorted(folder.glob("*.safetensors")):
        data = path.read_bytes()
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8 : 8 + length])
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            values = np.frombuffer(data[8 + length + begin : 8 + length + end], dtype=types[entry["dtype"]])
            tensors[name] = Tensor(values.reshape(entry["shape"]), entry["dtype"])
    return tensors


def interleaved(tensor: Tensor, heads: int) -> Tensor:
    """Rows of every head as llama.cpp rotates them: element i beside element i + half."""
    rows = np.arange(tensor.values.shape[0]).reshape(heads, 2, -1).swapaxes(1, 2).reshape(-1)
    return tensor.rows(rows)


# Tensors outside the blocks, where the blocks are, and tensors inside them.
MPT = (
    {
        "transformer.wte": "token_embd",
        "transformer.wpe": "position_embd",
        "transformer.norm_f": "output_norm",
        "lm_head": "output",
    },
    "transformer.blocks.",
    {
        "norm_1": "attn_norm",
        "norm_2": "ffn_norm",
        "attn.Wqkv": "attn_qkv",
        "attn.out_proj": "attn_output",
        "attn.q_ln": "attn_q_norm",
        "attn.k_ln": "attn_k_norm",
        "ffn.up_proj": "ffn_up",
        "ffn.gate_proj": "ffn_gate",
        "ffn.down_proj": "ffn_down",
    },
)
LLAMA = (
    {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"},
    "model.layers.",
    {
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.q_norm": "attn_q_norm",
        "self_attn.k_norm": "attn_k_norm",
        "self_attn.o_proj": "attn_output",
        "mlp.up_proj": "ffn_up",
        "mlp.gate_proj": "ffn_gate",
        "mlp.down_proj": "ffn_down",
    },
)
FALCON = (
    {"transformer.word_embeddings": "token_embd", "transformer.ln_f": "output_norm", "lm_head": "output"},
    "transformer.h.",
    {
        "input_layernorm": "attn_norm",
        "ln_mlp": "attn_norm",
        "ln_attn": "attn_norm_2",
        "self_attention.query_key_value": "attn_qkv",
        "self_attention.dense": "attn_output",
        "mlp.dense_h_to_4h": "ffn_up",
        "mlp.dense_4h_to_h": "ffn_down",
    },
)
GPT_NEOX = (
    {"gpt_neox.embed_in": "token_embd", "gpt_neox.final_layer_norm": "output_norm", "embed_out": "output"},
    "gpt_neox.layers.",
    {
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
        "attention.query_key_value": "attn_qkv",
        "attention.dense": "attn_output",
        "mlp.dense_h_to_4h": "ffn_up",
        "mlp.dense_4h_to_h": "ffn_down",
    },
)
GPT2 = (
    {
        "transformer.wte": "token_embd",
        "transformer.wpe": "position_embd",
        "transformer.ln_f": "output_norm",
        "lm_head": "output",
    },
    "transformer.h.",
    {
        "ln_1": "attn_norm",
        "ln_2": "ffn_norm",
        "attn.c_attn": "attn_qkv",
        "attn.c_proj": "attn_output",
        "mlp.c_fc": "ffn_up",
        "mlp.c_proj": "ffn_down",
    },
)


def renamed(names: tuple[dict[str, str], str, dict[str, str]], tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    outer, blocks, inner = names
    result = {}
    for name, tensor in tensors.items():
        stem, part = name.rsplit(".", 1)
        if stem.startswith(blocks):
            layer, rest = stem.removeprefix(blocks).split(".", 1)
            result[f"blk.{layer}.{inner[rest]}.{part}"] = tensor
        else:
            result[f"{outer[stem]}.{part}"] = tensor
    return result


def grouped_to_blocks(tensor: Tensor, kv_heads: int, length: int) -> Tensor:
    """Rows of queries, key and value head by head become all queries, all keys, all values."""
    rows = np.arange(tensor.values.shape[0]).reshape(kv_heads, -1, length)
    return tensor.rows(np.concatenate([rows[:, :-2].reshape(-1), rows[:, -2].reshape(-1), rows[:, -1].reshape(-1)]))


def add_sizes(
    writer: gguf.GGUFWriter, sequence: int, width: int, layers: int, feed_forward: int, heads: int
) -> None:
    writer.add_context_length(sequence)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(heads)


def key_value_heads(config: dict[str, Any]) -> int:
    attention = config["attn_config"]
    if attention["attn_type"] == "multiquery_attention":
        return 1
    return attention.get("kv_n_heads") or config["n_heads"]


def mpt(writer: gguf.GGUFWriter, config: dict[str, Any], tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    attention = config["attn_config"]
    # From the tensors, not from options: transformers ignores some of these.
    feed_forward = tensors["transformer.blocks.0.ffn.up_proj.weight"].values.shape[0]
    add_sizes(writer, config["max_seq_len"], config["d_model"], config["n_layers"], feed_forward, config["n_heads"])
    if key_value_heads(config) != config["n_heads"]:
        writer.add_head_count_kv(key_value_heads(config))
    is_transformers = config["architectures"] == ["MptForCausalLM"]
    writer.add_layer_norm_eps(config.get("layer_norm_epsilon" if is_transformers else "norm_eps", 1e-5))
    if attention.get("softmax_scale") is not None:
        writer.add_attention_scale(attention["softmax_scale"])
    if attention.get("clip_qkv") is not None:
        writer.add_clamp_kqv(attention["clip_qkv"])
    alibi = 8.0 if is_transformers else float(attention["alibi_bias_max"]) if attention["alibi"] else 0.0
    writer.add_max_alibi_bias(alibi)
    return renamed(MPT, tensors)


def llama_like_mpt(writer: gguf.GGUFWriter, config: dict[str, Any], tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    attention = config["attn_config"]
    heads, kv_heads = config["n_heads"], key_value_heads(config)
    length = config["d_model"] // heads
    feed_forward = config["ffn_config"]["ffn_hidden_size"]
    add_sizes(writer, config["max_seq_len"], config["d_model"], config["n_layers"], feed_forward, heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(config["norm_eps"])
    writer.add_rope_dimension_count(length)
    writer.add_rope_freq_base(attention["rope_theta"])
    result = {}
    for name, tensor in renamed(MPT, tensors).items():
        if ".attn_qkv." not in name:
            result[name] = tensor
            continue
        cuts = np.cumsum([heads * length, kv_heads * length])
        query, key, value = (Tensor(part, tensor.dtype) for part in np.split(tensor.values, cuts))
        result[name.replace("attn_qkv", "attn_q")] = interleaved(query, heads)
        result[name.replace("attn_qkv", "attn_k")] = interleaved(key, kv_heads)
        result[name.replace("attn_qkv", "attn_v")] = value
    return result


def rope_frequencies(theta: float, length: int, scaling: dict[str, Any]) -> Tensor:
    """What Llama 3.1's scaling divides the frequencies by."""
    frequencies = theta ** (-np.arange(0, length, 2, dtype=np.float64) / length)
    wavelengths = 2 * np.pi / frequencies
    original = scaling["original_max_position_embeddings"]
    low, high, factor = scaling["low_freq_factor"], scaling["high_freq_factor"], scaling["factor"]
    smooth = np.clip((original / wavelengths - low) / (high - low), 0, 1)
    return Tensor((1 / ((1 - smooth) / factor + smooth)).astype(np.float32), "F32")


def add_rope_scaling(writer: gguf.GGUFWriter, config: dict[str, Any], scaling: dict[str, Any]) -> None:
    kind = scaling.get("rope_type") or scaling.get("type")
    if kind == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(scaling["factor"])
    elif kind == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        # Where the original length is given, transformers lets it decide the factor.
        factor = scaling["factor"]
        if scaling.get("original_max_position_embeddings"):
            factor = config["max_position_embeddings"] / scaling["original_max_position_embeddings"]
        writer.add_rope_scaling_factor(factor)
        original = scaling.get("original_max_position_embeddings", config["max_position_embeddings"])
        writer.add_rope_scaling_orig_ctx_len(original)
        if scaling.get("attention_factor") is not None:
            # The format's factor multiplies the one that follows from the scaling.
            usual = 0.1 * np.log(factor) + 1
            writer.add_rope_scaling_attn_factors(float(scaling["attention_factor"] / usual))
        for key, name in (("beta_fast", "yarn_beta_fast"), ("beta_slow", "yarn_beta_slow")):
            if scaling.get(key) is not None:
                writer.add_float32(f"{writer.arch}.rope.scaling.{name}", scaling[key])


def llama(writer: gguf.GGUFWriter, config: dict[str, Any], tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    heads = config["num_attention_heads"]
    kv_heads = config.get("num_key_value_heads") or heads
    length = config.get("head_dim") or config["hidden_size"] // heads
    add_sizes(
        writer, config["max_position_embeddings"], config["hidden_size"], config["num_hidden_layers"],
        config["intermediate_size"], heads,
    )
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_dimension_count(length)
    writer.add_rope_freq_base(config["rope_theta"])
    if config.get("head_dim"):
        writer.add_key_length(length)
        writer.add_value_length(length)
    # Llama's and Qwen2's own classes have no window unless told to.
    if config["model_type"] == "mistral" and config.get("sliding_window"):
        writer.add_sliding_window(config["sliding_window"])
    result = renamed(LLAMA, tensors)
    scaling = config.get("rope_scaling") or {}
    add_rope_scaling(writer, config, scaling)
    if scaling.get("rope_type") == "llama3":
        result["rope_freqs.weight"] = rope_frequencies(config["rope_theta"], length, scaling)
    if writer.arch == "llama":
        for name, tensor in result.items():
            if ".attn_q." in name:
                result[name] = interleaved(tensor, heads)
            if ".attn_k." in name:
                result[name] = interleaved(tensor, kv_heads)
    return result


def falcon(writer: gguf.GGUFWriter, config: dict[str, Any], tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    heads = config["num_attention_heads"]
    length = config["hidden_size"] // heads
    if config["new_decoder_architecture"]:
        kv_heads = config["num_kv_heads"]
    else:
        kv_heads = 1 if config["multi_query"] else heads
    feed_forward = config.get("ffn_hidden_size") or 4 * config["hidden_size"]
    add_sizes(
        writer, config.get("max_position_embeddings", 2048), config["hidden_size"], config["num_hidden_layers"],
        feed_forward, heads,
    )
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])
    writer.add_tensor_data_layout("jploski")
    writer.add_rope_freq_base(config["rope_theta"])
    result = renamed(FALCON, tensors)
    for name, tensor in result.items():
        if ".attn_qkv." in name:
            result[name] = grouped_to_blocks(tensor, kv_heads, length)
    return result


def gpt_neox(writer: gguf.GGUFWriter, config: dict[str, Any], tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    heads = config["num_attention_heads"]
    length = config["hidden_size"] // heads
    add_sizes(
        writer, config["max_position_embeddings"], config["hidden_size"], config["num_hidden_layers"],
        config["intermediate_size"], heads,
    )
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_rope_dimension_count(int(config["rotary_pct"] * length))
    writer.add_rope_freq_base(config["rotary_emb_base"])
    writer.add_parallel_residual(config["use_parallel_residual"])
    result = renamed(GPT_NEOX, tensors)
    for name, tensor in result.items():
        if ".attn_qkv." in name:
            result[name] = grouped_to_blocks(tensor, heads, length)
    return result


def gpt2(writer: gguf.GGUFWriter, config: dict[str, Any], tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    width = config["n_embd"]
    add_sizes(
        writer, config["n_positions"], width, config["n_layer"], config.get("n_inner") or 4 * width, config["n_head"]
    )
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])
    result = renamed(GPT2, tensors)
    for name, tensor in result.items():
        if name.endswith(".weight") and any(part in name for part in (".attn_qkv.", ".attn_output.", ".ffn_")):
            if tensor.values.ndim == 2:
                result[name] = Tensor(tensor.values.T, tensor.dtype)
    return result


# Writers of the keys and tensors, and what the file calls the architecture where that is another name.
ARCHITECTURES = {
    "mpt": mpt,
    "llama": llama,
    "qwen2": llama,
    "qwen3": llama,
    "falcon": falcon,
    "gptneox": gpt_neox,
    "gpt2": gpt2,
    "llama-like-mpt": llama_like_mpt,
}
NAMES = {"llama-like-mpt": "llama"}


def write(case: Case, root: Path) -> Path:
    source = HERE / case.source
    config = json.loads((source / "config.json").read_text())
    path = root / f"{case.source}.gguf"
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(path, NAMES.get(case.architecture, case.architecture))
    if case.alignment != 32:
        writer.add_custom_alignment(case.alignment)
    writer.add_name(case.source)
    writer.add_tokenizer_model("no_vocab")
    tensors = ARCHITECTURES[case.architecture](writer, config, load(source))
    if case.extra.get("vocab_size"):
        writer.add_vocab_size(config["vocab_size"])
    if case.copy_output:
        tensors["output.weight"] = tensors["token_embd.weight"]
    for name, tensor in tensors.items():
        if tensor.dtype == "BF16":
            # The package takes what numpy has no type for as bytes.
            values = np.ascontiguousarray(tensor.values).view(np.uint8)
            writer.add_tensor(name, values, raw_dtype=gguf.GGMLQuantizationType.BF16)
        else:
            writer.add_tensor(name, np.ascontiguousarray(tensor.values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    if case.version != 3:
        # Versions 2 and 3 differ in this number alone where bytes are little-endian.
        with path.open("r+b") as file:
            file.seek(4)
            file.write(struct.pack("<I", case.version))
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with what is on disk instead of writing")
    check = parser.parse_args().check
    failed = False
    for case in CASES:
        if not check:
            path = write(case, HERE / "gguf")
            print(f"{path.relative_to(HERE)}: {path.stat().st_size / 1024:.0f} KB")
            continue
        with tempfile.TemporaryDirectory() as scratch:
            made = write(case, Path(scratch))
            kept = HERE / "gguf" / f"{case.source}.gguf"
            same = kept.exists() and filecmp.cmp(made, kept, shallow=False)
        print(f"{case.source}: {'same' if same else 'DIFFERS'}")
        failed = failed or not same
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
