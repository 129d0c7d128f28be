#!/usr/bin/env python3
"""Trains a small tokenizer of each kind and writes what the `tokenizers` package makes of strings with it.

    make_tokenizers.py                    writes Tests/Fixtures/tokenizers
    make_tokenizers.py --random N FOLDER  writes N more strings for each kind there, and any tokenizer.json given with --add

The tokenizers are trained on text that tokenizer_text.py makes. expected.json holds a list of cases: `text`, its `ids`,
`plain` (without special tokens), and what the plain ids decode to, `decoded`.
"""

import argparse
import json
import pathlib

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import tokenizer_text as text

FOLDER = pathlib.Path(__file__).parent / "tokenizers"
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK = [r"[\r\n]", r"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-Ֆ]+",
            r"\s?[!-/:-~！-／：-～‘-‟　-。]+", r"\s+$", r"[一-龥ࠀ-一가-퟿]+"]


def byte_trainer(size, **options):
    return trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), **options)


def byte_level(pre_tokenizer, size=900, normalizer=None, specials=("<|endoftext|>",), **model):
    tokenizer = Tokenizer(models.BPE(**model))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    tokenizer.train_from_iterator(text.corpus(1), byte_trainer(size, special_tokens=list(specials)))
    return tokenizer


def split(pattern, behavior="isolated", invert=False):
    return pre_tokenizers.Split(Regex(pattern), behavior, invert)


def with_bytes(pattern_rules):
    return pre_tokenizers.Sequence(pattern_rules + [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def gpt2():
    return byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False))


def gpt2_prefix():
    tokenizer = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True), size=500)
    tokenizer.add_tokens([AddedToken("<word>", single_word=True), AddedToken("<l>", lstrip=True),
                          AddedToken("<r>", rstrip=True), AddedToken("<lr>", lstrip=True, rstrip=True, special=True)])
    return tokenizer


def neox():
    tokenizer = byte_level(
        pre_tokenizers.ByteLevel(add_prefix_space=False), normalizer=normalizers.NFC(), specials=["<|endoftext|>", "<|padding|>"])
    tokenizer.add_tokens([AddedToken(" " * n, normalized=True) for n in range(24, 1, -1)])
    return tokenizer


def llama3():
    tokenizer = byte_level(with_bytes([split(LLAMA3)]), ignore_merges=True,
                           specials=["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"])
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|>:1 $B:1",
                                      special_tokens=[("<|begin_of_text|>", tokenizer.token_to_id("<|begin_of_text|>"))])])
    return tokenizer


def qwen2():
    tokenizer = byte_level(with_bytes([split(QWEN2)]), normalizer=normalizers.NFC(), specials=[])
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    return tokenizer


def o200k():
    return byte_level(with_bytes([split(O200K)]))


def deepseek():
    return byte_level(with_bytes([split(p) for p in DEEPSEEK[:4]] + [pre_tokenizers.Digits(True), split(DEEPSEEK[4])]))


def falcon():
    rules = [pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.ByteLevel(add_prefix_space=False),
             pre_tokenizers.Digits(False), split("[0-9][0-9][0-9]")]
    return byte_level(pre_tokenizers.Sequence(rules))


def starcoder():
    return byte_level(pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)]))


def bloom():
    return byte_level(with_bytes([split(r" ?[^(\s|[.,!?…。，、।۔،])]+")]))


def sentencepiece(normalizer, pre_tokenizer, decoder, prefix_id=True, **model):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True, **model))
    if normalizer:
        tokenizer.normalizer = normalizer
    # Words are what is merged while training; the tokenizer itself may have no pre-tokenizer.
    tokenizer.pre_tokenizer = pre_tokenizer or pre_tokenizers.Metaspace(prepend_scheme="never")
    tokenizer.decoder = decoder
    specials = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
    tokenizer.train_from_iterator(
        text.corpus(2), trainers.BpeTrainer(vocab_size=1000, special_tokens=specials, show_progress=False, limit_alphabet=300))
    state = json.loads(tokenizer.to_str())
    state["added_tokens"] = state["added_tokens"][:3]
    if pre_tokenizer is None:
        state["pre_tokenizer"] = None
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)])
    return tokenizer


def llama2():
    return sentencepiece(
        normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]), None,
        decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]))


def metaspace():
    return sentencepiece(None, pre_tokenizers.Metaspace(prepend_scheme="first", split=False),
                         decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="first"), decoders.Fuse()]))


def gemma():
    return sentencepiece(
        normalizers.Replace(" ", "▁"), pre_tokenizers.Split(" ", "merged_with_previous"),
        decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]))


def clip():
    tokenizer = Tokenizer(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        split(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", "removed", True),
        pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.BPEDecoder("</w>")
    tokenizer.train_from_iterator(text.corpus(3), byte_trainer(
        900, special_tokens=["<|startoftext|>", "<|endoftext|>"], end_of_word_suffix="</w>"))
    tokenizer.post_processor = processors.RobertaProcessing(("<|endoftext|>", 1), ("<|startoftext|>", 0), trim_offsets=False, add_prefix_space=False)
    return tokenizer


def words(unk, fuse, normalizer, pre_tokenizer, prefix=None):
    given = {"unk_token": unk, "fuse_unk": fuse, "continuing_subword_prefix": prefix}
    tokenizer = Tokenizer(models.BPE(**{key: value for key, value in given.items() if value is not None}))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    specials = [unk] if unk else ["[PAD]"]
    options = {"continuing_subword_prefix": prefix} if prefix else {}
    tokenizer.train_from_iterator(text.corpus(4), trainers.BpeTrainer(
        vocab_size=400, special_tokens=specials, show_progress=False, limit_alphabet=100, **options))
    tokenizer.add_tokens([AddedToken("Hello", normalized=True), AddedToken("naïve", normalized=False)])
    return tokenizer


def unknown_fused():
    return words("[UNK]", True, normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()]),
                 pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation("merged_with_previous")]))


def unknown_single():
    return words("[UNK]", False, normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Strip()]),
                 pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Digits(False)]), prefix="##")


def unknown_dropped():
    return words(None, False, normalizers.NFKD(), pre_tokenizers.Sequence([
        pre_tokenizers.CharDelimiterSplit("e"), pre_tokenizers.Punctuation("merged_with_next"),
        split(r"^\s+|\bth|(?<=a)[^b-d&&\w]{2,}?(?=$|\s)|o{2}", "merged_with_next"), split("[aeiou]+", "contiguous"),
        split("n", "merged_with_previous", True)]))


KINDS = [gpt2, gpt2_prefix, neox, llama3, qwen2, o200k, deepseek, falcon, starcoder, bloom, llama2, metaspace, gemma, clip,
         unknown_fused, unknown_single, unknown_dropped]


def cases(tokenizer, strings):
    for string in strings:
        ids = tokenizer.encode(string).ids
        plain = tokenizer.encode(string, add_special_tokens=False).ids
        yield {"text": string, "ids": ids, "plain": plain, "decoded": tokenizer.decode(plain),
               "decoded_all": tokenizer.decode(ids, skip_special_tokens=False)}


def write(folder, tokenizer, strings):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(tokenizer.to_str(pretty=False) + "\n")
    with open(folder / "expected.json", "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(c, ensure_ascii=True) for c in cases(tokenizer, strings)) + "\n]\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--random", nargs=2, metavar=("N", "FOLDER"))
    parser.add_argument("--add", nargs="*", default=[], metavar="TOKENIZER_JSON")
    arguments = parser.parse_args()
    made = {kind.__name__: kind() for kind in KINDS} if not arguments.random else {
        kind.__name__: Tokenizer.from_file(str(FOLDER / kind.__name__ / "tokenizer.json")) for kind in KINDS}
    made |= {pathlib.Path(path).parent.name: Tokenizer.from_file(path) for path in arguments.add}
    for number, (name, tokenizer) in enumerate(made.items()):
        specials = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
        if arguments.random:
            strings = text.strings(1000 + number, int(arguments.random[0]), specials)
            write(pathlib.Path(arguments.random[1]) / name, tokenizer, strings)
        else:
            write(FOLDER / name, tokenizer, list(text.strings(number, 60, specials)))


if __name__ == "__main__":
    main()
