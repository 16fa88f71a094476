#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Memory of a 7B-shaped model: a build holds at most 1 GB of its own, a load that and the packed weights.

    large_model_test.py BUILD_FOLDER

The checkpoint is a sparse file of zeros, 13.5 GB long and a few kilobytes on disk. Prints what was seen.
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import time
import unittest

LATHE = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build").resolve() / "lathe"
GB = 10**9
CONFIG = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "num_hidden_layers": 32,
          "num_attention_heads": 32, "num_key_value_heads": 32, "intermediate_size": 11008, "vocab_size": 32000,
          "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
          "tie_word_embeddings": False, "torch_dtype": "bfloat16", "bos_token_id": 1, "eos_token_id": 2}


def shapes():
    hidden, ffn, vocab = CONFIG["hidden_size"], CONFIG["intermediate_size"], CONFIG["vocab_size"]
    yield "model.embed_tokens.weight", [vocab, hidden]
    for i in range(CONFIG["num_hidden_layers"]):
        layer = f"model.layers.{i}"
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            yield f"{layer}.self_attn.{name}.weight", [hidden, hidden]
        yield f"{layer}.mlp.gate_proj.weight", [ffn, hidden]
        yield f"{layer}.mlp.up_proj.weight", [ffn, hidden]
        yield f"{layer}.mlp.down_proj.weight", [hidden, ffn]
        yield f"{layer}.input_layernorm.weight", [hidden]
        yield f"{layer}.post_attention_layernorm.weight", [hidden]
    yield "model.norm.weight", [hidden]
    yield "lm_head.weight", [vocab, hidden]


def write_checkpoint(folder):
    """Gives the bytes of its weights."""
    header, end = {}, 0
    for name, shape in shapes():
        begin = end
        end += 2 * shape[0] * (shape[1] if len(shape) == 2 else 1)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + end)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    return end


def rss_anon(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("RssAnon")), 0)


def run_watched(*words):
    """Output of a command that has to succeed, its greatest RssAnon, its seconds."""
    begin, most = time.monotonic(), 0
    with subprocess.Popen([str(LATHE), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            most = max(most, rss_anon(process.pid))
            time.sleep(0.002)
        out, error = process.communicate()
    if process.returncode != 0:
        raise AssertionError(f"{words}: {error}")
    return out, most, time.monotonic() - begin


def available():
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable"):
            return int(line.split()[1]) * 1024
    return 0


class LargeModel(unittest.TestCase):
    def test_memory_is_bounded(self):
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch) / "model"
            folder.mkdir()
            file_bytes = write_checkpoint(folder)
            engine = pathlib.Path(scratch) / "e"
            out, most, seconds = run_watched("build", folder, "--output", engine, "--json")
            print(f"build: RssAnon at most {most / 1e6:.0f} MB (its own report: "
                  f"{json.loads(out)['peak_bytes'] / 1e6:.0f} MB), {seconds:.1f} s")
            self.assertLessEqual(max(most, json.loads(out)["peak_bytes"]), GB)
            facts = json.loads(subprocess.check_output([LATHE, "inspect", engine, "--json"]))
            packed = max(sum(held["bytes"] for held in formats.values()) for formats in facts["plans"][0]["weights"].values())
            self.assertLessEqual(packed, 1.05 * file_bytes)
            if available() < packed + 2 * GB:
                self.skipTest(f"a load needs {packed + 2 * GB} bytes of memory, {available()} are available")
            _, most, seconds = run_watched("inspect", engine, "--verify")
            print(f"load: RssAnon at most {most / 1e6:.0f} MB for {packed / 1e6:.0f} MB of packed weights, {seconds:.1f} s")
            self.assertGreater(most, packed / 2)  # it was looked at
            self.assertLessEqual(most, GB + packed)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
