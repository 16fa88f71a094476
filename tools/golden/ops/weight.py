# SPDX-License-Identifier: Apache-2.0
"""Ops on weights, plain and in block formats: linear, embedding, dequantize; and quantize."""
import numpy as np
import scipy.special

from .case import Case, Fixed, U4, draw, draw_f32, draw_int, problems

PLAIN = {"name": "plain", "code_dtype": "float", "scale_dtype": "f16", "block_cols": 1, "code_offset": 0, "has_minimums": False}
ACTIVATIONS = {
    "silu": lambda x: x * scipy.special.expit(x),
    "gelu": lambda x: x * scipy.special.ndtr(x),
    "gelu_tanh": lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "quick_gelu": lambda x: x * scipy.special.expit(1.702 * x),
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
}


def block_format(name, **changes):
    u4 = name != "q8_0"
    made = {"name": name, "code_dtype": "u4" if u4 else "i8", "scale_dtype": "f16", "block_cols": 32,
            "code_offset": 8 if name == "q4_0" else 0, "has_minimums": name == "q4_1"}
    return made | changes


FORMATS = [
    block_format("q8_0"),
    block_format("q4_0"),
    block_format("q4_1"),
    block_format("q8_0", scale_dtype="f32", block_cols=16),
    block_format("q4_1", scale_dtype="bf16", block_cols=64),
]


def coded(form, rows, cols, seed):
    """(operands, values [rows, cols], codes less offset, scales, minimums)"""
    if form["code_dtype"] == "u4":
        codes = draw_int(rows, cols, dtype=np.uint8, low=0, high=15, seed=seed)
        operands = [U4(codes)]
    else:
        codes = draw_int(rows, cols, dtype=np.int8, low=-127, high=127, seed=seed)
        operands = [codes]
    blocks = (rows, cols // form["block_cols"])
    scales = draw(*blocks, low=0.0625, high=1.0, seed=(seed, "scale")) / 8
    minimums = draw(*blocks, low=-2.0, high=0.0, seed=(seed, "minimum")) if form["has_minimums"] else np.zeros(blocks)
    operands.append(Fixed(scales, form["scale_dtype"]))
    if form["has_minimums"]:
        operands.append(Fixed(minimums, form["scale_dtype"]))
    shifted = codes.astype(np.float64) - form["code_offset"]
    spread = lambda per_block: np.repeat(per_block, form["block_cols"], axis=1)
    return operands, shifted * spread(scales) + spread(minimums), shifted, scales, minimums


def quantized(x, block):
    """Codes and scales as the op's formula says, in f32."""
    blocks = x.astype(np.float32).reshape(*x.shape[:-1], x.shape[-1] // block, block)
    scales = np.abs(blocks).max(axis=-1, initial=0) / np.float32(127)
    divisor = np.where(scales > 0, scales, np.float32(1))
    codes = np.rint(blocks / divisor[..., None]).astype(np.int8)
    return codes.reshape(x.shape), scales.astype(np.float64)


@problems("dequantize")
def dequantize():
    for place, (form, shape) in enumerate((f, s) for f in FORMATS for s in ((1, 64), (5, 128), (3, 64), (0, 64), (17, 192))):
        operands, values, *_ = coded(form, *shape, seed=place)
        attributes = {"format": form, "dtype": "float"}
        yield Case(f"{form['name']}_{place}", attributes, operands, [values], ulps=4, slack=1e-6)


@problems("embedding")
def embedding():
    tables = [(7, 5), (33, 16), (1, 1), (129, 33)]
    for place, (vocab, hidden) in enumerate(tables):
        for tokens in (1, 9, 0):
            table, ids = draw(vocab, hidden, seed=place), draw_int(tokens, low=0, high=vocab - 1, seed=place)
            yield Case(f"plain_{place}_{tokens}", {"format": PLAIN, "dtype": "float"}, [ids, table], [table[ids]], exact=True)
    for place, form in enumerate(FORMATS):
        for tokens, hidden in ((1, 64), (11, 192)):
            operands, values, *_ = coded(form, 13, hidden, seed=place)
            ids = draw_int(tokens, low=0, high=12, seed=(place, tokens))
            yield Case(f"{form['name']}_{place}_{tokens}", {"format": form, "dtype": "float"}, [ids, *operands], [values[ids]],
                       ulps=4, slack=1e-6)
    for dtype in ("bf16", "f16"):  # what a CPU's plan has: 16-bit tables, f32 rows
        table, ids = draw(70, 33, seed=dtype), draw_int(9, low=0, high=69, seed=dtype)
        form = PLAIN | {"code_dtype": dtype}
        yield Case(f"{dtype}_to_f32", {"format": form, "dtype": "f32"}, [ids, Fixed(table, dtype)], [Fixed(table[ids], "f32")],
                   exact=True)
    table, ids = draw_f32(9, 31), np.array([8, 0, 8, 3], np.int32)
    yield Case("repeated_f32", {"format": PLAIN, "dtype": "float"}, [ids, table], [table[ids]], exact=True)


@problems("quantize")
def quantize():
    shapes = [((1, 32), 32), ((3, 64), 32), ((2, 3, 96), 16), ((5, 7), 7), ((4, 12), 1), ((0, 32), 32), ((128,), 64), ((2, 256), 128)]
    for place, (shape, block) in enumerate(shapes):
        for name, x in (("short", draw(*shape, seed=place)), ("f32", draw_f32(*shape, seed=place, low=-9.0, high=9.0))):
            codes, scales = quantized(x, block)
            yield Case(f"{name}_{place}", {"block": block}, [x], [codes, Fixed(scales, "f32")], ulps=2)
    special = {"zeros": [0.0] * 4, "negative_zero": [-0.0, 0.0, -0.0, 1.0], "ties": [127.0, 0.5, 1.5, -2.5], "equal": [-3.0] * 4}
    for name, row in special.items():
        x = np.array([row * 2])
        codes, scales = quantized(x, 8)
        yield Case(name, {"block": 8}, [x], [codes, Fixed(scales, "f32")], ulps=2)
    for name, value in (("nan", np.nan), ("infinite", -np.inf)):
        x = np.array([[1.0, value, 2.0, 3.0], [1.0, 2.0, 3.0, 127.0]])
        codes = np.array([[0] * 4, [1, 2, 3, 127]], np.int8)
        scales = np.array([[np.abs(value)], [1.0]])
        yield Case(name, {"block": 4}, [x], [codes, Fixed(scales, "f32")], exact=True)


def linear_case(name, seed, shape, form=PLAIN, **fused):
    """shape: (leading dims, k, n). fused: input_block, bias, activation, gated, residual. weight_dtype: of a plain weight
    and its bias, where it does not follow the run's."""
    leading, k, n = shape
    make, weight_dtype = fused.pop("make", draw), fused.pop("weight_dtype", None)
    stored = (lambda array: Fixed(array, weight_dtype)) if weight_dtype else (lambda array: array)
    if weight_dtype:
        form = PLAIN | {"code_dtype": weight_dtype}
    attributes = {"format": form, "input_block": 0, "bias": False, "activation": None, "gated": False, "residual": False,
                  "dtype": None} | fused
    if form["name"] == "plain":
        weight = make(n, k, seed=(seed, "weight"))
        operands, slack = [stored(weight)], 1e-5
    else:
        operands, weight, *parts = coded(form, n, k, seed)
        slack = 1e-3
    x = make(*leading, k, seed=(seed, "x"), low=-2.0, high=2.0)
    if attributes["input_block"]:
        attributes["dtype"] = "float"
        codes, scales = quantized(x, attributes["input_block"])
        inputs = [codes, Fixed(scales, "f32")]
        x = codes.astype(np.float64) * np.repeat(scales, attributes["input_block"], axis=-1)
    else:
        inputs = [x]
    y = x @ weight.T
    inputs += operands
    if attributes["bias"]:
        bias = make(n, seed=(seed, "bias"))
        inputs.append(stored(bias))
        y = y + bias
    if attributes["activation"]:
        function = ACTIVATIONS[attributes["activation"]]
        y = function(y[..., : n // 2]) * y[..., n // 2 :] if attributes["gated"] else function(y)
    if attributes["residual"]:
        inputs.append(make(*y.shape, seed=(seed, "residual")))
        y = y + inputs[-1]
    magnitude = np.abs(y).max(initial=1.0)
    return Case(name, attributes, inputs, [y], ulps=64, slack=slack * magnitude)


@problems("linear")
def linear():
    shapes = [((1,), 5, 3), ((7,), 33, 17), ((2, 3), 16, 64), ((65,), 40, 31), ((0,), 8, 4), ((3,), 1, 1), ((), 12, 5), ((130,), 7, 33)]
    for place, shape in enumerate(shapes):
        yield linear_case(f"plain_{place}", place, shape)
        yield linear_case(f"plain_f32_{place}", place, shape, make=draw_f32, bias=place % 2 == 0)
    for place, activation in enumerate(ACTIVATIONS):
        yield linear_case(f"bias_{activation}", activation, ((3,), 24, 19), bias=True, activation=activation)
        yield linear_case(f"gated_{activation}", activation, ((5,), 17, 2 * (place + 15)), activation=activation, gated=True)
    yield linear_case("residual", 1, ((9,), 35, 21), residual=True)
    yield linear_case("all", 2, ((66,), 35, 42), bias=True, activation="silu", gated=True, residual=True)
    yield linear_case("bias_residual", 3, ((4,), 9, 6), bias=True, residual=True)
    for dtype in ("f32", "bf16"):
        case = linear_case(f"to_{dtype}", 4, ((4,), 9, 6), dtype=dtype)
        case.outputs = [Fixed(case.outputs[0], dtype)]
        yield case
    for dtype in ("bf16", "f16"):
        for place, shape in enumerate([((1,), 33, 37), ((4,), 64, 66), ((5,), 523, 35)]):
            yield linear_case(f"of_{dtype}_{place}", place, shape, weight_dtype=dtype, bias=place == 1)
        yield linear_case(f"of_{dtype}_gated", dtype, ((6,), 21, 70), weight_dtype=dtype, bias=True, activation="silu",
                          gated=True, residual=True)
    blocks = [((1,), 64, 3), ((5,), 128, 33), ((17,), 192, 16), ((0,), 64, 4), ((70,), 64, 18)]
    for form in FORMATS:
        for place, shape in enumerate(blocks):
            label = f"{form['name']}_{form['block_cols']}_{place}"
            yield linear_case(label, label, shape, form)
            yield linear_case(f"{label}_codes", label, shape, form, input_block=form["block_cols"], residual=place == 1)
        label = f"{form['name']}_{form['block_cols']}"
        yield linear_case(f"{label}_gated", label, ((3,), 64, 34), form, input_block=form["block_cols"], activation="silu", gated=True)
        yield linear_case(f"{label}_all", label, ((3,), 64, 34), form, bias=True, activation="silu", gated=True, residual=True)
