# SPDX-License-Identifier: Apache-2.0
"""Corpora of the checkpoint readers in lathe/weights: GGUF translations and safetensors indexes."""
import json
import struct

from formats import Case, Gguf

FLOAT = {name: "float32" for name in ("attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon",
                                      "rope.freq_base", "rope.scaling.factor", "rope.scaling.attn_factor",
                                      "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow",
                                      "rope.scale_linear")}
SIZES = {"embedding_length": 8, "feed_forward_length": 16, "block_count": 1, "attention.head_count": 2,
         "context_length": 64, "attention.layer_norm_rms_epsilon": 1e-5}


def model(architecture="llama", **changes):
    """A file of that architecture with a key changed or, with None, left out; `a__b` stands for the key a.b."""
    gguf = Gguf().set("general.architecture", "string", architecture)
    for key, value in {**SIZES, **{key.replace("__", "."): value for key, value in changes.items()}}.items():
        if value is None:
            continue
        if isinstance(value, list):
            gguf.array(f"{architecture}.{key}", "int32", value)
        elif isinstance(value, str):
            gguf.set(f"{architecture}.{key}", "string", value)
        else:
            gguf.set(f"{architecture}.{key}", FLOAT.get(key, "uint32"), value)
    return gguf.tensor("token_embd.weight", [5, 8])


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def translated():
    layer = model(attention__head_count_kv=1, rope__dimension_count=2, attention__sliding_window=4)
    layer.tensor("blk.0.attn_q.weight", [8, 8]).tensor("blk.0.attn_k.weight", [4, 8]).tensor("blk.0.attn_q.bias", [8])
    layer.tensor("blk.0.ffn_up.bias", [16]).tensor("output.weight", [5, 8]).tensor("blk.x.odd", [1]).tensor("plain", [1])
    yield Case("llama", layer.bytes())
    yield Case("qwen3", model("qwen3", attention__key_length=6).tensor("blk.0.attn_q_norm.weight", [6]).bytes())
    yield Case("glm4", model("glm4").tensor("blk.0.post_ffw_norm.weight", [8]).bytes())
    yield Case("glm", model("chatglm").bytes())
    yield Case("chatglm", model("chatglm", attention__head_count_kv=1).tensor("blk.0.attn_qkv.weight", [16, 8])
               .bytes())
    yield Case("gpt2", model("gpt2", attention__layer_norm_epsilon=1e-5).tensor("blk.0.attn_qkv.weight", [24, 8]).bytes())
    yield Case("heads_a_layer", model(attention__head_count=[2, 2]).bytes())
    yield Case("linear", model(rope__scaling__type="linear", rope__scaling__factor=2.0).bytes())
    yield Case("scale_linear", model(rope__scale_linear=4.0).bytes())
    yield Case("scale_one", model(rope__scale_linear=1.0).bytes())
    yield Case("yarn", model(rope__scaling__type="yarn", rope__scaling__factor=4.0, rope__scaling__attn_factor=1.0,
                             rope__scaling__original_context_length=16, rope__scaling__yarn_beta_fast=32.0).bytes())
    yield Case("factors", model().tensor("rope_freqs.weight", [2], 0, floats(1, 8)).bytes())
    yield Case("single_split", model().set("split.count", "uint16", 1).bytes())
    yield Case("generation", model().set("tokenizer.ggml.eos_token_id", "uint32", 2)
               .set("tokenizer.ggml.eot_token_id", "uint32", 3).set("general.sampling.temp", "float32", 0.7)
               .set("tokenizer.ggml.bos_token_id", "uint32", 1).bytes())


def tokenizer():
    return (model().set("tokenizer.ggml.model", "string", "gpt2").array("tokenizer.ggml.tokens", "string", ["a", "b"])
            .array("tokenizer.ggml.merges", "string", ["a b"]).array("tokenizer.ggml.token_type", "int32", [1, 3])
            .array("tokenizer.ggml.scores", "float32", [0.5, 1]).set("tokenizer.ggml.unknown_token_id", "uint32", 0)
            .set("tokenizer.ggml.add_bos_token", "bool", 1))


def refused():
    unsupported = model().tensor("a", [32], 6).tensor("b", [32], 6)
    lies = {
        "no_architecture": (Gguf().bytes(), "metadata 'general.architecture' is missing"),
        "architecture_number": (Gguf().set("general.architecture", "uint32", 1).bytes(), "expected a string, got uint32"),
        "unknown_architecture": (model("bert").bytes(), "GGUF architecture 'bert' is not read; these are: llama"),
        "no_embedding": (Gguf().set("general.architecture", "string", "llama").bytes(), "'token_embd.weight' is missing"),
        "flat_embedding": (Gguf().set("general.architecture", "string", "llama").tensor("token_embd.weight", [4]).bytes(),
                           "has 1 dims, expected 2"),
        "no_heads": (model(attention__head_count=None).bytes(), "metadata 'llama.attention.head_count' is missing"),
        "zero_heads": (model(attention__head_count=0).bytes(), "expected a number from 1 to"),
        "uneven_layers": (model(attention__head_count=[2, 4]).bytes(), "layers with different numbers of heads"),
        "negative_heads": (model(attention__head_count=[-2]).bytes(), "expected a positive number, got -2"),
        "no_head_size": (model(embedding_length=7).bytes(), "7 is no multiple of 2 heads"),
        "wide_rope": (model(rope__dimension_count=6).bytes(), "rope.dimension_count is 6, a head has 4"),
        "zero_eps": (model(attention__layer_norm_rms_epsilon=0.0).bytes(), "expected a positive number, got 0"),
        "experts": (model(expert_count=8).bytes(), "llama.expert_count is 8"),
        "type_q5": (unsupported.bytes(), "q5_0: 'a' and 1 more"),
        "split": (model().set("split.count", "uint16", 3).bytes(), "split into 3 GGUF files"),
        "odd_rows": (model().tensor("blk.0.attn_q.weight", [6, 8]).bytes(), "6 rows do not divide into pairs of 2 heads"),
        "same_name": (model().tensor("model.norm.weight", [8]).tensor("output_norm.weight", [8]).bytes(),
                      "two tensors are 'model.norm.weight'"),
        "rope_type": (model(rope__scaling__type="warp").bytes(), "expected none, linear or yarn, got 'warp'"),
        "rope_type_number": (model(rope__scaling__type=1).bytes(), "expected a string"),
        "no_factor": (model(rope__scaling__type="linear").bytes(), "'llama.rope.scaling.factor' is missing"),
        "factors_and_linear": (model(rope__scale_linear=2.0).tensor("rope_freqs.weight", [2], 0, floats(1, 1)).bytes(),
                               "frequency factors together with rope scaling linear"),
        "factors_rank": (model().tensor("rope_freqs.weight", [1, 2]).bytes(), "expected f32 with one dim"),
        "factors_zero": (model().tensor("rope_freqs.weight", [2]).bytes(), "factor 0 is not a positive number"),
        "factors_count": (model().tensor("rope_freqs.weight", [3], 0, floats(1, 1, 1)).bytes(), "3 factors, expected 2"),
        "tokens_number": (model().set("tokenizer.ggml.tokens", "uint32", 1).bytes(), "expected an array of strings"),
        "merges_numbers": (model().array("tokenizer.ggml.merges", "int32", [1]).bytes(), "got an array of int32"),
        "types_text": (model().set("tokenizer.ggml.token_type", "string", "x").bytes(), "expected an array of int32"),
        "scores_text": (model().set("tokenizer.ggml.scores", "string", "x").bytes(), "expected an array of float32"),
    }
    yield from (Case(name, data, expected) for name, (data, expected) in lies.items())


def gguf_cases():
    yield from translated()
    yield Case("tokenizer", tokenizer().bytes())
    yield from refused()


def index_cases():
    """JSON {"index": the index file's value or null, "shards": {file: [tensor names]}}."""
    def case(name, index, shards, expected="ok"):
        return Case(name, json.dumps({"index": index, "shards": shards}).encode(), expected)

    a, b = "a.safetensors", "b.safetensors"
    whole = {"metadata": {"total_size": 8}, "weight_map": {"x": a, "y": b}}
    yield case("whole", whole, {a: ["x"], b: ["y"]})
    yield case("left_out", whole, {a: ["x", "z"], b: ["y"]})
    yield case("no_index", None, {a: ["x"], b: ["y"]})
    yield case("two_files", None, {a: ["x"], b: ["x"]}, "tensor 'x' is in a.safetensors and in b.safetensors")
    yield case("elsewhere", whole, {a: ["y"], b: ["x"]}, "places tensor 'x' in a.safetensors, but it is in b.safetensors")
    yield case("missing", whole, {a: ["x"]}, "places tensor 'y' in b.safetensors, but no file has it")
    yield case("no_map", {}, {}, "weight_map")
    yield case("empty_map", {"weight_map": {}}, {}, "names no tensors")
    yield case("map_number", {"weight_map": {"x": 3}}, {}, "'x': expected a string")
    for number, name in enumerate(["../a.safetensors", "/a.safetensors", "", "a.bin", "a\0.safetensors", "d/a.safetensors"]):
        yield case(f"outside_{number}", {"weight_map": {"x": name}}, {}, "expected the name of a .safetensors file")
    yield Case("twice", b'{"index": {"weight_map": {"x": "a.safetensors", "x": "a.safetensors"}}, "shards": {}}', "listed twice")


CORPORA = {"gguf_checkpoint_fuzz": gguf_cases, "hf_index_fuzz": index_cases}
