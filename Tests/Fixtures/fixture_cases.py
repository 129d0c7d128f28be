"""The table of golden fixtures: one tiny checkpoint per option of MPT that changes what the model computes.

Each case says which configuration it adds to the small base model and, in `without`, how the same weights are run with
the option turned off. The generator insists that the two disagree: a fixture that passes without its option tests nothing.
"""

from dataclasses import replace
from typing import Any

from case import Case
from family_cases import FAMILY_CASES

# attn_impl torch is llm-foundry's only attention that runs on CPUs; its default, flash, computes the same function.
# max_seq_len leaves three positions beyond the 21 prompt and 24 generated tokens.
FOUNDRY_BASE: dict[str, Any] = {
    "d_model": 24,
    "n_heads": 4,
    "n_layers": 2,
    "vocab_size": 97,
    "max_seq_len": 48,
    "expansion_ratio": 2,
    "attn_config": {"attn_impl": "torch"},
}

TRANSFORMERS_BASE: dict[str, Any] = {"d_model": 24, "n_heads": 4, "n_layers": 2, "vocab_size": 97, "max_seq_len": 48}


def attention(**options: Any) -> dict[str, Any]:
    return {"attn_config": options}


def rope(implementation: str, **options: Any) -> dict[str, Any]:
    return attention(rope=True, rope_impl=implementation, **options)


NO_ROPE = attention(rope=False) | {"learned_pos_emb": False}
UNSCALED = attention(rope_hf_config={"type": "no_scaling", "factor": 1.0})
NO_ALIBI = attention(alibi=False) | {"learned_pos_emb": False}
LLAMA3_SCALING = {
    "type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 24,
}

# A key bias adds the same score to every key a query sees, so softmax removes it.
KEY_BIASES = ("attn.Wk.bias", "attn.k_ln.bias")

POSITIONS = [
    Case("learned-positions", {"expansion_ratio": 4}),
    Case("no-positions", {"learned_pos_emb": False}),
    Case("alibi", attention(alibi=True), NO_ALIBI),
    Case("alibi-six-heads", {"n_heads": 6} | attention(alibi=True), NO_ALIBI),
    Case("alibi-bias-max", attention(alibi=True, alibi_bias_max=16), attention(alibi_bias_max=8)),
    Case("rope-dail", rope("dail"), NO_ROPE, same_as=attention(rope_impl="hf")),
    Case("rope-hf", rope("hf"), NO_ROPE),
    Case("rope-hf-theta", rope("hf", rope_theta=200), attention(rope_theta=10000)),
    Case(
        "rope-hf-linear",
        rope("hf", rope_hf_config={"type": "linear", "factor": 3.0}),
        UNSCALED,
    ),
    # Scales nothing before max_seq_len is passed.
    Case("rope-hf-dynamic", rope("hf", rope_hf_config={"type": "dynamic", "factor": 2.0}), NO_ROPE, same_as=UNSCALED),
    Case(
        "rope-hf-dynamic-long",
        {"max_seq_len": 24} | rope("hf", rope_hf_config={"type": "dynamic", "factor": 4.0}),
        UNSCALED,
        cached_only=True,
    ),
    Case(
        "rope-hf-llama3",
        rope("hf", rope_hf_config=LLAMA3_SCALING),
        UNSCALED,
    ),
]

ATTENTION = [
    Case("clip-qkv", attention(clip_qkv=1.0), attention(clip_qkv=None)),
    Case("qk-ln", attention(qk_ln=True), inert=KEY_BIASES),
    Case("qk-gn", attention(qk_gn=True), inert=KEY_BIASES),
    Case("softmax-scale", attention(softmax_scale=0.2), attention(softmax_scale=None)),
    Case("gqa", {"n_heads": 6} | attention(attn_type="grouped_query_attention", kv_n_heads=2)),
    Case("gqa-alibi", {"n_heads": 6} | attention(attn_type="grouped_query_attention", kv_n_heads=3, alibi=True), NO_ALIBI),
    Case("gqa-qk-gn", attention(attn_type="grouped_query_attention", kv_n_heads=2, qk_gn=True), inert=KEY_BIASES),
    Case("mqa", attention(attn_type="multiquery_attention")),
    Case("mqa-qk-ln", attention(attn_type="multiquery_attention", qk_ln=True), inert=KEY_BIASES),
    Case("unfused-qkv", attention(fused_qkv=False), inert=KEY_BIASES),
    Case("unfused-gqa", attention(fused_qkv=False, attn_type="grouped_query_attention", kv_n_heads=2), inert=KEY_BIASES),
    Case("attn-logit-softcapping", attention(attn_logit_softcapping=1.5), attention(attn_logit_softcapping=None)),
    Case("sliding-window", attention(sliding_window_size=8), attention(sliding_window_size=-1)),
    Case(
        "alibi-softcapping-window",
        {"n_heads": 3} | attention(alibi=True, attn_logit_softcapping=1.5, sliding_window_size=5),
        attention(sliding_window_size=6),
    ),
    # llm-foundry keeps 1/sqrt(d_model / n_heads) as the softmax scale even when head_dim is set, and its fused split
    # assumes d_model query columns, so that only separate projections can have another head_dim.
    Case("head-dim", {"head_dim": 10} | attention(fused_qkv=False), inert=KEY_BIASES),
    Case("five-heads-of-eight", {"d_model": 40, "n_heads": 5, "vocab_size": 131}),
    Case("three-heads-of-twelve", {"d_model": 36, "n_heads": 3, "vocab_size": 131}),
    Case("five-heads-of-seven", {"d_model": 35, "n_heads": 5, "vocab_size": 101}),
]

FEED_FORWARD = [
    Case("mptglu", {"ffn_config": {"ffn_type": "mptglu"}}),
    Case(
        "gelu-tanh",
        {"ffn_config": {"ffn_act_fn": {"name": "gelu", "approximate": "tanh"}}},
        {"ffn_config": {}},
        gelu_tail=True,
    ),
    Case("quick-gelu", {"ffn_config": {"ffn_act_fn": {"name": "quick_gelu"}}}, {"ffn_config": {}}),
    Case("silu", {"ffn_config": {"ffn_act_fn": {"name": "silu"}}}, {"ffn_config": {}}),
    Case("relu", {"ffn_config": {"ffn_act_fn": {"name": "relu"}}}, {"ffn_config": {}}),
    Case(
        "mptglu-silu",
        {"ffn_config": {"ffn_type": "mptglu", "ffn_act_fn": {"name": "silu"}}},
        {"ffn_config": {"ffn_type": "mptglu"}},
    ),
    Case("ffn-hidden-size", {"ffn_config": {"ffn_hidden_size": 52}}),
    Case("expansion-ratio", {"expansion_ratio": 3}),
    Case("expansion-ratio-fraction", {"expansion_ratio": 2.5}),
]

NORMS_AND_BIASES = [
    Case("no-bias", {"no_bias": True}),
    Case("no-bias-qk-ln", {"no_bias": True} | attention(qk_ln=True)),
    # attention_bias speaks for the query, key and value projections alone and wins over no_bias.
    Case("attention-bias-only", {"no_bias": True, "attention_bias": True}),
    Case("no-attention-bias", {"attention_bias": False}),
    Case("layernorm", {"norm_type": "layernorm"}, same_as={"norm_type": "low_precision_layernorm"}),
    Case("rmsnorm", {"norm_type": "rmsnorm"}),
    Case("low-precision-rmsnorm", {"norm_type": "low_precision_rmsnorm"}, same_as={"norm_type": "rmsnorm"}),
    # The blocks do not hand norm_type and norm_eps to the attention: its q_ln and k_ln stay LayerNorm with eps 1e-5.
    Case(
        "rmsnorm-qk-ln",
        {"norm_type": "rmsnorm", "norm_eps": 0.1} | attention(qk_ln=True),
        {"norm_eps": 1e-5},
        inert=KEY_BIASES,
    ),
    Case("norm-eps", {"norm_eps": 0.25}, {"norm_eps": 1e-5}),
    Case("fuse-norm-attn-norm", {"fuse_norm_attn_norm": True}),
]

LOGITS = [
    Case("untied-embeddings", {"tie_word_embeddings": False}),
    Case("logit-scale", {"logit_scale": 0.7}, {"logit_scale": None}),
    Case("logit-scale-inv-sqrt", {"logit_scale": "inv_sqrt_d_model"}, {"logit_scale": None}, logit_std=8.0),
    Case("embedding-fraction", {"embedding_fraction": 0.1}, same_as={"embedding_fraction": 1.0}),
    Case("final-logit-softcapping", {"final_logit_softcapping": 6.0}, {"final_logit_softcapping": None}, logit_std=4.0),
    Case(
        "logit-scale-softcapping",
        {"logit_scale": 1.5, "final_logit_softcapping": 8.0},
        {"logit_scale": None},
        logit_std=4.0,
    ),
]

# The layout of the first published MPT checkpoints: keys that later versions dropped, learned_pos_emb true beside alibi
# (alibi wins, there is no table), no fused_qkv, qk_gn or rope keys at all.
PUBLISHED_LAYOUT = {
    "architectures": ["MPTForCausalLM"],
    "attn_config": {
        "alibi": True,
        "alibi_bias_max": 8,
        "attn_impl": "torch",
        "attn_pdrop": 0,
        "attn_type": "multihead_attention",
        "attn_uses_sequence_id": False,
        "clip_qkv": 1.5,
        "prefix_lm": False,
        "qk_ln": False,
        "softmax_scale": None,
    },
    "auto_map": {
        "AutoConfig": "configuration_mpt.MPTConfig",
        "AutoModelForCausalLM": "modeling_mpt.MPTForCausalLM",
    },
    "d_model": 24,
    "emb_pdrop": 0,
    "embedding_fraction": 1.0,
    "expansion_ratio": 4,
    "init_config": {
        "emb_init_std": None,
        "emb_init_uniform_lim": None,
        "fan_mode": "fan_in",
        "init_div_is_residual": True,
        "init_gain": 0,
        "init_nonlinearity": "relu",
        "init_std": 0.02,
        "name": "kaiming_normal_",
        "verbose": 0,
    },
    "init_device": "cpu",
    "learned_pos_emb": True,
    "logit_scale": None,
    "max_seq_len": 48,
    "model_type": "mpt",
    "n_heads": 4,
    "n_layers": 2,
    "no_bias": True,
    "norm_type": "low_precision_layernorm",
    "resid_pdrop": 0,
    "tokenizer_name": "EleutherAI/gpt-neox-20b",
    "torch_dtype": "float32",
    "transformers_version": "4.28.1",
    "use_cache": False,
    "verbose": 0,
    "vocab_size": 97,
}

CHECKPOINTS = [
    # Close to what a Llama looks like when written with MPT's options.
    Case(
        "llama-like",
        {
            "no_bias": True,
            "norm_type": "rmsnorm",
            "tie_word_embeddings": False,
            "n_layers": 3,
            "ffn_config": {"ffn_type": "mptglu", "ffn_act_fn": {"name": "silu"}, "ffn_hidden_size": 28},
        }
        | rope("hf", attn_type="grouped_query_attention", kv_n_heads=2),
        NO_ROPE,
    ),
    Case("published-layout", {"no_bias": True, "expansion_ratio": 4} | attention(alibi=True, clip_qkv=1.5), NO_ALIBI, raw_config=PUBLISHED_LAYOUT),
    Case("sharded", shard_size="30KB"),
    Case("bf16-weights", dtype="bfloat16"),
    Case("fp16-weights", dtype="float16"),
]

# max_seq_len in transformers' MPT only bounds the ALiBi table. Its class ignores alibi_bias_max, learned_pos_emb,
# expansion_ratio, no_bias, norm_type, qk_ln, attn_type and logit_scale; README.md beside this file says what follows.
TRANSFORMERS = [
    Case("hf-mpt", family="hf-mpt"),
    Case(
        "hf-mpt-clip-qkv",
        {"n_heads": 6, "layer_norm_epsilon": 0.01, "attn_config": {"clip_qkv": 1.0, "softmax_scale": 0.3}},
        {"attn_config": {"clip_qkv": None, "softmax_scale": 0.3}},
        family="hf-mpt",
    ),
    Case("hf-mpt-untied", {"tie_word_embeddings": False}, family="hf-mpt"),
]

FOUNDRY = POSITIONS + ATTENTION + FEED_FORWARD + NORMS_AND_BIASES + LOGITS + CHECKPOINTS
CASES = (
    [replace(case, base=FOUNDRY_BASE) for case in FOUNDRY]
    + [replace(case, base=TRANSFORMERS_BASE) for case in TRANSFORMERS]
    + FAMILY_CASES
)
