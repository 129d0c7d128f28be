#!/usr/bin/env python3
"""Writes some of the small tokenizers as GGUF files, and what llama.cpp makes of strings with them.

Needs Python 3.11 and llama.cpp's Python package, which `make peers PEERS=llamacpp` installs:

    .peers/llamacpp/bin/python Tests/Fixtures/make_gguf_tokenizers.py            # writes gguf-tokenizers/NAME
    .peers/llamacpp/bin/python Tests/Fixtures/make_gguf_tokenizers.py --random N FOLDER [--add FILE.gguf ...]
                                       # N more strings for each there, and for any other file with a vocabulary

expected.json is as that of make_tokenizers.py: `text`, its `ids`, `plain` (without special tokens), and what the plain ids
decode to, `decoded`. decoded.json holds ids at random and what they decode to, without and with special tokens.
"""

import argparse
import ctypes
import json
import pathlib
import random

import gguf
import llama_cpp

import tokenizer_text as text

HERE = pathlib.Path(__file__).parent
FOLDER = HERE / "gguf-tokenizers"
# The rule of llama.cpp that cuts text as the tokenizer does; none for a vocabulary that is merged by score.
RULES = {
    "gpt2": "gpt-2", "llama3": "llama-bpe", "qwen2": "qwen2", "falcon": "falcon", "starcoder": "starcoder", "bloom": "bloom",
    "o200k": "gpt-4o", "llama2": None,
}
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
# More files of some of them: where a token's type decides how it is decoded, without a space in front of texts, with one taken
# from texts that got none, and with the ids that llama.cpp takes where a file names none.
TYPED = [("\u2581\u2581\u2581", USER_DEFINED), ("\u2581<u>", USER_DEFINED), ("  ", USER_DEFINED), (" <v>", CONTROL),
         ("\u2581the\u2581of", UNUSED), ("unused", UNUSED), ("<0x41>\u2581", NORMAL), ("undefined", 0)]
VARIANTS = {
    "llama2_types": ("llama2", {"more": TYPED}),
    "llama2_no_prefix": ("llama2", {"more": TYPED, "adds_space": False}),
    "gpt2_prefix": ("gpt2", {"more": TYPED[:6], "adds_space": True}),
    "gpt2_defaults": ("gpt2", {"names_ids": False}),
}
KINDS = {name: (name, {}) for name in RULES} | VARIANTS


def write_vocabulary(name, path, more=(), adds_space=None, names_ids=True):
    """The tokens, merges and special tokens of a tokenizer.json, in llama.cpp's keys."""
    source = json.loads((HERE / "tokenizers" / name / "tokenizer.json").read_text())
    vocabulary = source["model"]["vocab"] | {token["content"]: token["id"] for token in source["added_tokens"]}
    tokens = [token for token, _ in sorted(vocabulary.items(), key=lambda item: item[1])]
    special = {token["content"]: CONTROL if token["special"] else USER_DEFINED for token in source["added_tokens"]}
    writer = gguf.GGUFWriter(path, "llama")
    # What the loader asks for before it reads the vocabulary.
    writer.add_context_length(128)
    writer.add_embedding_length(8)
    writer.add_block_count(1)
    writer.add_feed_forward_length(8)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-5)
    rule = RULES[name]
    if rule:
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(rule)
        types = [special.get(token, NORMAL) for token in tokens] + [kind for _, kind in more]
        merges = source["model"]["merges"]
        writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
        first = next(iter(special), None)
        if first and names_ids:
            writer.add_bos_token_id(vocabulary[first])
            writer.add_eos_token_id(vocabulary[first])
        writer.add_add_bos_token(name == "llama3" or not names_ids)
        if not names_ids:
            writer.add_add_eos_token(True)
        if adds_space is not None:
            writer.add_add_space_prefix(adds_space)
    else:
        writer.add_tokenizer_model("llama")
        writer.add_tokenizer_pre("default")
        types = [
            UNKNOWN if token == "<unk>" else special.get(token) or (BYTE if token.startswith("<0x") else NORMAL)
            for token in tokens
        ] + [kind for _, kind in more]
        # A token is made in the order in which it was learned.
        writer.add_token_scores([0.0 if kind != NORMAL else -float(id) for id, kind in enumerate(types)])
        writer.add_bos_token_id(vocabulary["<s>"])
        writer.add_eos_token_id(vocabulary["</s>"])
        writer.add_unk_token_id(vocabulary["<unk>"])
        writer.add_add_space_prefix(adds_space is not False)
    writer.add_token_list(tokens + [token for token, _ in more])
    writer.add_token_types(types)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class Vocabulary:
    """llama.cpp's own tokenizer of a file."""

    def __init__(self, path):
        self.model = llama_cpp.Llama(str(path), vocab_only=True, verbose=False)
        self.handle = llama_cpp.llama_model_get_vocab(self.model._model.model)
        self.is_spm = llama_cpp.llama_vocab_type(self.handle) == llama_cpp.LLAMA_VOCAB_TYPE_SPM
        key = self.model.metadata.get("tokenizer.ggml.add_space_prefix")
        self.adds_space = self.is_spm if key is None else key == "true"
        self.count = count = llama_cpp.llama_vocab_n_tokens(self.handle)
        wanted = llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED
        self.special = [
            llama_cpp.llama_vocab_get_text(self.handle, id).decode()
            for id in range(count)
            if llama_cpp.llama_vocab_get_attr(self.handle, id) & wanted
        ]

    def encode(self, string, adds_special):
        data = string.encode()
        ids = (llama_cpp.llama_token * (len(data) + 8))()
        count = llama_cpp.llama_tokenize(self.handle, data, len(data), ids, len(ids), adds_special, True)
        assert count >= 0, (string, count)
        return list(ids[:count])

    def decode(self, ids, shows_special):
        """The tokens' pieces; the first loses the space that encoding puts in front."""
        buffer, data = ctypes.create_string_buffer(1 << 16), b""
        for place, id in enumerate(ids):
            drops = self.adds_space and place == 0
            count = llama_cpp.llama_token_to_piece(self.handle, id, buffer, len(buffer), drops, shows_special)
            assert count >= 0, (id, count)
            data += buffer.raw[:count]
        # For byte-level vocabularies llama.cpp's own joining also removes spaces in front of some signs.
        if self.is_spm:
            array = (llama_cpp.llama_token * len(ids))(*ids)
            count = llama_cpp.llama_detokenize(
                self.handle, array, len(ids), buffer, len(buffer), False, shows_special)
            assert buffer.raw[:count] == data, (ids, buffer.raw[:count], data)
        return data.decode(errors="replace")


def cases(vocabulary, strings):
    for string in strings:
        # llama.cpp's interface takes text up to the first NUL in some places.
        string = string.replace("\0", "")
        ids, plain = vocabulary.encode(string, True), vocabulary.encode(string, False)
        yield {"text": string, "ids": ids, "plain": plain, "decoded": vocabulary.decode(plain, False),
               "decoded_all": vocabulary.decode(ids, True)}


def id_cases(vocabulary, seed, count):
    """Ids at random, those of special tokens and of the last ones more often than others."""
    rng = random.Random(seed)
    special = [vocabulary.encode(token, False)[-1] for token in vocabulary.special]
    for _ in range(count):
        ids = [rng.choice([rng.randrange(vocabulary.count), rng.choice(special or [0]),
                           vocabulary.count - rng.randint(1, min(10, vocabulary.count))]) for _ in range(rng.randint(1, 8))]
        yield {"ids": ids, "decoded": vocabulary.decode(ids, False), "decoded_all": vocabulary.decode(ids, True)}


def write_lines(path, values):
    path.write_text("[\n" + ",\n".join(json.dumps(value, ensure_ascii=True) for value in values) + "\n]\n")


def write_expectations(folder, path, seed, count):
    vocabulary = Vocabulary(path)
    write_lines(folder / "expected.json", cases(vocabulary, text.strings(seed, count, vocabulary.special)))
    write_lines(folder / "decoded.json", id_cases(vocabulary, seed, count))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--random", nargs=2, metavar=("N", "FOLDER"))
    parser.add_argument("--add", nargs="*", default=[], metavar="FILE.gguf")
    arguments = parser.parse_args()
    if not arguments.random:
        for number, (name, (source, changes)) in enumerate(KINDS.items()):
            folder = FOLDER / name
            folder.mkdir(parents=True, exist_ok=True)
            write_vocabulary(source, folder / "tokenizer.gguf", **changes)
            write_expectations(folder, folder / "tokenizer.gguf", 2000 + number, 60)
        return
    count, root = int(arguments.random[0]), pathlib.Path(arguments.random[1])
    files = {name: FOLDER / name / "tokenizer.gguf" for name in KINDS}
    files |= {pathlib.Path(path).stem: pathlib.Path(path).resolve() for path in arguments.add}
    for number, (name, path) in enumerate(files.items()):
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        link = folder / "tokenizer.gguf"
        link.unlink(missing_ok=True)
        link.symlink_to(path.resolve())
        write_expectations(folder, path, 3000 + number, count)


if __name__ == "__main__":
    main()
