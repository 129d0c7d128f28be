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
    Case("mpt/llama-like", "llama"),
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


MPT_NAMES = {
    "transformer.wte": "token_embd",
    "transformer.wpe": "position_embd",
    "transformer.norm_f": "output_norm",
    "lm_head": "output",
    "norm_1": "attn_norm",
    "norm_2": "ffn_norm",
    "attn.Wqkv": "attn_qkv",
    "attn.out_proj": "attn_output",
    "attn.q_ln": "attn_q_norm",
    "attn.k_ln": "attn_k_norm",
    "ffn.up_proj": "ffn_up",
    "ffn.gate_proj": "ffn_gate",
    "ffn.down_proj": "ffn_down",
}


def mpt_name(name: str) -> str:
    stem, part = name.rsplit(".", 1)
    if not stem.startswith("transformer.blocks."):
        return f"{MPT_NAMES[stem]}.{part}"
    layer, rest = stem.removeprefix("transformer.blocks.").split(".", 1)
    return f"blk.{layer}.{MPT_NAMES[rest]}.{part}"


def add_sizes(writer: gguf.GGUFWriter, config: dict[str, Any], feed_forward: int) -> None:
    writer.add_context_length(config["max_seq_len"])
    writer.add_embedding_length(config["d_model"])
    writer.add_block_count(config["n_layers"])
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(config["n_heads"])


def key_value_heads(config: dict[str, Any]) -> int:
    attention = config["attn_config"]
    if attention["attn_type"] == "multiquery_attention":
        return 1
    return attention.get("kv_n_heads") or config["n_heads"]


def mpt(writer: gguf.GGUFWriter, config: dict[str, Any], tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    attention = config["attn_config"]
    # Given tensors, not options: transformers ignores some of these.
    add_sizes(writer, config, tensors["transformer.blocks.0.ffn.up_proj.weight"].values.shape[0])
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
    return {mpt_name(name): tensor for name, tensor in tensors.items()}


def llama(writer: gguf.GGUFWriter, config: dict[str, Any], tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    attention = config["attn_config"]
    heads, kv_heads = config["n_heads"], key_value_heads(config)
    length = config["d_model"] // heads
    add_sizes(writer, config, config["ffn_config"]["ffn_hidden_size"])
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(config["norm_eps"])
    writer.add_rope_dimension_count(length)
    writer.add_rope_freq_base(attention["rope_theta"])
    renamed = {}
    for name, tensor in tensors.items():
        if ".Wqkv." not in name:
            renamed[mpt_name(name)] = tensor
            continue
        cuts = np.cumsum([heads * length, kv_heads * length])
        query, key, value = (Tensor(part, tensor.dtype) for part in np.split(tensor.values, cuts))
        renamed[mpt_name(name).replace("attn_qkv", "attn_q")] = interleaved(query, heads)
        renamed[mpt_name(name).replace("attn_qkv", "attn_k")] = interleaved(key, kv_heads)
        renamed[mpt_name(name).replace("attn_qkv", "attn_v")] = value
    return renamed


ARCHITECTURES = {"mpt": mpt, "llama": llama}


def write(case: Case, root: Path) -> Path:
    source = HERE / case.source
    config = json.loads((source / "config.json").read_text())
    path = root / f"{case.source}.gguf"
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(path, case.architecture)
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
