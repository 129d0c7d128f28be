"""Writes an MPT or Llama checkpoint as a CTranslate2 model in fp32; the engine converts when it loads.

CTranslate2 speaks in tokens, not in ids, so each id gets a token with its number as the name.
"""

from peer_protocol import Refusal, answer  # isort: skip (first: it takes standard output)

import os

import numpy as np
from ctranslate2.specs import common_spec, transformer_spec
from safetensors_reader import Checkpoint


def set_norm(spec, checkpoint, name):
    spec.gamma = checkpoint.float32(f"{name}.weight")
    if hasattr(spec, "beta"):
        spec.beta = np.zeros_like(spec.gamma)


def mpt(checkpoint, config):
    if (config.get("attn_config") or {}).get("clip_qkv"):
        raise Refusal("its MPT has no clip_qkv")
    spec = transformer_spec.TransformerDecoderModelSpec.from_config(
        config["n_layers"], config["n_heads"], pre_norm=True, activation=common_spec.Activation.GELU, alibi=True
    )
    decoder = spec.decoder
    decoder.embeddings.weight = checkpoint.float32("transformer.wte.weight")
    set_norm(decoder.layer_norm, checkpoint, "transformer.norm_f")
    for index, layer in enumerate(decoder.layer):
        source = f"transformer.blocks.{index}"
        set_norm(layer.self_attention.layer_norm, checkpoint, f"{source}.norm_1")
        set_norm(layer.ffn.layer_norm, checkpoint, f"{source}.norm_2")
        layer.self_attention.linear[0].weight = checkpoint.float32(f"{source}.attn.Wqkv.weight")
        layer.self_attention.linear[1].weight = checkpoint.float32(f"{source}.attn.out_proj.weight")
        layer.ffn.linear_0.weight = checkpoint.float32(f"{source}.ffn.up_proj.weight")
        layer.ffn.linear_1.weight = checkpoint.float32(f"{source}.ffn.down_proj.weight")
    return spec


def llama(checkpoint, config):
    heads = config["num_attention_heads"]
    spec = transformer_spec.TransformerDecoderModelSpec.from_config(
        config["num_hidden_layers"],
        heads,
        pre_norm=True,
        activation=common_spec.Activation.SWISH,
        ffn_glu=True,
        rms_norm=True,
        rotary_dim=0,  # all of a head
        rotary_interleave=False,
        rotary_base=config.get("rope_theta") or (config.get("rope_parameters") or {}).get("rope_theta", 10000),
        num_heads_kv=config.get("num_key_value_heads") or heads,
        head_dim=config.get("head_dim"),
    )
    spec.config.layer_norm_epsilon = config["rms_norm_eps"]
    decoder = spec.decoder
    decoder.embeddings.weight = checkpoint.float32("model.embed_tokens.weight")
    set_norm(decoder.layer_norm, checkpoint, "model.norm")
    for index, layer in enumerate(decoder.layer):
        source = f"model.layers.{index}"
        set_norm(layer.self_attention.layer_norm, checkpoint, f"{source}.input_layernorm")
        set_norm(layer.ffn.layer_norm, checkpoint, f"{source}.post_attention_layernorm")
        inputs = [f"{source}.self_attn.{name}_proj" for name in "qkv"]
        joined = layer.self_attention.linear[0]
        joined.weight = np.concatenate([checkpoint.float32(f"{name}.weight") for name in inputs])
        if f"{inputs[0]}.bias" in checkpoint:
            joined.bias = np.concatenate([checkpoint.float32(f"{name}.bias") for name in inputs])
        layer.self_attention.linear[1].weight = checkpoint.float32(f"{source}.self_attn.o_proj.weight")
        layer.ffn.linear_0.weight = checkpoint.float32(f"{source}.mlp.gate_proj.weight")
        layer.ffn.linear_0_noact.weight = checkpoint.float32(f"{source}.mlp.up_proj.weight")
        layer.ffn.linear_1.weight = checkpoint.float32(f"{source}.mlp.down_proj.weight")
    return spec


def convert(request, emit):
    checkpoint = Checkpoint(request["model"])
    config = checkpoint.config
    spec = (mpt if config.get("model_type") == "mpt" else llama)(checkpoint, config)
    decoder = spec.decoder
    decoder.scale_embeddings = False
    output = "lm_head.weight" if "lm_head.weight" in checkpoint else None
    decoder.projection.weight = checkpoint.float32(output) if output else decoder.embeddings.weight
    spec.register_vocabulary([str(token) for token in range(config["vocab_size"])])
    last = str(config["vocab_size"] - 1)
    spec.config.unk_token = spec.config.bos_token = spec.config.eos_token = last
    spec.validate()
    spec.optimize(quantization=None)
    os.makedirs(request["output"])
    spec.save(request["output"])


if __name__ == "__main__":
    answer(convert)
