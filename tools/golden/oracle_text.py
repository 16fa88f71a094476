# SPDX-License-Identifier: Apache-2.0
"""The oracle's text: 5 MB that hold every assigned code point once between two letters, and everything mixed.

tests/support/oracle_text.h makes the same text from the same numbers; both are compared by a hash.
"""
import pathlib

import unicodedata2

MASK = (1 << 64) - 1
SWEEP_CHUNK = 4096  # code points
MIXED_CHUNKS = 64
MIXED_BYTES = 56_000  # of each
CONTRACTIONS = ["'s", "'S", "'t", "'re", "'VE", "'ll", "'D", "'m", "’s", "'ſ", "'Ll"]
SPACES = [" ", " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2003", "\x85", "\x0b", "\u2028", "\ufeff"]
SIGNS = "!?.,;:-_()[]{}<>/\\|@#$%^&*+=~`\"'"
SAMPLES = ["👩‍👩‍👧‍👦", "🇩🇪🇫🇷", "e\u0301a\u0308", "한국어", "\u1112\u1161\u11ab", "नमस्ते", "مرحبا", "สวัสดี", "日本語", "中文字",
           "Ünïcödé", "Ελλάδα", "Привет", "½²³", "Ⅷ", "①②", "٣٤٥", "ǅ", "İı", "ﬁ", "x²", "100%", "a_b"]


class Random:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def pick(self, count):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (z ^ (z >> 31)) % count

    def of(self, items):
        return items[self.pick(len(items))]


def assigned():
    return [code for code in range(0x110000) if unicodedata2.category(chr(code)) not in ("Cn", "Cs")]


def sweep(codes, random):
    def letter():
        return chr(ord("a") + random.pick(26))

    for begin in range(0, len(codes), SWEEP_CHUNK):
        chunk = []
        for code in codes[begin:begin + SWEEP_CHUNK]:
            chunk += [letter(), chr(code), letter(), " " if random.pick(2) else ""]
        yield "".join(chunk)


def piece(words, codes, random):
    kind = random.pick(10)
    if kind < 4:
        return ("" if random.pick(8) == 0 else " ") + random.of(words)
    if kind == 4:
        return "".join(chr(ord("0") + random.pick(10)) for _ in range(1 + random.pick(7)))
    if kind == 5:
        return random.of(CONTRACTIONS)
    if kind == 6:
        return "".join(random.of(SPACES) for _ in range(1 + random.pick(4)))
    if kind == 7:
        return "".join(random.of(SIGNS) for _ in range(1 + random.pick(4)))
    if kind == 8:
        begin = random.pick(len(codes))
        return "".join(map(chr, codes[begin:begin + 1 + random.pick(6)]))
    return random.of(SAMPLES)


def mixed(words, codes, random):
    for _ in range(MIXED_CHUNKS):
        chunk, size = [], 0
        while size < MIXED_BYTES:
            chunk.append(piece(words, codes, random))
            size += len(chunk[-1].encode())
        yield "".join(chunk)


def chunks():
    words = (pathlib.Path(__file__).parent / "corpus.txt").read_text(encoding="utf-8").split()
    codes, random = assigned(), Random(2026)
    return list(sweep(codes, random)) + list(mixed(words, codes, random))
