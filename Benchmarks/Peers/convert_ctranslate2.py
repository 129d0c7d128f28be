"""Writes an MPT checkpoint as a CTranslate2 model in fp32; the engine converts when it loads.

CTranslate2 speaks in tokens, not in ids, so each id gets a token with its number as the name.
"""

from peer_protocol import Refusal, answer  # isort: skip (first: it takes standard output)

import os

import numpy as np
from ctranslate2.specs import common_spec, transformer_spec
from safetensors_reader import Checkpoint


def set_norm(spec, checkpoint, name):
    spec.gamma = checkpoint.float32(f"{name}.weight")
    spec.beta = np.zeros_like(spec.gamma)


def convert(request, emit):
    checkpoint = Checkpoint(request["model"])
    config = checkpoint.config
    if config.get("model_type") != "mpt":
        raise Refusal(f"the conversion to CTranslate2 knows mpt, not {config.get('model_type')}")
    if (config.get("attn_config") or {}).get("clip_qkv"):
        raise Refusal("its MPT has no clip_qkv")
    spec = transformer_spec.TransformerDecoderModelSpec.from_config(
        config["n_layers"], config["n_heads"], pre_norm=True, activation=common_spec.Activation.GELU, alibi=True
    )
    decoder = spec.decoder
    decoder.scale_embeddings = False
    decoder.embeddings.weight = checkpoint.float32("transformer.wte.weight")
    output = "lm_head.weight" if "lm_head.weight" in checkpoint else "transformer.wte.weight"
    decoder.projection.weight = checkpoint.float32(output)
    set_norm(decoder.layer_norm, checkpoint, "transformer.norm_f")
    for index, layer in enumerate(decoder.layer):
        source = f"transformer.blocks.{index}"
        set_norm(layer.self_attention.layer_norm, checkpoint, f"{source}.norm_1")
        set_norm(layer.ffn.layer_norm, checkpoint, f"{source}.norm_2")
        layer.self_attention.linear[0].weight = checkpoint.float32(f"{source}.attn.Wqkv.weight")
        layer.self_attention.linear[1].weight = checkpoint.float32(f"{source}.attn.out_proj.weight")
        layer.ffn.linear_0.weight = checkpoint.float32(f"{source}.ffn.up_proj.weight")
        layer.ffn.linear_1.weight = checkpoint.float32(f"{source}.ffn.down_proj.weight")
    spec.register_vocabulary([str(token) for token in range(config["vocab_size"])])
    last = str(config["vocab_size"] - 1)
    spec.config.unk_token = spec.config.bos_token = spec.config.eos_token = last
    spec.validate()
    spec.optimize(quantization=None)
    os.makedirs(request["output"])
    spec.save(request["output"])


if __name__ == "__main__":
    answer(convert)
