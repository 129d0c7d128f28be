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
    names = {
        "embeddings": "transformer.wte", "norm": "transformer.norm_f", "layer": "transformer.blocks",
        "attention_norm": "norm_1", "inputs": ["attn.Wqkv"], "attention_output": "attn.out_proj",
        "ffn_norm": "norm_2", "ffn": {"linear_0": "ffn.up_proj", "linear_1": "ffn.down_proj"},
    }  # fmt: skip
    return spec, names


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
    names = {
        "embeddings": "model.embed_tokens", "norm": "model.norm", "layer": "model.layers",
        "attention_norm": "input_layernorm", "inputs": [f"self_attn.{name}_proj" for name in "qkv"],
        "attention_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm",
        "ffn": {"linear_0": "mlp.gate_proj", "linear_0_noact": "mlp.up_proj", "linear_1": "mlp.down_proj"},
    }  # fmt: skip
    return spec, names


def fill(decoder, checkpoint, names):
    """The weights, by their names in the checkpoint."""
    decoder.scale_embeddings = False
    decoder.embeddings.weight = checkpoint.float32(names["embeddings"] + ".weight")
    tied = "lm_head.weight" not in checkpoint
    decoder.projection.weight = decoder.embeddings.weight if tied else checkpoint.float32("lm_head.weight")
    set_norm(decoder.layer_norm, checkpoint, names["norm"])
    for index, layer in enumerate(decoder.layer):
        source = f"{names['layer']}.{index}"
        attention = layer.self_attention
        set_norm(attention.layer_norm, checkpoint, f"{source}.{names['attention_norm']}")
        set_norm(layer.ffn.layer_norm, checkpoint, f"{source}.{names['ffn_norm']}")
        inputs = [f"{source}.{name}" for name in names["inputs"]]
        attention.linear[0].weight = np.concatenate([checkpoint.float32(f"{name}.weight") for name in inputs])
        if f"{inputs[0]}.bias" in checkpoint:
            attention.linear[0].bias = np.concatenate([checkpoint.float32(f"{name}.bias") for name in inputs])
        attention.linear[1].weight = checkpoint.float32(f"{source}.{names['attention_output']}.weight")
        for part, name in names["ffn"].items():
            getattr(layer.ffn, part).weight = checkpoint.float32(f"{source}.{name}.weight")


def convert(request, emit):
    checkpoint = Checkpoint(request["model"])
    config = checkpoint.config
    spec, names = (mpt if config.get("model_type") == "mpt" else llama)(checkpoint, config)
    fill(spec.decoder, checkpoint, names)
    spec.register_vocabulary([str(token) for token in range(config["vocab_size"])])
    last = str(config["vocab_size"] - 1)
    spec.config.unk_token = spec.config.bos_token = spec.config.eos_token = last
    spec.validate()
    spec.optimize(quantization=None)
    os.makedirs(request["output"])
    spec.save(request["output"])


if __name__ == "__main__":
    answer(convert)
