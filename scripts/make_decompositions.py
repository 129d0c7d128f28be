#!/usr/bin/env python3
"""Writes the tables of Unicode decompositions for Sources/Transformer/Tokenizer/Unicode.

Needs `tokenizers` (see Tests/Fixtures/requirements.txt): its tables are of Unicode 12, later decompositions are left out,
so that our normal forms equal its own.
"""

import pathlib
import unicodedata

from tokenizers import normalizers

FOLDER = pathlib.Path(__file__).parent.parent / "Sources/Transformer/Tokenizer/Unicode"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number):
    text = ""
    while number or not text:
        text = DIGITS[number % 36] + text
        number //= 36
    return text


def encode(entries):
    """`delta,scalar,scalar;` in base 36: the scalar's distance from the entry before, then what it becomes."""
    items, previous = [], 0
    for scalar, targets in entries:
        items.append(",".join([base36(scalar - previous)] + [base36(t) for t in targets]) + ";")
        previous = scalar
    lines, line = [], ""
    for item in items:
        if len(line) + len(item) > 112:
            lines.append(line)
            line = ""
        line += item
    return lines + [line]


def write(path, name, comment, lines):
    body = "".join(f"    {line}\\\n" for line in lines[:-1]) + f"    {lines[-1]}\n"
    path.write_text(
        "// Written by scripts/make_decompositions.py from the Unicode character database.\n\n"
        f"extension UnicodeTables {{\n{comment}  static let {name}: StaticString = \"\"\"\n{body}    \"\"\"\n}}\n")


def main():
    nfd, nfkd, nfc = normalizers.NFD(), normalizers.NFKD(), normalizers.NFC()
    canonical, compatible, classes = [], [], []
    scalars = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF and not 0xAC00 <= c <= 0xD7A3]
    for c in scalars:
        char = chr(c)
        full, loose = nfd.normalize_str(char), nfkd.normalize_str(char)
        if full != char:
            # One step, which composition needs: Unicode decomposes into at most two scalars at a time.
            step = [int(p, 16) for p in unicodedata.decomposition(char).split()]
            canonical.append((c, step))
        if loose != full:
            compatible.append((c, [ord(t) for t in loose]))
        order = unicodedata.combining(char)
        # Scalars that the reference does not know keep their place, as class 0.
        if order and nfd.normalize_str("a\u0345" + char) + nfd.normalize_str("a" + char + "\u0315") != (
                "a\u0345" + char + "a" + char + "\u0315"):
            classes.append((c, [order]))
    # Runs of one class: first scalar, class, length.
    runs = []
    for c, (order,) in classes:
        if runs and runs[-1][1][0] == order and c == runs[-1][0] + runs[-1][1][1]:
            runs[-1][1][1] += 1
        else:
            runs.append((c, [order, 1]))
    excluded = [(c, []) for c, step in canonical
                if len(step) == 2 and nfc.normalize_str("".join(map(chr, step))) != chr(c)]
    comment = "  /// {}: `distance from the entry before{};`, all in base 36.\n"
    write(FOLDER / "UnicodeTables+Canonical.swift", "canonicalDecompositions",
          comment.format("Canonical decompositions, one step each", ",scalar…"), encode(canonical))
    write(FOLDER / "UnicodeTables+Compatibility.swift", "compatibilityDecompositions",
          comment.format("Full compatibility decompositions that differ from the canonical ones", ",scalar…"),
          encode(compatible))
    write(FOLDER / "UnicodeTables+CombiningClasses.swift", "combiningClasses",
          comment.format("Canonical combining classes other than 0", ",class,scalars in a row"), encode(runs))
    write(FOLDER / "UnicodeTables+Exclusions.swift", "compositionExclusions",
          comment.format("Scalars that composition never makes", ""), encode(excluded))
    print(len(canonical), len(compatible), len(runs), len(excluded))


if __name__ == "__main__":
    main()
