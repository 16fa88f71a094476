#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes lathe/text/unicode_categories.cc: the general category of every code point of Unicode 16.0.

    pip install unicodedata2==16.0.0 && tools/unicode/make_categories.py

The version is that of the regular expressions inside the `tokenizers` package (0.22): with `--verify` (needs
tokenizers==0.22.2 too) every category is compared with what its `\\p{…}` matches.
"""
import pathlib
import sys

import unicodedata2

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "lathe" / "text" / "unicode_categories.cc"
# The order of enum class Category in unicode.h.
CATEGORIES = ("Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co Cn").split()
HEADER = """// SPDX-License-Identifier: Apache-2.0
// Made by tools/unicode/make_categories.py from Unicode {version}; do not edit.
// Each entry begins a run of code points of one category: first code point << 5 | category.
#include "lathe/text/unicode.h"

namespace lathe::text {{

// clang-format off
const std::array<uint32_t, {count}> kCategoryRuns = {{{{
"""
FOOTER = """}};
// clang-format on

}  // namespace lathe::text
"""


def runs():
    previous = None
    for code in range(0x110000):
        category = unicodedata2.category(chr(code))
        if category != previous:
            yield code << 5 | CATEGORIES.index(category)
            previous = category


def write():
    entries = [f"0x{entry:x}," for entry in runs()]
    lines, line = [], "   "
    for entry in entries:
        if len(line) + 1 + len(entry) > 100:
            lines.append(line)
            line = "   "
        line += " " + entry
    lines.append(line)
    header = HEADER.format(version=unicodedata2.unidata_version, count=len(entries))
    OUT.write_text(header + "\n".join(lines) + "\n" + FOOTER, encoding="utf-8")
    print(f"{OUT.relative_to(ROOT)}: {len(entries)} runs of Unicode {unicodedata2.unidata_version}")


def matched(pattern):
    """The code points that the tokenizers package matches with `pattern`."""
    from tokenizers import Regex, pre_tokenizers
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    codes = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    found = set()
    for begin in range(0, len(codes), 1000):
        batch = codes[begin:begin + 1000]
        rest = {ord(char) for piece, _ in split.pre_tokenize_str("".join(map(chr, batch))) for char in piece}
        found.update(code for code in batch if code not in rest)
    return found


def of_categories(prefixes):
    return {code for code in range(0x110000) if not 0xD800 <= code < 0xE000
            and unicodedata2.category(chr(code)).startswith(prefixes)}


# Letters in circles and squares, and six of Latin-1's numbers, which Oniguruma counts as parts of words.
WORD_EXTRAS = {*range(0x24B6, 0x24EA), *range(0x1F130, 0x1F14A), *range(0x1F150, 0x1F16A), *range(0x1F170, 0x1F18A),
               0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE}


def verify():
    for category in CATEGORIES:
        if category != "Cs" and matched(r"\p{%s}" % category) != of_categories(category):
            sys.exit(f"error: tokenizers' \\p{{{category}}} is not Unicode {unicodedata2.unidata_version}'s")
    word = of_categories(("L", "M", "Nd", "Nl", "Pc")) | WORD_EXTRAS
    if matched(r"\d") != of_categories("Nd") or matched(r"\w") != word:
        sys.exit("error: tokenizers' \\d or \\w is not what lathe/text/unicode.cc takes it for")
    print("verified: tokenizers matches the same categories")


if __name__ == "__main__":
    write()
    if "--verify" in sys.argv[1:]:
        verify()
