"""Random configurations of every family, beyond the fixtures that are kept: unusual options, and several at once."""

import random
from typing import Any

from case import Case

ACTIVATIONS = [
    "gelu", "gelu_python", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_accurate", "quick_gelu", "silu", "swish", "relu",
]
FAMILIES = ["llama", "mistral", "qwen2", "qwen3", "falcon", "gpt-neox", "gpt2", "hf-mpt", "mpt"]


def divisor(rng: random.Random, number: int) -> int:
    return rng.choice([n for n in range(1, number + 1) if number % n == 0])


def sometimes(rng: random.Random, options: dict[str, Any], probability: float = 0.4) -> dict[str, Any]:
    """Some of the options."""
    return {key: value for key, value in options.items() if rng.random() < probability}


def scaling(rng: random.Random, position_key: str = "max_position_embeddings") -> tuple[dict[str, Any], bool]:
    """Options of a rotary embedding, and whether sequences pass the original length."""
    kind = rng.choice(["default", "linear", "dynamic", "llama3", "yarn"])
    factor = round(rng.uniform(1.0, 9.0), 3)
    length = rng.choice([12, 17, 24, 31])
    options: dict[str, Any] = {rng.choice(["rope_type", "rope_type", "type"]): kind}
    passes = False
    more: dict[str, Any] = {}
    if kind in ("linear", "dynamic"):
        options["factor"] = factor
    if kind == "dynamic" and rng.random() < 0.7:
        # Above the prompts' length: past it the original's first pass depends on what ran before.
        more[position_key] = rng.randint(22, 40)
        passes = True
    if kind == "llama3":
        low = round(rng.uniform(0.5, 2.0), 2)
        options |= {"factor": factor, "low_freq_factor": low, "high_freq_factor": low + rng.choice([0.5, 1, 3])}
        options["original_max_position_embeddings"] = length
    if kind == "yarn":
        options["factor"] = factor
        options |= sometimes(rng, {
            "original_max_position_embeddings": length, "beta_fast": rng.choice([2, 4.5, 16]), "beta_slow": rng.choice([0.25, 1]),
            "attention_factor": round(rng.uniform(0.7, 1.6), 2),
        })
        if rng.random() < 0.3:
            options |= {"mscale": round(rng.uniform(0.5, 2), 2), "mscale_all_dim": round(rng.uniform(0.5, 2), 2)}
    return {"rope_scaling": options} | more, passes


def llama(rng: random.Random, family: str) -> tuple[dict[str, Any], bool]:
    heads = rng.choice([1, 2, 3, 4, 5, 6, 8])
    width = heads * rng.choice([4, 6, 8, 10])
    config: dict[str, Any] = {
        "hidden_size": width, "intermediate_size": rng.randint(20, 70), "num_hidden_layers": rng.randint(1, 4),
        "num_attention_heads": heads, "num_key_value_heads": divisor(rng, heads), "max_position_embeddings": rng.randint(48, 100),
    }
    config |= sometimes(rng, {
        "hidden_act": rng.choice(ACTIVATIONS), "tie_word_embeddings": True, "rms_norm_eps": rng.choice([1e-6, 0.01, 0.3]),
        "rope_theta": rng.choice([77.7, 1e4, 5e5]),
    })
    if family != "qwen2" and (family == "qwen3" or rng.random() < 0.4):
        config["head_dim"] = rng.choice([4, 6, 12, 14])
    if family in ("llama", "qwen3"):
        config |= sometimes(rng, {"attention_bias": True})
    if family == "llama":
        config |= sometimes(rng, {"mlp_bias": True})
    if family == "mistral":
        config["sliding_window"] = rng.choice([None, 1, 3, 8, 20, 30, 60])
    if family in ("qwen2", "qwen3"):
        config |= {"use_sliding_window": rng.random() < 0.5, "sliding_window": rng.choice([1, 5, 19, 60])}
        config["max_window_layers"] = rng.randint(0, 4)
    passes = False
    # The bounds of YaRN fall together in a head of two pairs.
    if rng.random() < 0.6 and config.get("head_dim", width // heads) > 4:
        more, passes = scaling(rng)
        config |= more
    return config, passes


def falcon(rng: random.Random) -> tuple[dict[str, Any], bool]:
    heads = rng.choice([1, 2, 3, 4, 6, 8])
    config: dict[str, Any] = {
        "hidden_size": heads * rng.choice([4, 6, 8]), "num_hidden_layers": rng.randint(1, 3), "num_attention_heads": heads,
        "max_position_embeddings": rng.randint(48, 100),
    }
    config |= sometimes(rng, {
        "bias": True, "ffn_hidden_size": rng.randint(20, 80), "activation": rng.choice(ACTIVATIONS),
        "layer_norm_epsilon": rng.choice([1e-5, 0.3]), "tie_word_embeddings": False, "alibi": True,
    })
    if rng.random() < 0.5:
        config |= {"new_decoder_architecture": True, "num_kv_heads": divisor(rng, heads)}
        config |= sometimes(rng, {"num_ln_in_parallel_attn": rng.choice([1, 2])})
    else:
        config |= {"multi_query": rng.random() < 0.5, "parallel_attn": rng.random() < 0.5}
    if not config.get("alibi"):
        config |= sometimes(rng, {"rope_theta": rng.choice([99.0, 1e5])})
    return config, False


def gpt_neox(rng: random.Random) -> tuple[dict[str, Any], bool]:
    heads = rng.choice([1, 2, 3, 5, 6])
    config: dict[str, Any] = {
        "hidden_size": heads * rng.choice([8, 12, 14]), "intermediate_size": rng.randint(20, 80),
        "num_hidden_layers": rng.randint(1, 3), "num_attention_heads": heads, "max_position_embeddings": rng.randint(48, 100),
        "rotary_pct": rng.choice([0.25, 0.3, 0.5, 0.75, 1.0]),
    }
    config |= sometimes(rng, {
        "hidden_act": rng.choice(ACTIVATIONS), "use_parallel_residual": False, "attention_bias": False,
        "tie_word_embeddings": True, "rotary_emb_base": rng.choice([50, 25000]), "layer_norm_eps": rng.choice([1e-5, 0.3]),
    })
    passes = False
    if config["rotary_pct"] == 1 and rng.random() < 0.6:
        more, passes = scaling(rng)
        config |= more
    return config, passes


def gpt2(rng: random.Random) -> tuple[dict[str, Any], bool]:
    heads = rng.choice([1, 2, 3, 4, 7])
    config: dict[str, Any] = {
        "n_embd": heads * rng.choice([4, 5, 9]), "n_layer": rng.randint(1, 4), "n_head": heads, "n_positions": rng.randint(48, 90),
    }
    return config | sometimes(rng, {
        "n_inner": rng.randint(20, 80), "activation_function": rng.choice(ACTIVATIONS), "tie_word_embeddings": False,
        "scale_attn_weights": False, "scale_attn_by_inverse_layer_idx": True, "reorder_and_upcast_attn": True,
        "layer_norm_epsilon": rng.choice([1e-5, 0.3]),
    }), False


def hf_mpt(rng: random.Random) -> tuple[dict[str, Any], bool]:
    heads = rng.choice([1, 2, 3, 4, 5, 7])
    config: dict[str, Any] = {
        "d_model": heads * rng.choice([4, 6, 9]), "n_layers": rng.randint(1, 3), "n_heads": heads, "max_seq_len": rng.randint(48, 90),
        "attn_config": sometimes(rng, {"clip_qkv": round(rng.uniform(0.5, 3), 2), "softmax_scale": round(rng.uniform(0.1, 0.6), 2)}),
    }
    return config | sometimes(rng, {"layer_norm_epsilon": rng.choice([1e-5, 0.3]), "tie_word_embeddings": False}), False


def mpt(rng: random.Random) -> tuple[dict[str, Any], bool]:
    heads = rng.choice([1, 2, 3, 4, 6, 8])
    dimension = rng.choice([4, 6, 8, 10])
    attention: dict[str, Any] = {"attn_impl": "torch"}
    kind = rng.choice(["multihead_attention", "multiquery_attention", "grouped_query_attention"])
    attention["attn_type"] = kind
    if kind == "grouped_query_attention":
        attention["kv_n_heads"] = divisor(rng, heads)
    attention |= sometimes(rng, {
        "clip_qkv": round(rng.uniform(0.8, 3), 2), "softmax_scale": round(rng.uniform(0.1, 0.6), 2),
        "sliding_window_size": rng.choice([1, 4, 19, 40]), "attn_logit_softcapping": round(rng.uniform(1, 9), 1),
        "fused_qkv": False,
    }, 0.3)
    attention |= rng.choice([{}, {"qk_ln": True}, {"qk_gn": True}])
    config: dict[str, Any] = {
        "d_model": heads * dimension, "n_heads": heads, "n_layers": rng.randint(1, 3), "max_seq_len": rng.randint(48, 90),
        "expansion_ratio": rng.choice([1, 2, 3, 4]),
    }
    position = rng.choice(["learned", "none", "alibi", "rope"])
    if position == "none":
        config["learned_pos_emb"] = False
    if position == "alibi":
        attention |= {"alibi": True, "alibi_bias_max": rng.choice([4, 8, 16])}
    if position == "rope":
        attention |= {"rope": True, "rope_impl": "hf", "rope_theta": rng.choice([100, 10000])}
        attention |= sometimes(rng, {"rope_hf_config": rng.choice([
            {"type": "linear", "factor": round(rng.uniform(1, 5), 2)},
            {"type": "llama3", "factor": 5.5, "low_freq_factor": 1.5, "high_freq_factor": 3.0, "original_max_position_embeddings": 20},
        ])})
    name = rng.choice(["gelu", "silu", "relu", "quick_gelu"])
    ffn = sometimes(rng, {"ffn_type": "mptglu", "ffn_hidden_size": rng.randint(20, 60), "ffn_act_fn": {"name": name}})
    config |= sometimes(rng, {
        "no_bias": True, "attention_bias": rng.random() < 0.5, "norm_type": rng.choice(["layernorm", "rmsnorm", "low_precision_rmsnorm"]),
        "norm_eps": rng.choice([1e-5, 0.2]), "tie_word_embeddings": False, "logit_scale": rng.choice([0.7, 1.6]),
        "final_logit_softcapping": 12.0, "ffn_config": ffn,
    })
    return config | {"attn_config": attention}, False


def random_case(seed: int) -> Case:
    """A case from its number alone; families take turns."""
    rng = random.Random(seed)
    family = FAMILIES[seed % len(FAMILIES)]
    others = {"falcon": falcon, "gpt-neox": gpt_neox, "gpt2": gpt2, "hf-mpt": hf_mpt, "mpt": mpt}
    config, passes = others[family](rng) if family in others else llama(rng, family)
    config["vocab_size"] = rng.randint(60, 200)
    dtype = rng.choice(["float32", "float32", "bfloat16", "float16"])
    # Whether each tensor and option matters is what the kept fixtures show.
    return Case(f"random-{seed}", config, family=family, dtype=dtype, cached_only=passes, inert=("",))
