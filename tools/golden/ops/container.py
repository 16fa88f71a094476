# SPDX-License-Identifier: Apache-2.0
"""Writes the cases of one op as a safetensors file: the tensors of problem 3 are "3.in0", "3.out0", …, and the metadata
"problems" says the rest as JSON. Floating values are stored in the narrowest type that holds them exactly: sixteenths
(i8 codes, -128 for NaN), bf16, f32 or f64; expected ones that need f64 are rounded to f32 unless the case is exact. Of a
state as an output only the elements that differ from the input state: "3.out1.keys" at the flat indices
"3.out1.keys.at"."""
import json

import numpy as np

from .case import DTYPES, Fixed, State, U4

NAMES = {"float32": "F32", "float64": "F64", "int8": "I8", "uint8": "U8", "int32": "I32", "int64": "I64", "bool": "BOOL"}
OURS = {"int8": "i8", "uint8": "u8", "int32": "i32", "int64": "i64", "bool": "bool"}


def is_bf16(array):
    bits = array.astype(np.float32).view(np.uint32)
    return np.array_equal(array.astype(np.float32), array, equal_nan=True) and not (bits & 0xFFFF).any()


def is_f16(array):
    with np.errstate(over="ignore"):
        return np.array_equal(array.astype(np.float16), array, equal_nan=True)


def sixteenths(array):
    """Codes of multiples of 1/16 from -127/16 to 127/16 and NaN; None where there is anything else."""
    codes = np.where(np.isnan(array), -128, array * 16)
    fits = np.isfinite(codes) & (codes == np.round(codes)) & (np.abs(codes) <= 128) & (codes != 128)
    fits &= (codes != -128) | np.isnan(array)
    negative_zero = np.signbit(array) & (array == 0)
    return codes.astype(np.int8) if fits.all() and not negative_zero.any() else None


def packed(array):
    """(safetensors dtype, bytes) of the narrowest type that holds a float64 array exactly."""
    array = np.ascontiguousarray(array, np.float64)
    codes = sixteenths(array)
    if codes is not None:
        return "I8", codes.tobytes()
    if is_bf16(array):
        return "BF16", (array.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).tobytes()
    single = rounded_to_f32(array)
    if np.array_equal(single, array, equal_nan=True):
        return "F32", single.astype(np.float32).tobytes()
    return "F64", array.tobytes()


def rounded_to_f32(array):
    """As float64 again; values beyond float32 stay."""
    with np.errstate(over="ignore"):
        single = array.astype(np.float32).astype(np.float64)
    return np.where(np.isinf(single), array, single)


def parts(operand):
    """(suffix, array) for each tensor of an operand."""
    if isinstance(operand, State):
        return [(".keys", operand.keys), (".values", operand.values)]
    return [("", operand.array if isinstance(operand, (Fixed, U4)) else operand)]


def dtype_of(operand):
    if isinstance(operand, Fixed):
        return operand.dtype
    if isinstance(operand, U4):
        return "u4"
    if isinstance(operand, State):
        return "state"
    return "float" if operand.dtype == np.float64 else OURS[operand.dtype.name]


def dtypes_of(case):
    if case.dtypes:
        return list(case.dtypes)
    exact = {"f32": lambda a: np.array_equal(a.astype(np.float32), a, equal_nan=True), "bf16": is_bf16, "f16": is_f16}
    floats = [array for operand in case.inputs if dtype_of(operand) in ("float", "state") for _, array in parts(operand)]
    depends = floats or "float" in json.dumps(case.attributes) or any(dtype_of(y) == "float" for y in case.outputs)
    kept = [dtype for dtype in DTYPES if all(exact[dtype](array) for array in floats)]
    assert kept, f"{case.name}: inputs are not exact in f32"
    return kept if depends else ["f32"]


def describe(operand):
    return {"dtype": dtype_of(operand), "shape": list(parts(operand)[0][1].shape)}


def problem(case):
    return {
        "name": case.name,
        "attributes": case.attributes,
        "dtypes": dtypes_of(case),
        "ulps": float(case.ulps),
        "slack": float(case.slack),
        "exact": case.exact,
        "inputs": [describe(operand) for operand in case.inputs],
        "outputs": [describe(operand) for operand in case.outputs],
    }


def stored(array, is_exact):
    """(safetensors dtype, shape, bytes)"""
    array = np.asarray(array)
    if array.dtype != np.float64:
        return NAMES[array.dtype.name], list(array.shape), np.ascontiguousarray(array).tobytes()
    dtype, data = packed(array if is_exact else rounded_to_f32(array))
    return dtype, list(array.shape), data


def changes(before, after):
    """Flat indices of the elements that differ, and what they become."""
    differ = ~((before == after) | (np.isnan(before) & np.isnan(after)))
    at = np.flatnonzero(differ).astype(np.int32)
    return at, np.asarray(after, np.float64).ravel()[at]


def tensors(index, case):
    """name -> (safetensors dtype, shape, bytes) of all operands of a case."""
    out = {}
    for place, operand in enumerate(case.inputs):
        for suffix, array in parts(operand):
            out[f"{index}.in{place}{suffix}"] = stored(array, True)
    for place, operand in enumerate(case.outputs):
        for number, (suffix, array) in enumerate(parts(operand)):
            name = f"{index}.out{place}{suffix}"
            if isinstance(operand, State):
                at, array = changes(parts(case.inputs[0])[number][1], array)
                out[f"{name}.at"] = stored(at, True)
            out[name] = stored(array, case.exact)
    return out


def write(path, cases):
    header = {"__metadata__": {"problems": json.dumps([problem(case) for case in cases], separators=(",", ":"))}}
    body = b""
    for index, case in enumerate(cases):
        for name, (dtype, shape, data) in tensors(index, case).items():
            header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
            body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)
