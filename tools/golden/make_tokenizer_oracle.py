#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a vocabulary for each pre-tokenizer and writes what the `tokenizers` package makes of the oracle's text.

    pip install tokenizers==0.22.2 unicodedata2==16.0.0 && tools/golden/make_tokenizer_oracle.py [SMOLLM2.gguf.json]

Writes tests/data/tokenizers/NAME.json and oracle.json: for each tokenizer and chunk of the text how many ids there
are, and their hash. The optional argument is the tokenizer metadata of SmolLM2's GGUF file, as JSON with the keys
tokens, merges, token_types; without it those hashes are kept as they are.
"""
import json
import pathlib
import struct
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

import oracle_text

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "data" / "tokenizers"
VOCABULARY = 2500
TRAINING_CHUNKS = 24  # the last ones of the text
WORDS_AND_DIGITS = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
                    r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def fnv1a(data, state=0xCBF29CE484222325):
    for byte in data:
        state = ((state ^ byte) * 0x100000001B3) & oracle_text.MASK
    return state


def split_then_bytes(pattern):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
                                    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def digits_then_bytes():
    return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                    pre_tokenizers.ByteLevel(add_prefix_space=False)])


# name: pre-tokenizer, tokens before every text
KINDS = {
    "gpt2": (pre_tokenizers.ByteLevel(add_prefix_space=False), []),
    "smollm2": (digits_then_bytes(), []),
    "llama3": (split_then_bytes(WORDS_AND_DIGITS), ["<|begin_of_text|>"]),
    "glm4": (split_then_bytes(WORDS_AND_DIGITS), ["[gMASK]", "<sop>"]),
}


def train(kind, texts):
    pre_tokenizer, before = KINDS[kind]
    special = before + ["<|endoftext|>"]
    tokenizer = Tokenizer(models.BPE(ignore_merges=kind in ("llama3", "glm4")))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=VOCABULARY, show_progress=False, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in special])
    if before:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=" ".join(before) + " $A", special_tokens=[(token, tokenizer.token_to_id(token)) for token in before])
    return tokenizer


def smollm2_of_gguf(metadata):
    tokens = metadata["tokens"]
    vocab = {token: index for index, token in enumerate(tokens)}
    merges = [tuple(merge.split(" ")) for merge in metadata["merges"]]
    tokenizer = Tokenizer(models.BPE(vocab, merges))
    tokenizer.pre_tokenizer = digits_then_bytes()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False)
                                  for token, kind in zip(tokens, metadata["token_types"]) if kind == 3])
    if tokenizer.get_vocab_size() != len(tokens):
        raise SystemExit("error: the GGUF's control tokens are not all in its vocabulary")
    return tokenizer


def digests(tokenizer, chunks):
    for chunk in chunks:
        ids = tokenizer.encode(chunk, add_special_tokens=False).ids
        yield [len(ids), f"{fnv1a(struct.pack(f'<{len(ids)}i', *ids)):016x}"]


def main():
    chunks = oracle_text.chunks()
    path = OUT / "oracle.json"
    kept = json.loads(path.read_text()) if path.exists() else {"ids": {}}
    oracle = {"bytes": sum(len(chunk.encode()) for chunk in chunks), "text": f"{fnv1a(''.join(chunks).encode()):016x}",
              "ids": {}}
    OUT.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        tokenizer = train(kind, chunks[-TRAINING_CHUNKS:])
        (OUT / f"{kind}.json").write_text(tokenizer.to_str(pretty=False) + "\n", encoding="utf-8")
        oracle["ids"][kind] = list(digests(tokenizer, chunks))
    if len(sys.argv) > 1:
        metadata = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
        oracle["ids"]["smollm2_gguf"] = list(digests(smollm2_of_gguf(metadata), chunks))
    elif "smollm2_gguf" in kept["ids"]:
        oracle["ids"]["smollm2_gguf"] = kept["ids"]["smollm2_gguf"]
    path.write_text(json.dumps(oracle, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{len(chunks)} chunks, {oracle['bytes']} bytes, {', '.join(oracle['ids'])}")


if __name__ == "__main__":
    main()
