#!/usr/bin/env python3
"""Writes small files of every kind that the fuzz targets read, and libFuzzer dictionaries, to a folder.

    Fuzz/seeds.py FOLDER        # FOLDER/TARGET/… and FOLDER/TARGET.dict; needs Python 3.9 and nothing else
"""

import json
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def pair(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def u32(key: str, value: int) -> bytes:
    return pair(key, 4, struct.pack("<I", value))


def f32(key: str, value: float) -> bytes:
    return pair(key, 6, struct.pack("<f", value))


def gguf(pairs: list[bytes], tensors: list[tuple[str, list[int], int, int]], version: int = 3, align: int = 32) -> bytes:
    """`tensors`: name, shape with the slowest dimension first, type number, bytes."""
    infos, data = b"", b""
    for name, shape, kind, size in tensors:
        infos += text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", n) for n in reversed(shape))
        infos += struct.pack("<IQ", kind, len(data))
        data += bytes(i % 64 for i in range(size)) + b"\0" * (-size % align)
    header = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(pairs)) + b"".join(pairs) + infos
    return header + b"\0" * (-len(header) % align) + data


def gguf_model(arch: str, kind: int = 0, extra: list[bytes] = []) -> bytes:
    """A model of one block, 4 wide."""
    is_rms = arch in ("llama", "qwen2", "qwen3")
    pairs = [pair("general.architecture", 8, text(arch))]
    sizes = {"context_length": 4, "embedding_length": 4, "block_count": 1, "feed_forward_length": 4}
    pairs += [u32(f"{arch}.{key}", value) for key, value in sizes.items()] + [u32(f"{arch}.attention.head_count", 2)]
    pairs += [f32(f"{arch}.attention.layer_norm{'_rms' if is_rms else ''}_epsilon", 1e-5)] + extra
    matrices = {"token_embd": 5, "blk.0.attn_output": 4, "blk.0.ffn_up": 4, "blk.0.ffn_down": 4}
    matrices |= {f"blk.0.{n}": 4 for n in ("attn_q", "attn_k", "attn_v", "ffn_gate")} if is_rms else {"blk.0.attn_qkv": 12}
    if arch == "gpt2":
        matrices["position_embd"] = 4
    bytes_each = 4 if kind == 0 else 2
    tensors = [(f"{name}.weight", [rows, 4], kind, rows * 4 * bytes_each) for name, rows in matrices.items()]
    for name in ("blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"):
        tensors.append((f"{name}.weight", [4], 0, 16))
    return gguf(pairs, tensors)


def safetensors(header: object, size: int, pad: int = 0) -> bytes:
    data = json.dumps(header, separators=(",", ":")).encode() + b" " * pad
    return struct.pack("<Q", len(data)) + data + bytes(i % 64 for i in range(size))


def entry(dtype: str, shape: list[int], begin: int, end: int) -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def all_types() -> bytes:
    values = {0: b"\1", 1: b"\2", 2: b"\3\0", 3: b"\4\0", 5: b"\5\0\0\0", 7: b"\1", 10: b"\6" + bytes(7), 11: b"\7" + bytes(7)}
    values[12] = struct.pack("<d", 0.5)
    pairs = [pair(f"k{kind}", kind, value) for kind, value in values.items()]
    pairs.append(pair("list", 9, struct.pack("<IQ", 8, 2) + text("a") + text("b")))
    pairs.append(pair("nested", 9, struct.pack("<IQIQ", 9, 1, 4, 1) + struct.pack("<I", 9)))
    return gguf(pairs + [u32("general.alignment", 8)], [("q", [2, 32], 8, 68)], version=2, align=8)


SPLIT = r"(?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
TOKENIZERS = {
    "bytes": {
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True},
        "decoder": {"type": "ByteLevel"},
    },
    "split": {
        "model": {"ignore_merges": True},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": SPLIT}, "behavior": "Isolated", "invert": False},
            {"type": "Digits", "individual_digits": True}, {"type": "Punctuation", "behavior": "Contiguous"}]},
        "post_processor": {"type": "TemplateProcessing", "single": [
            {"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [6], "tokens": ["<s>"]}}},
    },
    "sentences": {
        "model": {"byte_fallback": True, "fuse_unk": True, "unk_token": "a"},
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "_"}, {"type": "Replace", "pattern": {"String": " "}, "content": "_"},
            {"type": "NFKD"}, {"type": "Strip"}, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "split": True},
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"Regex": "_+"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0}, {"type": "Metaspace", "replacement": "_"}]},
    },
    "words": {
        "model": {"unk_token": "?", "continuing_subword_prefix": "", "end_of_word_suffix": "c"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Whitespace"}, {"type": "WhitespaceSplit"}, {"type": "CharDelimiterSplit", "delimiter": "l"}]},
    },
}


def tokenizer(model: dict = {}, **stages: dict) -> bytes:
    """A tokenizer.json of a few letters."""
    vocab = {"a": 0, "b": 1, "ab": 2, "l": 3, "ll": 4, "e": 5}
    base = {"type": "BPE", "vocab": vocab, "merges": ["a b", ["l", "l"]]}
    added = [{"id": 6, "content": "<s>", "special": True, "lstrip": True}, {"id": 7, "content": "wor", "single_word": True}]
    return json.dumps({"added_tokens": added, "model": base | model} | stages).encode()


def seeds() -> dict[str, dict[str, bytes]]:
    rope = [f32("llama.rope.freq_base", 1e4), pair("llama.rope.scaling.type", 8, text("linear")), f32("llama.rope.scaling.factor", 2)]
    configs = sorted(ROOT.glob("Tests/Fixtures/*/*/config.json"))[::12]
    return {
        "safetensors": {
            "two": safetensors({"a": entry("F32", [2], 0, 8), "b": entry("BF16", [1, 2], 8, 12)}, 12, 3),
            "metadata": safetensors({"__metadata__": {"format": "pt"}, "h": entry("F16", [], 0, 2)}, 2),
            "empty": safetensors({"e": entry("I64", [0, 5], 0, 0), "f": entry("F4", [2], 0, 1)}, 1),
            "nothing": safetensors({}, 0, 6),
        },
        "gguf": {
            "types": all_types(),
            "mpt": gguf_model("mpt", extra=[f32("mpt.attention.max_alibi_bias", 8), f32("mpt.attention.clamp_kqv", 1)]),
            "llama": gguf_model("llama", kind=30, extra=rope),
            "qwen2": gguf_model("qwen2", kind=1, extra=[u32("qwen2.attention.head_count_kv", 2)]),
            "gpt2": gguf_model("gpt2"),
            "empty": gguf([], []),
        },
        "json": {
            "kinds": b'{"a":[1,-2.5e-3,true,false,null,"x\\u00e9\\ud83d\\ude00\\n"],"b":{},"c":[[]],"d":"\xc3\xa9"}',
            "numbers": b"[0,-0,9223372036854775807,9223372036854775808,1e308,5e-324,NaN,Infinity,-Infinity]",
        }
        | {path.parent.name: path.read_bytes() for path in configs},
        "tokenizer": {name: tokenizer(**stages) for name, stages in TOKENIZERS.items()},
        "yaml": {path.name: path.read_bytes() for path in sorted(ROOT.glob("yamls/*.yaml"))[:2]}
        | {
            "anchors": b"a: &x {b: [1, 2]}\nc: *x\nd: {<<: *x, e: 'f'}\n",
            "interpolation": b"max_seq_len: 8\nmodel: {name: mpt_causal_lm, max_seq_len: ${max_seq_len}, d_model: 4, n_heads: 2}\n",
            "scalars": b"a: 0x1F\nb: 1_000\nc: .inf\nd: |\n  text\n  more\ne: >-\n  folded\nf: \"\\u00e9\"\n? g\n: ~\n",
        },
    }


def words(target: str) -> list[str]:
    if target == "yaml":
        lines = (ROOT / "yamls/1b.yaml").read_text().splitlines()
        keys = [line.split(":")[0].strip() + ":" for line in lines if ":" in line and "#" not in line]
        return keys + ["${", "&a", "*a", "<<:", "!!int", "---", "- ", "hf_causal_lm", "checkpoint:", "attn_config:"]
    if target == "safetensors":
        return ['"dtype"', '"shape"', '"data_offsets"', '"__metadata__"', '"F32"', '"BF16"', '"F16"', '"F4"', "[]"]
    if target == "gguf":
        keys = ["attention.head_count_kv", "attention.key_length", "rope.dimension_count", "rope.scaling.type", "vocab_size"]
        tensors = ["output.weight", "rope_freqs.weight", "blk.0.attn_q_norm.weight", "blk.0.attn_norm.bias"]
        return ["general.alignment", "general.type", "split.count", *(f"llama.{key}" for key in keys), *tensors]
    if target == "tokenizer":
        return sorted({word for stages in TOKENIZERS.values() for word in json.dumps(stages).split('"') if word.isidentifier()}) + [
            "Replace", "NFKC", "NFD", "StripAccents", "BPEDecoder", "RobertaProcessing", "MergedWithNext", "(?<!", "(?=", "{2,}?", "&&"]
    return ["true", "null", "NaN", "-Infinity", "\\u", "\\ud83d\\ude00", "1e999", "[[[[", '{"":', '"\\']


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    for target, files in seeds().items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / target / name).write_bytes(data)
        quoted = ('"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words(target))
        (folder / f"{target}.dict").write_text("\n".join(quoted) + "\n")


if __name__ == "__main__":
    main()
