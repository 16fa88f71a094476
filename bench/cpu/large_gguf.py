# SPDX-License-Identifier: Apache-2.0
"""Writes GGUF files of a Llama whose weights are beyond every cache, for measuring decode at the memory's limit. The
embedding is the last layer's weight too, so that a step reads all of them."""
import pathlib
import random
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/corpus"))
from formats import Gguf  # noqa: E402

HIDDEN, FFN, HEADS, KV_HEADS, VOCAB = 2048, 5632, 16, 4, 32000
KV = HIDDEN // HEADS * KV_HEADS
# format -> (ggml type, values a block, leading f16 fields, code bytes, layers that make 1.2 GB or more)
BLOCKS = {"Q8_0": (8, 32, (0.001,), 32, 24), "Q4_1": (3, 32, (0.01, -0.08), 16, 42)}
F32 = 0


def metadata(layers):
    gguf = Gguf().set("general.architecture", "string", "llama")
    for key, value in {"embedding_length": HIDDEN, "feed_forward_length": FFN, "block_count": layers,
                       "attention.head_count": HEADS, "attention.head_count_kv": KV_HEADS,
                       "context_length": 4096, "vocab_size": VOCAB}.items():
        gguf.set(f"llama.{key}", "uint32", value)
    return gguf.set("llama.attention.layer_norm_rms_epsilon", "float32", 1e-5)


def tensors(layers, kind):
    """(name, shape, ggml type) of every tensor."""
    yield "token_embd.weight", [VOCAB, HIDDEN], kind
    yield "output_norm.weight", [HIDDEN], F32
    for layer in range(layers):
        for name, shape in {"attn_q": [HIDDEN, HIDDEN], "attn_k": [KV, HIDDEN], "attn_v": [KV, HIDDEN],
                            "attn_output": [HIDDEN, HIDDEN], "ffn_gate": [FFN, HIDDEN], "ffn_up": [FFN, HIDDEN],
                            "ffn_down": [HIDDEN, FFN]}.items():
            yield f"blk.{layer}.{name}.weight", shape, kind
        for name in ("attn_norm", "ffn_norm"):
            yield f"blk.{layer}.{name}.weight", [HIDDEN], F32


def rows(name):
    """A row of hidden values as it repeats through the file: random codes under one scale, norms of one."""
    kind, values, fields, code_bytes, _ = BLOCKS[name]
    draw = random.Random(1)
    scales = struct.pack(f"<{len(fields)}e", *fields)
    block = b"".join(scales + draw.randbytes(code_bytes) for _ in range(HIDDEN // values))
    return {kind: block, F32: struct.pack(f"<{HIDDEN}f", *[1.0] * HIDDEN)}


def write(path, name):
    kind, _, _, _, layers = BLOCKS[name]
    row, gguf, offset, sizes = rows(name), metadata(layers), 0, []
    for tensor, shape, ggml_type in tensors(layers, kind):
        count = shape[0] * shape[-1] // HIDDEN if len(shape) == 2 else 1
        gguf.info(tensor, shape, ggml_type, offset)
        sizes.append((ggml_type, count))
        offset += len(row[ggml_type]) * count
    with open(path, "wb") as file:
        file.write(gguf.bytes())
        for ggml_type, count in sizes:
            file.write(row[ggml_type] * count)
    return path
