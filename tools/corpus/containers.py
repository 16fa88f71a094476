# SPDX-License-Identifier: Apache-2.0
"""Corpora of the container readers in lathe/base: safetensors and GGUF, whole or with one lie each."""
import struct

from formats import ARRAY, STRING, Case, Gguf, entry, safetensors

ONE = {"a": entry("F32", [2], 0, 8)}
EIGHT = b"\0" * 8


def safetensors_cases():
    two = {"b": entry("BF16", [2, 2], 8, 16), "a": entry("F32", [2], 0, 8), "none": entry("I64", [0, 3], 16, 16)}
    yield Case("empty", safetensors({}))
    yield Case("two", safetensors(two, b"\1" * 16))
    yield Case("metadata", safetensors({"__metadata__": {"format": "pt"}, **ONE}, EIGHT))
    yield Case("four_bits", safetensors({"a": entry("F4", [4], 0, 2)}, b"\0\0"))
    lies = {
        "short": (b"\1\2\3", "a header's size alone takes 8"),
        "huge_header": (safetensors("{}", size=1 << 40), "at most 100000000 are allowed"),
        "cut_header": (safetensors("{}", size=100), "truncated: a header of 100 bytes"),
        "no_object": (safetensors("[1]"), "expected '{'"),
        "bad_json": (safetensors("{nope"), "header: byte"),
        "negative_dim": (safetensors({"a": entry("F32", [-2], 0, 8)}, EIGHT), "from 0 on, got -2"),
        "overflow": (safetensors({"a": entry("F64", [1 << 40, 1 << 40], 0, 8)}, EIGHT), "no possible number of bytes"),
        "overflow_hidden": (safetensors({"a": entry("F64", [0, 1 << 40, 1 << 40], 0, 0)}), "no possible number of bytes"),
        "half_byte": (safetensors({"a": entry("F4", [3], 0, 2)}, EIGHT), "no possible number of bytes"),
        "three_offsets": (safetensors({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4, 8]}}, EIGHT),
                          "expected [begin, end], got 3 numbers"),
        "reversed": (safetensors({"a": entry("F32", [2], 8, 0)}, EIGHT), "begin 8 is behind end 0"),
        "truncated_data": (safetensors({"a": entry("F32", [4], 0, 16)}, EIGHT), "the file holds 8 bytes of data"),
        "extra_field": (safetensors({"a": {**entry("F32", [2], 0, 8), "x": 1}}, EIGHT), "got 4 fields"),
        "no_dtype": (safetensors({"a": {"shape": [2], "data_offsets": [0, 8]}}, EIGHT), "dtype"),
        "unknown_dtype": (safetensors({"a": entry("Q9", [2], 0, 8)}, EIGHT), "unknown dtype 'Q9'"),
        "wrong_size": (safetensors({"a": entry("F32", [3], 0, 8)}, EIGHT), "takes 12 bytes, data_offsets span 8"),
        "twice": (safetensors('{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},'
                              ' "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}', EIGHT), "listed twice"),
        "metadata_twice": (safetensors('{"__metadata__": {"k": "1", "k": "2"}}'), "given twice"),
        "metadata_number": (safetensors({"__metadata__": {"k": 1}}), "expected a string"),
        "entry_no_object": (safetensors({"a": 3}), "expected an object"),
        "overlap": (safetensors({"a": entry("F32", [2], 0, 8), "b": entry("F32", [1], 4, 8)}, EIGHT), "overlap"),
        "hole": (safetensors({"a": entry("F32", [1], 0, 4), "b": entry("F32", [1], 8, 12)}, b"\0" * 12),
                 "a hole of 4 bytes before tensor 'b'"),
        "behind": (safetensors(ONE, b"\0" * 12), "4 bytes of data behind the last tensor"),
    }
    yield from (Case(name, data, expected) for name, (data, expected) in lies.items())


def every_type():
    gguf = Gguf()
    values = {"uint8": 200, "int8": -3, "uint16": 60000, "int16": -300, "uint32": 4000000000, "int32": -70000,
              "float32": 1e-5, "bool": 1, "string": "words", "uint64": 1 << 63, "int64": -1, "float64": 0.25}
    for kind, value in values.items():
        gguf.set(f"one.{kind}", kind, value).array(f"some.{kind}", kind, [value, value])
    gguf.set("small", "uint64", 7).set("infinite", "float32", float("inf")).array("nothing", "int32", [])
    return gguf


def gguf_cases():
    model = Gguf().set("general.alignment", "uint32", 32).tensor("a", [2, 32], 2).tensor("b", [3]).tensor("c", [], 0)
    yield Case("model", model.bytes())
    yield Case("version_2", Gguf(version=2).tensor("a", [4]).bytes())
    yield Case("every_type", every_type().bytes())
    yield Case("aligned_64", Gguf(alignment=64).set("general.alignment", "uint32", 64).tensor("a", [4])
               .tensor("b", [4]).bytes())
    yield Case("empty_tensor", Gguf().tensor("a", [0, 4]).tensor("b", [4]).bytes())

    def extra(**counts):
        gguf = Gguf().set("k", "uint32", 1)
        for name, value in counts.items():
            setattr(gguf, name, value)
        return gguf.bytes()

    lies = {
        "no_magic": (b"GGML" + b"\0" * 20, "does not start with GGUF"),
        "short": (b"GG", "does not start with GGUF"),
        "version_1": (Gguf(version=1).bytes(), "GGUF version 1"),
        "big_endian": (Gguf(version=3 << 24).bytes(), "a big-endian GGUF file"),
        "many_tensors": (extra(extra_tensors=1 << 60), "tensors announced"),
        "many_keys": (extra(extra_keys=1 << 60), "metadata keys announced"),
        "missing_key": (extra(extra_keys=1), "metadata key 1: a name of 0 bytes"),
        "missing_tensor": (extra(extra_tensors=1), "tensor 0"),
        "no_name": (Gguf().set("", "uint32", 1).bytes(), "a name of 0 bytes"),
        "key_twice": (Gguf().set("k", "uint32", 1).set("k", "uint32", 1).bytes(), "metadata 'k': is given twice"),
        "unknown_type": (Gguf().raw("k", 99, b"").bytes(), "unknown value type 99"),
        "array_of_arrays": (Gguf().raw("k", ARRAY, struct.pack("<IQ", ARRAY, 1)).bytes(), "arrays of arrays"),
        "many_strings": (Gguf().array("k", "string", ["a"], count=1 << 50).bytes(), "strings announced"),
        "many_numbers": (Gguf().array("k", "int32", [1], count=1 << 62).bytes(), "elements of int32 announced"),
        "long_string": (Gguf().raw("k", STRING, struct.pack("<Q", 1 << 40)).bytes(), "truncated"),
        "no_bool": (Gguf().raw("k", 7, b"\2").bytes(), "a bool that is neither 0 nor 1"),
        "five_dims": (Gguf().tensor("a", [1] * 5).bytes(), "5 dims, GGUF allows 4"),
        "vast_dim": (Gguf().info("a", [1 << 63], 0, 0).bytes(), "a dim of 9223372036854775808"),
        "unknown_ggml": (Gguf().info("a", [4], 77, 0).bytes(), "unknown ggml type 77"),
        "half_block": (Gguf().info("a", [2, 33], 2, 0).bytes(), "no whole blocks of 32 (q4_0)"),
        "overflow": (Gguf().info("a", [1 << 40, 1 << 40], 0, 0).bytes(), "more than 2^63 bytes"),
        "overflow_hidden": (Gguf().info("a", [1 << 40, 1 << 40, 0], 0, 0).bytes(), "more than 2^63 bytes"),
        "tensor_twice": (Gguf().tensor("a", [4]).tensor("a", [4]).bytes(), "tensor 'a': is listed twice"),
        "alignment_3": (Gguf().set("general.alignment", "uint32", 3).bytes(), "expected a power of two"),
        "alignment_text": (Gguf().set("general.alignment", "string", "x").bytes(), "expected an integer, got string"),
        "crooked": (Gguf().info("a", [1], 0, 4).bytes(), "its offset 4 is no multiple of 32"),
        "truncated_data": (Gguf().info("a", [4], 0, 0).bytes(), "needs 16 bytes at offset 0"),
        "overlap": (Gguf().tensor("a", [16]).info("b", [4], 0, 32).bytes(), "tensors 'a' and 'b' overlap"),
    }
    yield from (Case(name, data, expected) for name, (data, expected) in lies.items())


CORPORA = {"safetensors_fuzz": safetensors_cases, "gguf_fuzz": gguf_cases}
