"""Writes a checkpoint as GGUF for llama.cpp, in the sweep's dtype, without a vocabulary: token ids are all it needs.

Vectors (norms and biases) become fp32, as llama.cpp's own files have them.
"""

from peer_protocol import Refusal, answer  # isort: skip (first: it takes standard output)

import gguf
import numpy as np
from safetensors_reader import Checkpoint

# safetensors' name of a sweep's dtype, and what it is called in the file.
DTYPES = {"fp32": "F32", "fp16": "F16", "bf16": "BF16"}
FILE_TYPE = {"F32": gguf.LlamaFileType.ALL_F32, "F16": gguf.LlamaFileType.MOSTLY_F16, "BF16": gguf.LlamaFileType.MOSTLY_BF16}


class Writer:
    """A GGUF file under construction."""

    def __init__(self, path, architecture, checkpoint, dtype):
        self.checkpoint = checkpoint
        self.dtype = DTYPES[dtype]
        self.file = gguf.GGUFWriter(path, architecture)
        self.file.add_file_type(FILE_TYPE[self.dtype])
        self.file.add_tokenizer_model("no_vocab")

    def add(self, target, *names, permuted_heads=None):
        """Adds one tensor, or several one below the other. Absent ones are left out.

        permuted_heads: llama.cpp rotates neighbours where Hugging Face rotates halves, so the rows of each of so many
        heads change places.
        """
        present = [name for name in names if name in self.checkpoint]
        if not present:
            return
        if self.checkpoint.raw(present[0]).ndim == 1:
            self.file.add_tensor(target, np.concatenate([self.checkpoint.float32(name) for name in present]))
            return
        parts = [self._matrix(name) for name in present]
        matrix = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if permuted_heads:
            rows, columns = matrix.shape
            matrix = matrix.reshape(permuted_heads, 2, rows // permuted_heads // 2, columns).swapaxes(1, 2)
            matrix = np.ascontiguousarray(matrix.reshape(rows, columns))
        if self.dtype == "BF16":
            self.file.add_tensor(target, matrix.view(np.uint8), raw_dtype=gguf.GGMLQuantizationType.BF16)
        else:
            self.file.add_tensor(target, matrix)

    def _matrix(self, name):
        """The tensor in the file's dtype; bfloat16, which numpy lacks, as uint16."""
        if self.checkpoint.dtype(name) == self.dtype:
            return self.checkpoint.raw(name)
        values = self.checkpoint.float32(name)
        if self.dtype == "BF16":
            return gguf.quants.quantize(values, gguf.GGMLQuantizationType.BF16).view(np.uint16)
        return values.astype(np.float16) if self.dtype == "F16" else values

    def close(self):
        self.file.write_header_to_file()
        self.file.write_kv_data_to_file()
        self.file.write_tensors_to_file()
        self.file.close()


def write_mpt(checkpoint, path, dtype):
    config = checkpoint.config
    attention = config.get("attn_config") or {}
    feed_forward = config.get("ffn_config") or {}
    writer = Writer(path, "mpt", checkpoint, dtype)
    file = writer.file
    width = config["d_model"]
    hidden = feed_forward.get("ffn_hidden_size") or int(width * config.get("expansion_ratio", 4))
    file.add_vocab_size(config["vocab_size"])
    file.add_context_length(config["max_seq_len"])
    file.add_embedding_length(width)
    file.add_block_count(config["n_layers"])
    file.add_feed_forward_length(hidden)
    file.add_head_count(config["n_heads"])
    kinds = {"multiquery_attention": 1, "grouped_query_attention": attention.get("kv_n_heads")}
    file.add_head_count_kv(kinds.get(attention.get("attn_type")) or config["n_heads"])
    file.add_layer_norm_eps(config.get("norm_eps") or config.get("layer_norm_epsilon") or 1e-5)
    if attention.get("clip_qkv"):
        file.add_clamp_kqv(attention["clip_qkv"])
    file.add_max_alibi_bias(float(attention.get("alibi_bias_max", 8)) if attention.get("alibi") else 0.0)

    writer.add("token_embd.weight", "transformer.wte.weight")
    writer.add("position_embd.weight", "transformer.wpe.weight")
    for kind in ("weight", "bias"):
        writer.add(f"output_norm.{kind}", f"transformer.norm_f.{kind}")
    writer.add("output.weight", "lm_head.weight")
    for layer in range(config["n_layers"]):
        source, target = f"transformer.blocks.{layer}", f"blk.{layer}"
        for kind in ("weight", "bias"):
            writer.add(f"{target}.attn_norm.{kind}", f"{source}.norm_1.{kind}")
            parts = [f"{source}.attn.{name}.{kind}" for name in ("Wqkv", "Wq", "Wk", "Wv")]
            writer.add(f"{target}.attn_qkv.{kind}", *parts)
            writer.add(f"{target}.attn_q_norm.{kind}", f"{source}.attn.q_ln.{kind}")
            writer.add(f"{target}.attn_k_norm.{kind}", f"{source}.attn.k_ln.{kind}")
            writer.add(f"{target}.attn_output.{kind}", f"{source}.attn.out_proj.{kind}")
            writer.add(f"{target}.ffn_norm.{kind}", f"{source}.norm_2.{kind}")
            writer.add(f"{target}.ffn_up.{kind}", f"{source}.ffn.up_proj.{kind}")
            writer.add(f"{target}.ffn_down.{kind}", f"{source}.ffn.down_proj.{kind}")
    writer.close()


def write_llama(checkpoint, path, dtype):
    config = checkpoint.config
    if config.get("rope_scaling"):
        raise Refusal("the conversion to GGUF knows no rope_scaling")
    writer = Writer(path, "llama", checkpoint, dtype)
    file = writer.file
    width, heads = config["hidden_size"], config["num_attention_heads"]
    key_heads = config.get("num_key_value_heads") or heads
    head = config.get("head_dim") or width // heads
    file.add_vocab_size(config["vocab_size"])
    file.add_context_length(config["max_position_embeddings"])
    file.add_embedding_length(width)
    file.add_block_count(config["num_hidden_layers"])
    file.add_feed_forward_length(config["intermediate_size"])
    file.add_head_count(heads)
    file.add_head_count_kv(key_heads)
    file.add_key_length(head)
    file.add_value_length(head)
    file.add_rope_dimension_count(head)
    theta = config.get("rope_theta") or (config.get("rope_parameters") or {}).get("rope_theta") or 10000.0
    file.add_rope_freq_base(float(theta))
    file.add_layer_norm_rms_eps(config.get("rms_norm_eps", 1e-6))

    writer.add("token_embd.weight", "model.embed_tokens.weight")
    writer.add("output_norm.weight", "model.norm.weight")
    writer.add("output.weight", "lm_head.weight")
    for layer in range(config["num_hidden_layers"]):
        source, target = f"model.layers.{layer}", f"blk.{layer}"
        writer.add(f"{target}.attn_norm.weight", f"{source}.input_layernorm.weight")
        writer.add(f"{target}.attn_q.weight", f"{source}.self_attn.q_proj.weight", permuted_heads=heads)
        writer.add(f"{target}.attn_k.weight", f"{source}.self_attn.k_proj.weight", permuted_heads=key_heads)
        writer.add(f"{target}.attn_v.weight", f"{source}.self_attn.v_proj.weight")
        writer.add(f"{target}.attn_output.weight", f"{source}.self_attn.o_proj.weight")
        writer.add(f"{target}.ffn_norm.weight", f"{source}.post_attention_layernorm.weight")
        for name in ("gate", "up", "down"):
            writer.add(f"{target}.ffn_{name}.weight", f"{source}.mlp.{name}_proj.weight")
    writer.close()


WRITERS = {"mpt": write_mpt, "llama": write_llama, "mistral": write_llama}


def convert(request, emit):
    checkpoint = Checkpoint(request["model"])
    kind = checkpoint.config.get("model_type")
    if kind not in WRITERS:
        raise Refusal(f"the conversion to GGUF knows {', '.join(WRITERS)}, not {kind}")
    WRITERS[kind](checkpoint, request["output"], request["dtype"])


if __name__ == "__main__":
    answer(convert)
