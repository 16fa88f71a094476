# SPDX-License-Identifier: Apache-2.0
"""Corpus of the engine reader: a small whole engine.json, and the same with one lie each."""
import copy
import json

from formats import Case

PLAIN = {"name": "plain", "code_dtype": "f32", "scale_dtype": "f16", "block_cols": 1, "code_offset": 0,
         "has_minimums": False}


def weight(name, shape, **changes):
    return {"name": name, "sources": [{"tensor": name, "transposed": False}], "source_rows": [shape[0]],
            "shape": shape, "format": PLAIN, "part": "values", "layout": "", "target": -1, "code": "", **changes}


def value(name, kind, storage, index=-1, offset=0):
    return {"name": name, "type": kind, "storage": storage, "index": index, "offset": offset}


def step(op, attributes, operands, outputs, **choice):
    choice = {"up_to_tokens": 0, "kernel": f"{op}.cpu.ref", "inputs": operands, "workspace_bytes": 0, "code": "",
              **choice}
    return {"op": op, "attributes": attributes, "inputs": operands, "outputs": outputs,
            "kernels": [{"choices": [choice], "refused": 0, "fixed_bits": None}], "computes": []}


PLAN = {
    "name": "main", "targets": [{"device": "cpu", "isa": "avx2", "sm": 0}], "block_size": 64,
    "values": [value("x", "f32[tokens, 4]", "input"), value("w", "f32[3, 4]", "weight", 0),
               value("", "f32[tokens, 3]", "arena", offset=0), value("", "f32[tokens, 3]", "arena", offset="64*tokens"),
               value("", "f32[tokens, 3, 1]", "alias", 3), value("kv", "state[2, 8]", "state", 0)],
    "weights": [weight("w", [3, 4])],
    "states": [{"name": "kv", "dtype": "f32",
                "spec": {"kv_heads": 2, "head_dim": 8, "window": 0, "sink_tokens": 0}}],
    "steps": [step("matmul", {"transpose_b": True}, [0, 1], [2]), step("unary", {"kind": "silu"}, [2], [3])],
    "refusals": [[{"kernel": "other", "why": "too odd"}]],
    "outputs": [{"name": "y", "value": 4}], "sampler": "",
    "arena_bytes": "128*tokens",
}
MANIFEST = {
    "format_version": 4, "lathe_version": "0.1.0",
    "checkpoint": {"path": "/models/tiny", "fingerprint": "0123456789abcdef", "dummy_seed": None,
                   "self_contained": False},
    "model": {"family": "llama", "vocab": 3, "max_seq_len": 64, "eos_ids": [2], "generation": {}},
    "dtype": "auto", "files": [{"name": "tokenizer.json", "bytes": 2, "hash": "00"}], "plans": [PLAN],
    "hash": "",
}


# A linear over a weight that is packed for the one target, beside the tensor as it was.
LINEAR = {"format": PLAIN, "input_block": 0, "bias": False, "activation": None, "gated": False, "residual": False,
          "dtype": None}
PACKED = {
    **PLAN,
    "values": [value("x", "f32[tokens, 4]", "input"), value("w", "f32[32, 4]", "weight", 0),
               value("w", "u8[512]", "weight", 1), value("", "f32[tokens, 32]", "arena")],
    "weights": [weight("w", [32, 4]), weight("w", [32, 4], layout="f32.panel32", target=0)], "states": [],
    "steps": [step("linear", LINEAR, [0, 1], [3], kernel="linear.cpu.avx2.f32", inputs=[0, 2],
                   workspace_bytes="64*tokens")],
    "outputs": [{"name": "y", "value": 3}], "arena_bytes": "192*tokens",
}

# One for a GPU: every step, weight and the sampler name their code.
HASH = "/0123456789abcdef"
GPU = {
    **PLAN, "targets": [{"device": "cuda", "isa": "avx2", "sm": 90}],
    "values": [value("x", "f32[tokens, 4]", "input"), value("w", "f32[3, 4]", "weight", 0),
               value("", "f32[tokens, 3]", "arena")],
    "weights": [weight("w", [3, 4], code="fill.rows.f32" + HASH)], "states": [],
    "steps": [step("linear", LINEAR, [0, 1], [2], kernel="linear.cuda.any", code="linear.cuda.any" + HASH)],
    "outputs": [{"name": "logits", "value": 2}], "sampler": "sample" + HASH, "arena_bytes": "256*tokens",
}


def changed(path, new, plan=PLAN):
    """The manifest as text with the field at "plans.0.name" replaced; `new` may be a function of the old value."""
    manifest = copy.deepcopy({**MANIFEST, "plans": [plan]})
    place = manifest
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parents:
        place = place[part]
    place[last] = new(place[last]) if callable(new) else new
    return json.dumps(manifest).encode()


def plan(path, new):
    return changed(f"plans.0.{path}", new)


def packed(path, new):
    return changed(f"plans.0.{path}", new, PACKED)


def gpu(path, new):
    return changed(f"plans.0.{path}", new, GPU)


Q8_0 = {**PLAIN, "name": "q8_0", "code_dtype": "i8", "block_cols": 32}
CHOICE = PLAN["steps"][0]["kernels"][0]["choices"][0]
FIRST_CHOICE = "steps.0.kernels.0.choices.0"

LIES = {
    "no_json": (b"{", "byte"),
    "no_version": (b"{}", "format_version"),
    "version_1": (changed("format_version", 1), "format_version 1, this program reads 4; rebuild"),
    "unknown_field": (json.dumps({**MANIFEST, "x": 1}).encode(), "unknown field 'x'"),
    "no_plans": (changed("plans", []), "plans: an engine without a plan"),
    "file_outside": (changed("files.0.name", "../tokenizer.json"), "is not a name in the folder"),
    "file_absolute": (changed("files.0.name", "/etc/passwd"), "is not a name in the folder"),
    "file_empty": (changed("files.0.name", ""), "is not a name in the folder"),
    "no_targets": (plan("targets", []), "a plan without targets"),
    "isa": (plan("targets.0.isa", "sse2"), "expected one of avx2"),
    "block_size_3": (plan("block_size", 3), "expected a power of two up to 4096, got 3"),
    "negative_shape": (plan("weights.0.shape", [3, -4]), "shape: a negative size, -4"),
    "vast_shape": (plan("weights.0", weight("w", [3, 1 << 62])), "weight 'w'"),
    "no_sources": (plan("weights.0.sources", []), "sources: 0, source_rows: 1"),
    "rows_do_not_sum": (plan("weights.0.source_rows", [2]), "source_rows sum to 2"),
    "format_does_not_fit": (plan("weights.0.format", Q8_0), "format 'q8_0' does not fit the shape"),
    "unknown_layout": (plan("weights.0", weight("w", [3, 4], layout="none", target=0)),
                       "layout 'none' is not one of this program's"),
    "layout_target": (plan("weights.0", weight("w", [3, 4], layout="none", target=7)), "target: index 7"),
    "weight_index": (plan("values.1.index", 4), "weight: index 4 is not below 1"),
    "symbolic_weight": (plan("values.1.type", "f32[tokens, 4]"), "a weight of symbolic shape"),
    "weight_size": (plan("values.1.type", "f32[3, 5]"), "has 48 bytes, its value f32[3, 5] 60"),
    "bad_type": (plan("values.0.type", "f33[2]"), "f33"),
    "product_of_symbols": (plan("values.2.type", "f32[tokens, tokens]"), "value 2"),
    "state_type": (plan("values.5.type", "state[2, 9]"), "expected state[2, 8], got state[2, 9]"),
    "state_heads": (plan("states.0.spec.kv_heads", 0), "state: expected"),
    "alias_forward": (plan("values.4.index", 5), "an alias of value 5, which does not stand before it"),
    "alias_size": (plan("values.4.type", "f32[tokens, 4]"), "an alias of type f32[tokens, 4] to f32[tokens, 3]"),
    "unknown_op": (plan("steps.0.op", "matmull"), "matmull"),
    "unknown_attribute": (plan("steps.0.attributes", {"transpose_b": True, "x": 1}), "unknown field 'x'"),
    "operand_index": (plan("steps.0.inputs", [0, 99]), "operand: index 99"),
    "used_before": (plan("steps.0.inputs", [3, 1]), "value 3 is used before it is computed"),
    "output_is_input": (plan("steps.0.outputs", [0]), "output 0 is no computed value"),
    "output_type": (plan("values.2.type", "f32[tokens, 5]"), "outputs: expected f32[tokens, 3], got f32[tokens, 5]"),
    "no_table": (plan("steps.0.kernels", []), "kernels: expected a table a target"),
    "no_choice": (plan("steps.0.kernels.0.choices", []), "the last choice has to serve any number of tokens"),
    "limited_choice": (plan("steps.0.kernels.0.choices.0.up_to_tokens", 4), "the last choice has to serve"),
    "falling_choices": (plan("steps.0.kernels.0.choices", [{**CHOICE, "up_to_tokens": n} for n in (8, 4, 0)]),
                        "token ranges do not ascend"),
    "refusals_index": (plan("steps.0.kernels.0.refused", 1), "refused: index 1 is not below 1"),
    "refusals_below": (plan("steps.0.kernels.0.refused", -2), "refused: index -2"),
    "unknown_kernel": (plan("steps.0.kernels.0.choices.0.kernel", "matmul.cpu.magic"),
                       "kernel 'matmul.cpu.magic' is not one of this program's for matmul"),
    "another_ops_kernel": (plan("steps.0.kernels.0.choices.0.kernel", "unary.cpu.ref"),
                           "kernel 'unary.cpu.ref' is not one of this program's for matmul"),
    "workspace": (plan("steps.0.kernels.0.choices.0.workspace_bytes", 64), "needs 0 bytes of workspace, got 64"),
    "code_on_a_cpu": (plan("steps.0.kernels.0.choices.0.code", "matmul.cpu.ref/0123456789abcdef"),
                      "kernel matmul.cpu.ref: code: expected none, got 'matmul.cpu.ref/0123456789abcdef'"),
    "filler_on_a_cpu": (plan("weights.0.code", "fill.rows.f32/0123456789abcdef"),
                        "weight 'w': code: expected none in a plan for a CPU"),
    "sampler_on_a_cpu": (plan("sampler", "sample/0123456789abcdef"), "sampler: expected sample and a hash in a plan for a GPU"),
    "other_operands": (plan("steps.0.kernels.0.choices.0.inputs", [0, 0]), "the kernel's operands are not the step's"),
    "output_undefined": (plan("outputs.0.value", 17), "output 'y': operand: index 17"),
    "small_arena": (plan("arena_bytes", "64*tokens"), "are not in the arena"),
    "crooked_offset": (plan("values.3.offset", "64*tokens+4"), "are not in the arena"),
    "negative_offset": (plan("values.3.offset", "64*tokens-128"), "are not in the arena"),
    "overlap": (plan("values.3.offset", 0), "values 2 and 3 overlap in the arena while both are live"),
    "block_format": (plan("weights.0", weight("w", [3, 32], format=Q8_0, part="scales")),
                     "has 6 bytes, its value f32[3, 4] 48"),
    "offset_at_the_end": (plan("values.3.offset", (1 << 63) - 64), "are not in the arena"),
    "arena_far_below": (packed("arena_bytes", -(1 << 63)),
                        "arena_bytes: -9223372036854775808, expected at least the workspace of 64"),
    "bad_dim": (plan("arena_bytes", "tokens**2"), "arena_bytes"),
    "kernel_refuses": (gpu(f"{FIRST_CHOICE}.kernel", "linear.cpu.ref"), "kernel linear.cpu.ref refuses: "),
    "packed_missing": (packed(f"{FIRST_CHOICE}.inputs", [0]), "a packed weight is missing"),
    "packed_is_input": (packed(f"{FIRST_CHOICE}.inputs", [0, 0]), "a packed weight that is no weight"),
    "packed_is_not": (packed(f"{FIRST_CHOICE}.inputs", [0, 1]), "weight 'w' is not packed for linear.cpu.avx2.f32"),
    "packed_operands": (packed(f"{FIRST_CHOICE}.inputs", [0, 2, 0]), "the kernel's operands are not the step's"),
    "packed_vector": (packed("weights.1", weight("w", [32], layout="f32.panel32", target=0)),
                      "a packed weight that is no matrix"),
    "packed_bytes": (packed("values.2.type", "u8[511]"), "weight 'w' has 512 bytes, its value u8[511] 511"),
    "filler_layout": (gpu("weights.0.code", "fill.mma.f32" + HASH), "code: expected fill.rows.f32 and a hash, got"),
    "filler_dtype": (gpu("weights.0.format.code_dtype", "i8"), "code: no GPU fills i8 in the layout ''"),
    "filler_hash": (gpu("weights.0.code", "fill.rows.f32/0123"), "code: expected fill.rows.f32 and a hash, got"),
    "kernel_without_code": (gpu(f"{FIRST_CHOICE}.code", ""), "code: expected its name and a hash, got ''"),
    "sampler_without_logits": (gpu("outputs.0.name", "y"), "in a plan for a GPU with logits"),
    "sampler_of_another_name": (gpu("sampler", "draw" + HASH), "sampler: expected sample and a hash"),
}


def cases():
    yield Case("whole", json.dumps(MANIFEST).encode())
    yield Case("packed", packed("name", "main"))
    yield Case("gpu", gpu("name", "main"))
    yield Case("two_ranges", plan("steps.0.kernels.0.choices", [{**CHOICE, "up_to_tokens": 16}, CHOICE]))
    yield from (Case(name, data, expected) for name, (data, expected) in LIES.items())


CORPORA = {"manifest_fuzz": cases}
