# SPDX-License-Identifier: Apache-2.0
"""The model files of the comparison, made once from the same GGUF and kept in the cache, and Lathe's engines of them."""
import json
import pathlib
import subprocess

from . import large_gguf

FORMATS = {"Q4_1": None, "Q4_0": "Q4_0", "Q8_0": "Q8_0", "BF16": "BF16"}  # None: the published file itself
# A decoder whose weights are beyond every cache, for the memory's limit: 1.4 GB in bf16. Its embedding is the last
# layer's weight too, so that a step reads all of them.
LARGE = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 2048, "intermediate_size": 5632,
         "num_hidden_layers": 14, "num_attention_heads": 16, "num_key_value_heads": 4, "head_dim": 128,
         "vocab_size": 32000, "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
         "hidden_act": "silu", "tie_word_embeddings": True, "bos_token_id": 1, "eos_token_id": 2}


def checked(command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"compare_cpu: {' '.join(map(str, command))}\n{done.stderr[-2000:]}")
    return done.stdout


def file_of(name, options):
    """The GGUF file of a format; the peers and Lathe read the same one."""
    kind = FORMATS[name]
    if kind is None:
        return options.model
    path = options.cache / f"smollm2-135m-instruct.{name}.gguf"
    if not path.exists():
        part = path.with_suffix(".part")
        checked([options.llama / "llama-quantize", "--allow-requantize", options.model, part, kind])
        part.rename(path)
    return path


def engine_of(name, options, *flags):
    engine = options.scratch / f"{name}.engine"
    if not engine.exists():
        checked([options.lathe, "build", file_of(name, options), "--output", engine, *flags])
    return engine


def fp32_engine(name, options):
    """The same file with its weights widened: what the others' answers are compared with."""
    engine = options.scratch / f"{name}-fp32.engine"
    if not engine.exists():
        checked([options.lathe, "build", file_of(name, options), "--dtype", "fp32", "--output", engine])
    return engine


def large_engine(name, options):
    """An engine of 1.2 GB of weights or more: bf16 ones are dummies, block formats come from a file of random codes."""
    engine = options.scratch / f"large-{name}.engine"
    if engine.exists():
        return engine
    if name == "BF16":
        source = options.scratch / "large.json"
        source.write_text(json.dumps(LARGE))
        flags = ["--dummy-weights", "1", "--dtype", "bf16"]
    else:
        source, flags = large_gguf.write(options.scratch / f"large-{name}.gguf", name), []
    checked([options.lathe, "build", source, *flags, "--output", engine])
    return engine


# The Declaration of Independence, the Gettysburg Address, the beginning of Alice in Wonderland, and chapters of Jane
# Austen's six novels (from Debian's r-cran-janeaustenr): 160 kB, because the perplexities of two engines of
# one file differ by chance on a short text.
PUBLIC_DOMAIN_TEXT = pathlib.Path(__file__).resolve().parents[1] / "data/public_domain.txt"
