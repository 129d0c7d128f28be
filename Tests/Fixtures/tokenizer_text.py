"""Text over many scripts for training and comparing tokenizers, from a seed."""

import random
import unicodedata

SCRIPTS = {
    "latin": [(0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x17F)],
    "greek": [(0x391, 0x3C9)],
    "cyrillic": [(0x410, 0x451)],
    "hebrew": [(0x5D0, 0x5EA), (0x5B0, 0x5B9)],
    "arabic": [(0x621, 0x64A), (0x64B, 0x652), (0x660, 0x669)],
    "devanagari": [(0x905, 0x939), (0x93E, 0x94D), (0x966, 0x96F)],
    "thai": [(0xE01, 0xE3A), (0xE40, 0xE4E)],
    "cjk": [(0x4E00, 0x4EFF), (0x20000, 0x20040)],
    "kana": [(0x3041, 0x3096), (0x30A1, 0x30FA)],
    "hangul": [(0xAC00, 0xACFF), (0x1100, 0x1112), (0x1161, 0x1175)],
    "georgian": [(0x10D0, 0x10F0)],
    "tamil": [(0xB85, 0xB8A), (0xBBE, 0xBCD)],
}
EMOJI = ["😀", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "❤️", "🧑🏿‍🚀", "1️⃣"]
WORDS = """the of and to a in is it that was for on are with as his they at be this have from or had by not but what all
were when we there can an your which their said if do will each about how up out them then she many some so these would
other into has more her two like him see time could no make than first been its who now people my made over did down
only way find use may water long little very after words called just where most know I'll don't we've they're he'd she's
I'm you'LL DON'T import return def class function print range while True False None self""".split()
MARKS = ["\u0301", "\u0308", "\u0327", "\u0323", "\u0345", "\u20D7", "\u0951"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", " \n", "\n ", "\u00A0", "\u3000", "\u2003", "\u0085", "\u2028"]
PUNCTUATION = list(".,;:!?()[]{}<>\"'`-_/\\|@#$%^&*+=~") + ["…", "—", "«", "»", "“", "”", "。", "、", "،", "؟", "।", "₹", "€"]
CONTROLS = [chr(c) for c in (0, 1, 7, 8, 11, 12, 14, 27, 28, 31, 0x7F, 0x80, 0x9F, 0xAD, 0x200B, 0x200D, 0x200E, 0xFEFF)]
ODD = ["ﬁ", "①", "Å", "Å", "ſ", "'ſ", "ß", "İ", "ı", "ǅ", "Ⅷ", "½", "²", "٣", "𝟘", "ª", "\u1E9B\u0323", "\uFFFD",
       "\U0001F1E6", "\uE000", "\U0010FFFF", "ﷺ", "㍿", "한", "한", "\u0344", "\u2126", "각", "가\u11A8", "▁", "Ġ", "Ċ", "Ã"]


def word(rng, script=None):
    ranges = SCRIPTS[script or rng.choice(list(SCRIPTS))]
    return "".join(chr(rng.randint(*rng.choice(ranges))) for _ in range(rng.randint(1, 9)))


def corpus(seed, lines=1500):
    """Sentences in which syllables come back, so that there is something to merge."""
    rng = random.Random(seed)
    lexicon = {name: [word(rng, name) for _ in range(40)] for name in SCRIPTS}
    for _ in range(lines):
        parts = []
        for _ in range(rng.randint(3, 12)):
            kind = rng.random()
            if kind < 0.5:
                parts.append(rng.choice(WORDS))
            elif kind < 0.85:
                parts.append(rng.choice(lexicon[rng.choice(list(SCRIPTS))]))
            elif kind < 0.93:
                parts.append(str(rng.randint(0, 99999)))
            else:
                parts.append(rng.choice(EMOJI))
        yield rng.choice([" ", " ", " ", ", ", "  ", "\n"]).join(parts) + rng.choice(PUNCTUATION)


def strings(seed, count, specials=()):
    """Random strings: words, scripts, marks, white space, controls, any scalar at all."""
    rng = random.Random(seed)
    scalars = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
    makers = [
        lambda: rng.choice(WORDS), lambda: rng.choice(WORDS).upper(), lambda: word(rng), lambda: rng.choice(EMOJI),
        lambda: rng.choice(SPACES), lambda: " ", lambda: " ", lambda: rng.choice(SPACES) * rng.randint(1, 5),
        lambda: rng.choice(PUNCTUATION) * rng.choice([1, 1, 1, 2, 3, 4]), lambda: rng.choice(CONTROLS),
        lambda: rng.choice(ODD), lambda: rng.choice("aeiou") + rng.choice(MARKS) * rng.randint(1, 3),
        lambda: str(rng.randint(0, 10 ** rng.randint(1, 12))),
        lambda: rng.choice(["a", " ", "=", "-", "\n", "ab", "1"]) * rng.randint(1, 60),
        lambda: "'" + rng.choice(["s", "S", "t", "re", "RE", "ve", "m", "ll", "Ll", "d", "x"]),
        lambda: chr(rng.choice(scalars)), lambda: chr(rng.randint(0x80, 0x2FFF)),
        lambda: "".join(rng.choice(MARKS) for _ in range(rng.randint(1, 6))),
    ]
    if specials:
        makers += [lambda: rng.choice(list(specials))] * 2
    for _ in range(count):
        yield "".join(rng.choice(makers)() for _ in range(rng.randint(0, 12)))


def names(count):
    """Names of characters: plain text for training."""
    return [unicodedata.name(chr(c)).title() for c in range(0x21, 0x21 + count) if unicodedata.name(chr(c), "")]
