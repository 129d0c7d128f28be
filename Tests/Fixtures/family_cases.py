"""The fixtures of transformers' own families: Llama and its dialects, Falcon, GPT-NeoX, GPT-2.

One case per option that changes what the model computes, and per combination in which published checkpoints use them.
"""

from typing import Any

from case import Case

LLAMA: dict[str, Any] = {
    "vocab_size": 97,
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 48,
}
FALCON: dict[str, Any] = {
    "vocab_size": 97,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 48,
}
# Heads of 12, so that a quarter is an odd number of elements.
NEOX: dict[str, Any] = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 56,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 48,
    "rotary_pct": 0.5,
}
GPT2: dict[str, Any] = {"vocab_size": 97, "n_embd": 24, "n_layer": 2, "n_head": 4, "n_positions": 48}

BASES = {
    "llama": LLAMA,
    "mistral": LLAMA | {"sliding_window": 8},
    "qwen2": LLAMA,
    "qwen3": LLAMA | {"head_dim": 10},
    "falcon": FALCON,
    "gpt-neox": NEOX,
    "gpt2": GPT2,
}


def scaling(rope_type: str, **options: Any) -> dict[str, Any]:
    return {"rope_scaling": {"rope_type": rope_type} | options}


UNSCALED = {"rope_scaling": None}
# With tiny heads few pairs lie between the two bounds of YaRN unless these are moved.
SHORT_YARN = {"factor": 4.0, "original_max_position_embeddings": 12, "beta_fast": 4.0, "beta_slow": 0.5}
LLAMA3 = {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 24}


def cases(family: str, *rows: tuple[Any, ...], **shared: Any) -> list[Case]:
    """One case for each of (name, config[, without[, more arguments]])."""
    made = []
    for name, config, *rest in rows:
        without = rest[0] if rest else None
        more = rest[1] if len(rest) > 1 else {}
        made.append(Case(name, config, without, family=family, base=BASES[family], **(shared | more)))
    return made


LLAMAS = (
    cases(
        "llama",
        ("grouped-query", {}),
        ("multi-head-tied", {"num_key_value_heads": 4, "tie_word_embeddings": True}),
        ("multi-query", {"num_key_value_heads": 1}),
        ("theta", {"rope_theta": 200.0}, {"rope_theta": 10000.0}),
        ("attention-bias", {"attention_bias": True}),
        ("mlp-bias", {"mlp_bias": True}),
        ("head-dim", {"head_dim": 10}),
        ("five-heads", {"hidden_size": 40, "num_attention_heads": 5, "num_key_value_heads": 5}),
        ("norm-eps", {"rms_norm_eps": 0.3}, {"rms_norm_eps": 1e-6}),
        ("linear", scaling("linear", factor=3.0), UNSCALED),
        ("linear-old-name", {"rope_scaling": {"type": "linear", "factor": 3.0}}, UNSCALED),
        ("dynamic", scaling("dynamic", factor=2.0), None, {"same_as": UNSCALED}),
        (
            "dynamic-long",
            {"max_position_embeddings": 24} | scaling("dynamic", factor=4.0),
            UNSCALED,
            {"cached_only": True},
        ),
        ("llama3", scaling("llama3", **LLAMA3), UNSCALED),
        ("yarn", scaling("yarn", **SHORT_YARN), UNSCALED),
        # The original length decides the factor, whatever factor says.
        ("yarn-default-bounds", scaling("yarn", factor=9.0, original_max_position_embeddings=24), UNSCALED),
        ("yarn-no-length", scaling("yarn", factor=3.0, attention_factor=1.3, beta_fast=4), UNSCALED),
        (
            "yarn-mscale",
            scaling("yarn", mscale=2.0, mscale_all_dim=0.5, **SHORT_YARN),
            scaling("yarn", **SHORT_YARN),
        ),
        ("gelu-tanh", {"hidden_act": "gelu_pytorch_tanh"}, {"hidden_act": "silu"}),
        ("relu", {"hidden_act": "relu"}, {"hidden_act": "silu"}),
        ("bf16-weights", {}, None, {"dtype": "bfloat16"}),
        ("sharded", {"tie_word_embeddings": True}, None, {"shard_size": "20KB"}),
        # A base model without its head, as AutoModel saves it; the embeddings are tied.
        ("bare", {"tie_word_embeddings": True}, None, {"bare": True}),
    )
    + cases(
        "mistral",
        ("window", {}, {"sliding_window": 9}),
        ("no-window", {"sliding_window": None}),
        ("head-dim-window-of-one", {"head_dim": 10, "sliding_window": 1}, {"sliding_window": 2}, {"inert": ("q_proj.weight", "k_proj.weight")}),
        ("linear", scaling("linear", factor=3.0), UNSCALED),
    )
    + cases(
        "qwen2",
        ("biases", {}),
        ("tied", {"tie_word_embeddings": True, "num_key_value_heads": 1}),
        ("yarn", scaling("yarn", **SHORT_YARN), UNSCALED),
        # On CPUs the original's window is that of all layers, and there even where use_sliding_window is false.
        (
            "window",
            {"use_sliding_window": True, "sliding_window": 9, "max_window_layers": 1},
            {"sliding_window": 8},
            {"same_as": {"max_window_layers": 28, "use_sliding_window": False}},
        ),
    )
    + cases(
        "qwen3",
        ("head-norms", {}),
        ("attention-bias", {"attention_bias": True}),
        ("tied-llama3", {"tie_word_embeddings": True} | scaling("llama3", **LLAMA3), UNSCALED),
        ("window", {"use_sliding_window": True, "sliding_window": 6, "max_window_layers": 0}, {"sliding_window": 7}),
        ("norm-eps", {"rms_norm_eps": 0.3}, {"rms_norm_eps": 1e-6}),
    )
)

RW = {"alibi": True, "multi_query": False, "parallel_attn": False, "bias": True}
NEW = {"new_decoder_architecture": True}

FALCONS = cases(
    "falcon",
    ("multi-query", {}),
    ("bias", {"bias": True}),
    ("new-architecture", NEW | {"num_kv_heads": 2}),
    ("new-architecture-bias", NEW | {"num_kv_heads": 1, "bias": True}),
    ("new-architecture-one-norm", NEW | {"num_kv_heads": 4, "num_ln_in_parallel_attn": 1}),
    ("new-architecture-alibi", NEW | {"num_attention_heads": 6, "num_kv_heads": 2, "alibi": True}),
    ("rw", RW, None, {"inert": ()}),
    ("rw-no-bias", RW | {"bias": False, "num_attention_heads": 3}),
    ("sequential-multi-query", {"parallel_attn": False}),
    ("parallel-multi-head", {"multi_query": False}),
    ("alibi-multi-query", {"alibi": True, "num_attention_heads": 6}),
    ("ffn-hidden-size", {"ffn_hidden_size": 52}),
    ("gelu-new", {"activation": "gelu_new", "bias": True}, {"activation": "gelu"}, {"gelu_tail": True}),
    ("theta-linear", {"rope_theta": 200.0} | scaling("linear", factor=3.0), UNSCALED),
    ("norm-eps-untied", {"layer_norm_epsilon": 0.3, "tie_word_embeddings": False}, {"layer_norm_epsilon": 1e-5}),
)

NEOXES = cases(
    "gpt-neox",
    ("parallel", {}),
    ("sequential", {"use_parallel_residual": False}),
    ("quarter-of-twelve", {"hidden_size": 36, "num_attention_heads": 3, "rotary_pct": 0.25}),
    ("quarter-of-eight", {"rotary_pct": 0.25}, None),
    ("full-rotary", {"rotary_pct": 1.0}),
    ("no-attention-bias", {"attention_bias": False}),
    ("tied", {"tie_word_embeddings": True}),
    ("theta", {"rotary_emb_base": 200}, {"rotary_emb_base": 10000}),
    ("linear", scaling("linear", factor=3.0), UNSCALED),
    ("yarn", {"rotary_pct": 1.0} | scaling("yarn", **SHORT_YARN), UNSCALED),
    ("gelu-fast", {"hidden_act": "gelu_fast"}, {"hidden_act": "gelu"}, {"gelu_tail": True}),
    ("norm-eps", {"layer_norm_eps": 0.3}, {"layer_norm_eps": 1e-5}),
)

GPT2S = cases(
    "gpt2",
    ("plain", {}),
    ("untied", {"tie_word_embeddings": False}),
    ("n-inner", {"n_inner": 52}),
    ("five-heads", {"n_embd": 35, "n_head": 5}),
    ("gelu-new", {"activation_function": "gelu_new"}, {"activation_function": "gelu"}, {"gelu_tail": True}),
    ("gelu", {"activation_function": "gelu"}, {"activation_function": "gelu_new"}, {"gelu_tail": True}),
    ("relu", {"activation_function": "relu"}, {"activation_function": "gelu_new"}),
    ("unscaled", {"scale_attn_weights": False}, {"scale_attn_weights": True}),
    (
        "inverse-layer-scale",
        {"scale_attn_by_inverse_layer_idx": True, "n_layer": 3},
        {"scale_attn_by_inverse_layer_idx": False},
    ),
    (
        "upcast",
        {"reorder_and_upcast_attn": True, "scale_attn_by_inverse_layer_idx": True},
        {"scale_attn_by_inverse_layer_idx": False},
        {"same_as": {"reorder_and_upcast_attn": False}},
    ),
    ("norm-eps", {"layer_norm_epsilon": 0.3}, {"layer_norm_epsilon": 1e-5}),
    ("fp16-weights", {}, None, {"dtype": "float16"}),
    ("bare", {}, None, {"bare": True}),
)

FAMILY_CASES = LLAMAS + FALCONS + NEOXES + GPT2S
