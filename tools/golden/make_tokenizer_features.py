#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/data/tokenizers/features.json: small tokenizers, one a feature, with what `tokenizers` makes of texts.

    pip install tokenizers==0.22.2 && tools/golden/make_tokenizer_features.py

The tokenizers are also the first inputs of the fuzzer: tests/corpus/tokenizer_fuzz/NAME.json.
"""
import json
import pathlib

from tokenizers import Tokenizer, pre_tokenizers

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())
BYTE_MERGES = ["Ġ t", "h e", "Ġt he", "l l", "e ll", "ell o", "h ello", "o w", "1 2", "12 3", "Ã ©", "a b", "ab ab", "Ġ Ġ"]
PIECE_CHARS = list("▁abcdefghilnorstuvwxyzHW.,!?123é\n")
PIECE_MERGES = ["▁ t", "h e", "▁t he", "l l", "e ll", "ell o", "▁ h", "▁h ello", "▁ ▁", "1 2", "a b"]
TEXTS = [
    "", " ", "   ", "hello the 12345 hello", "the  the\n\n the \t", "Hello, world! 1 22 333", " hello", "hello ", "abab ababab a.b,c",
    "é e\u0301 ﬁ ½ Å Ⅷ ① 가 \u1112\u1161\u11ab", "don't we'll IT'S I'VE", "日本語 中文 \u3000x", "a\u00a0b\u2003c", "123abc456", "a-b--c---d",
    "x<mask>y <mask> z", "a <tok> b<tok>c  <tok>", "<sp>a<sp>", "word wordy sword word", "HELLO <Norm> x", "👩‍👩‍👧 🇩🇪", "\x00\x7f\x85",
    "▁hello▁the", "..,,", "12 3 45", "<0x41> <unk>", "a" * 40, "the" * 20,
]
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
BYTES_ONLY = dict(BYTE_LEVEL, use_regex=False)
PIECES_DECODER = {"type": "Sequence", "decoders": [
    {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
    {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}


def added(index, content, **flags):
    out = dict(id=index, content=content, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
    out.update(flags)
    return out


def merged(merges):
    return ["".join(merge.split(" ")) for merge in merges]


def bpe(tokens, merge_list, **flags):
    model = dict(type="BPE", dropout=None, unk_token=None, continuing_subword_prefix=None, end_of_word_suffix=None,
                 fuse_unk=False, byte_fallback=False, ignore_merges=False)
    model.update(vocab={token: index for index, token in enumerate(tokens)}, merges=[merge.split(" ") for merge in merge_list])
    model.update(flags)
    return model


def byte_tokenizer(pre_tokenizer=BYTE_LEVEL, tokens=(), model=None, **parts):
    out = dict(version="1.0", truncation=None, padding=None, added_tokens=list(tokens), normalizer=None,
               pre_tokenizer=pre_tokenizer, post_processor=None, decoder=BYTE_LEVEL,
               model=bpe(ALPHABET + merged(BYTE_MERGES), BYTE_MERGES, **(model or {})))
    out.update(parts)
    return out


def piece_tokenizer(pre_tokenizer=None, model=None, fallback=True, **parts):
    tokens = ["<unk>", "<s>", "</s>"] + ([f"<0x{byte:02X}>" for byte in range(256)] if fallback else [])
    flags = dict(unk_token="<unk>", fuse_unk=True, byte_fallback=fallback)
    flags.update(model or {})
    out = dict(version="1.0", truncation=None, padding=None,
               added_tokens=[added(index, tokens[index]) for index in range(3)], normalizer=None, pre_tokenizer=pre_tokenizer,
               post_processor=None, decoder=PIECES_DECODER,
               model=bpe(tokens + PIECE_CHARS + merged(PIECE_MERGES), PIECE_MERGES, **flags))
    out.update(parts)
    return out


def split(behavior, pattern, invert=False):
    return {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}, BYTES_ONLY]}


def metaspace(scheme, split_words):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split_words}


def template(before, after):
    tokens = before + after
    sequence = [{"SpecialToken": {"id": token, "type_id": 0}} for token in before] + [{"Sequence": {"id": "A", "type_id": 0}}]
    sequence += [{"SpecialToken": {"id": token, "type_id": 0}} for token in after]
    ids = {"<s>": 1, "</s>": 2}
    return {"type": "TemplateProcessing", "single": sequence, "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                                                                       {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {token: {"id": token, "ids": [ids[token]], "tokens": [token]} for token in tokens}}


def flagged_tokens():
    base = len(ALPHABET) + len(BYTE_MERGES)
    return [added(base, "<mask>", lstrip=True), added(base + 1, "<tok>", lstrip=True, rstrip=True), added(base + 2, "<sp>"),
            added(base + 3, "word", single_word=True, special=False), added(base + 4, "<sp>a", special=False),
            added(base + 5, "<Norm>", normalized=True, special=False), added(base + 6, "the", special=False, rstrip=True)]


def features():
    yield "byte_level", byte_tokenizer()
    yield "byte_level_prefix_space", byte_tokenizer(dict(BYTE_LEVEL, add_prefix_space=True))
    for behavior in ("Isolated", "Removed", "Contiguous", "MergedWithPrevious", "MergedWithNext"):
        yield f"split_{behavior.lower()}", byte_tokenizer(split(behavior, {"Regex": r"[\s,\-]"}))
    yield "split_inverted", byte_tokenizer(split("Removed", {"Regex": r"\w+|[^\w\s]+"}, invert=True))
    yield "split_text", byte_tokenizer(split("MergedWithNext", {"String": "the"}))
    yield "split_cased", byte_tokenizer(split("Isolated", {"Regex": (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")}))
    yield "split_syntax", byte_tokenizer(split("Isolated", {"Regex": (
        r"(?<=a)b|(?<!\d)[1-3]|(?=the)t|\P{L}{2,}?|[^\S\n]|\x{41}|\u0301|\h{3}|\Ahel|(?>ll)o?+|^x|d$|.(?i)H|[\]\-x]")}))
    yield "digits", byte_tokenizer({"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, BYTE_LEVEL]})
    yield "digits_together", byte_tokenizer({"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": False}, BYTE_LEVEL]})
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        yield form.lower(), byte_tokenizer(normalizer={"type": form})
    yield "replace_regex", byte_tokenizer(normalizer={"type": "Sequence", "normalizers": [
        {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}, {"type": "Replace", "pattern": {"String": "l"}, "content": "LL"}]})
    yield "added_tokens", byte_tokenizer(tokens=flagged_tokens(), normalizer={"type": "NFKC"})
    yield "ignore_merges", byte_tokenizer(model=dict(ignore_merges=True, merges=[["h", "e"]]))
    yield "old_merges", byte_tokenizer(model=dict(merges=BYTE_MERGES))
    legacy = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
                                                  {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
    yield "pieces", piece_tokenizer(normalizer=legacy, post_processor=template(["<s>"], ["</s>"]))
    yield "pieces_unknown", piece_tokenizer(fallback=False, normalizer=legacy, post_processor={
        "type": "Sequence", "processors": [template(["<s>"], []), BYTE_LEVEL]})
    yield "pieces_unknown_apart", piece_tokenizer(fallback=False, model=dict(fuse_unk=False), normalizer=legacy)
    yield "pieces_dropped", piece_tokenizer(fallback=False, model=dict(unk_token=None), normalizer=legacy)
    for scheme in ("always", "never", "first"):
        yield f"metaspace_{scheme}", piece_tokenizer(metaspace(scheme, True))
        yield f"metaspace_{scheme}_whole", piece_tokenizer(metaspace(scheme, False))


def goldens(tokenizer):
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        tokenizer.encode_special_tokens = True
        as_text = tokenizer.encode(text, add_special_tokens=False).ids
        tokenizer.encode_special_tokens = False
        yield dict(text=text, ids=ids, framed=tokenizer.encode(text).ids, special_as_text=as_text,
                   decoded=tokenizer.decode(ids, skip_special_tokens=False),
                   decoded_without_special=tokenizer.decode(ids, skip_special_tokens=True))


def main():
    corpus = ROOT / "tests" / "corpus" / "tokenizer_fuzz"
    corpus.mkdir(parents=True, exist_ok=True)
    out = []
    for name, content in features():
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        tokenizer = Tokenizer.from_str(text)
        (corpus / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        out.append(dict(name=name, goldens=list(goldens(tokenizer))))
    path = ROOT / "tests" / "data" / "tokenizers" / "features.json"
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in out)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(out)} tokenizers, {len(TEXTS)} texts each")


if __name__ == "__main__":
    main()
