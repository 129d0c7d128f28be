#!/usr/bin/env python3
"""Writes a Llama with random weights as a bf16 checkpoint: random_llama.py FOLDER, of TinyLlama's shape unless told otherwise.

Needs numpy. The same arguments give the same weights.
"""

import argparse
import json
import math
import os
import pathlib

import numpy as np

CHUNK = 1 << 22


def bf16(values):
    """fp32 to the bits of bfloat16, to nearest, ties to even."""
    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def shapes(o):
    """Every tensor's name and shape, in the order of the file."""
    head = o.width // o.heads
    yield "model.embed_tokens.weight", (o.vocabulary, o.width)
    for layer in range(o.layers):
        name = f"model.layers.{layer}"
        yield f"{name}.input_layernorm.weight", (o.width,)
        yield f"{name}.self_attn.q_proj.weight", (o.heads * head, o.width)
        yield f"{name}.self_attn.k_proj.weight", (o.key_heads * head, o.width)
        yield f"{name}.self_attn.v_proj.weight", (o.key_heads * head, o.width)
        yield f"{name}.self_attn.o_proj.weight", (o.width, o.heads * head)
        yield f"{name}.post_attention_layernorm.weight", (o.width,)
        yield f"{name}.mlp.gate_proj.weight", (o.hidden, o.width)
        yield f"{name}.mlp.up_proj.weight", (o.hidden, o.width)
        yield f"{name}.mlp.down_proj.weight", (o.width, o.hidden)
    yield "model.norm.weight", (o.width,)
    yield "lm_head.weight", (o.vocabulary, o.width)


def write_weights(o, path):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in shapes(o):
        size = 2 * math.prod(shape)
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    random = np.random.Generator(np.random.PCG64(o.seed))
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, shape in shapes(o):
            count = math.prod(shape)
            for start in range(0, count, CHUNK):
                part = min(CHUNK, count - start)
                # Norms are one, as a new model's are.
                values = np.ones(part, np.float32) if len(shape) == 1 else random.standard_normal(part, np.float32) * np.float32(0.02)
                file.write(bf16(values).tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    sizes = {"width": 2048, "layers": 22, "heads": 32, "key-heads": 4, "hidden": 5632, "vocabulary": 32000, "seed": 17}
    for name, default in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    o = parser.parse_args()
    folder = pathlib.Path(o.folder)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / "model.safetensors.partial"
    write_weights(o, partial)
    os.replace(partial, folder / "model.safetensors")
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": o.width,
        "num_hidden_layers": o.layers,
        "num_attention_heads": o.heads,
        "num_key_value_heads": o.key_heads,
        "intermediate_size": o.hidden,
        "vocab_size": o.vocabulary,
        "max_position_embeddings": 2048,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "tie_word_embeddings": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "torch_dtype": "bfloat16",
    }
    # Last, so that a folder with a config.json is whole.
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


if __name__ == "__main__":
    main()
