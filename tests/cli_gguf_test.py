#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""GGUF files whose values are not what they should be: scales that are not finite, logits that overflow."""
import struct
import sys

import cli_case
from cli_case import ROOT, CommandCase, scratch

sys.path.insert(0, str(ROOT / "tools/corpus"))
from formats import Gguf  # noqa: E402

HIDDEN, VOCAB, Q8_0 = 64, 32, 8
MATRICES = {"attn_q": (HIDDEN, HIDDEN), "attn_k": (HIDDEN, HIDDEN), "attn_v": (HIDDEN, HIDDEN), "attn_output": (HIDDEN, HIDDEN),
            "ffn_gate": (HIDDEN, HIDDEN), "ffn_up": (HIDDEN, HIDDEN), "ffn_down": (HIDDEN, HIDDEN)}


def blocks(shape):
    """Codes of 1 to 32 under one scale."""
    return (struct.pack("<e", 0.01) + bytes(range(1, 33))) * (shape[0] * shape[1] // 32)


def model(name, norm=1.0, change=lambda tensor, data: data):
    """A Llama of one layer. `norm`: weights of the last norm."""
    gguf = Gguf().set("general.architecture", "string", "llama")
    for key, value in {"embedding_length": HIDDEN, "feed_forward_length": HIDDEN, "block_count": 1, "context_length": 64,
                       "attention.head_count": 2, "attention.head_count_kv": 2, "vocab_size": VOCAB}.items():
        gguf.set(f"llama.{key}", "uint32", value)
    gguf.set("llama.attention.layer_norm_rms_epsilon", "float32", 1e-5)
    tensors = {"token_embd": (VOCAB, HIDDEN), **{f"blk.0.{part}": shape for part, shape in MATRICES.items()}}
    for tensor, shape in tensors.items():
        gguf.tensor(f"{tensor}.weight", list(shape), Q8_0, change(tensor, blocks(shape)))
    for tensor, value in {"output_norm": norm, "blk.0.attn_norm": 1, "blk.0.ffn_norm": 1}.items():
        gguf.tensor(f"{tensor}.weight", [HIDDEN], 0, struct.pack("<f", value) * HIDDEN)
    scratch(name).write_bytes(gguf.bytes())
    return scratch(name)


def with_bits(tensor, block, bits):
    """What writes other f16 bits over the scale of one block of one tensor."""
    def change(name, data):
        if name != tensor:
            return data
        return data[:block * 34] + struct.pack("<H", bits) + data[block * 34 + 2:]
    return change


class Values(CommandCase):
    def logits_words(self, path):
        """What computes the logits of an engine of it."""
        engine = path.with_suffix(".engine")
        self.assert_ok("build", path, "--output", engine)
        return ["eval", "logits", engine, "--token-ids", "1,2,3", "--output", scratch("logits.safetensors")]

    def test_finite_ones_run(self):
        self.assert_ok(*self.logits_words(model("finite.gguf")))
        scratch("logits.safetensors").unlink()

    def test_scales_that_are_not_finite_are_refused_by_tensor_and_block(self):
        for tensor, named, bits, found in (("blk.0.ffn_up", "up_proj", 0x7c00, "is inf"), ("token_embd", "embed_tokens", 0xfe00, "is NaN")):
            path, whole = model(f"{tensor}.gguf", change=with_bits(tensor, 37, bits)), scratch("whole.engine")
            says = (path.name, named, f"block 37 {found}")
            self.assert_fails(3, *self.logits_words(path), says=says)
            self.assert_fails(3, "build", path, "--self-contained", "--output", whole, says=says)
            self.assertFalse(whole.exists())

    def test_logits_that_overflow_are_no_answer(self):
        words = self.logits_words(model("great.gguf", norm=3e38))
        self.assert_fails(1, *words, says="the logits after token 1 are not finite")
        self.assertFalse(words[-1].exists())


if __name__ == "__main__":
    cli_case.main()
