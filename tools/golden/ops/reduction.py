# SPDX-License-Identifier: Apache-2.0
"""Reductions: reduce, softmax, cumsum, top_k."""
import numpy as np

from .case import Case, draw, draw_f32, draw_int, problems

REDUCE = {"sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min, "prod": np.prod}
AXES = [
    ((7,), [0], False),
    ((3, 5), [1], False),
    ((3, 5), [0], True),
    ((2, 3, 9), [-1, 0], False),
    ((2, 3, 9), [], False),
    ((4, 1, 6), [1], True),
    ((129,), [0], True),
    ((2, 3, 4, 5), [1, 2], True),
    ((), [], False),
]


@problems("reduce")
def reduce():
    for kind, function in REDUCE.items():
        for place, (shape, axes, keep_dims) in enumerate(AXES):
            low, high = (0.5, 1.5) if kind == "prod" else (-4.0, 4.0)
            x = draw(*shape, low=low, high=high, seed=kind)
            yield Case(f"{kind}_{place}", *reduced(kind, x, axes, keep_dims), ulps=256 if kind == "prod" else 2, slack=1e-4)
        x = draw_f32(5, 33, low=0.5, high=1.5)
        yield Case(f"{kind}_f32", *reduced(kind, x, [1], False), ulps=64)
        if kind != "mean":
            for dtype in (np.int8, np.uint8, np.int32, np.int64):
                x = draw_int(3, 7, dtype=dtype, low=1, high=90, seed=kind)
                y = function(x.astype(np.int64), axis=1).astype(dtype)  # wraps
                yield Case(f"{kind}_{np.dtype(dtype).name}", *reduced(kind, x, [1], False)[:2], [y])
    yield from reduce_specials()


def reduced(kind, x, axes, keep_dims):
    """(attributes, inputs, outputs)"""
    y = REDUCE[kind](x, axis=tuple(axes) or None, keepdims=keep_dims)
    return {"kind": kind, "axes": axes, "keep_dims": keep_dims}, [x], [np.asarray(y)]


def reduce_specials():
    with_nan = np.array([[1.0, np.nan, 3.0], [np.inf, 1.0, -np.inf], [0.0, -1.0, 2.0]])
    for kind in ("max", "min"):
        yield Case(f"{kind}_nan", *reduced(kind, with_nan, [1], False))
    over_nothing = {"sum": 0.0, "prod": 1.0, "mean": np.nan, "max": -np.inf, "min": np.inf}
    for kind, value in over_nothing.items():
        attributes = {"kind": kind, "axes": [1], "keep_dims": False}
        yield Case(f"{kind}_over_nothing", attributes, [np.zeros((3, 0))], [np.full(3, value)])
        yield Case(f"{kind}_of_nothing", attributes, [np.zeros((0, 3))], [np.zeros(0)])
    for kind, value in (("sum", 0), ("prod", 1), ("max", -128), ("min", 127)):
        attributes = {"kind": kind, "axes": [0], "keep_dims": True}
        yield Case(f"{kind}_int8_over_nothing", attributes, [np.zeros((0, 2), np.int8)], [np.full((1, 2), value, np.int8)])


SOFTMAX = [((7,), 0), ((3, 5), 1), ((3, 5), 0), ((2, 9, 3), 1), ((4, 33), -1), ((2, 3, 17), -2), ((1, 1), 0), ((5, 1), 1)]


@problems("softmax")
def softmax():
    for place, (shape, axis) in enumerate(SOFTMAX):
        for name, x in (("short", draw(*shape)), ("f32", draw_f32(*shape))):
            yield Case(f"{name}_{place}", *softmaxed(x, axis), ulps=16)
    shifted = draw(3, 129, low=-64.0, high=64.0)
    yield Case("wide", *softmaxed(shifted, -1), ulps=64, slack=1e-30)
    yield Case("large", *softmaxed(np.array([[30000.0, 29952.0], [-30000.0, -30000.0]]), 1))
    masked = np.array([[1.0, -np.inf, 2.0], [-np.inf, -np.inf, -np.inf], [np.inf, 0.0, 1.0], [np.nan, 0.0, 1.0]])
    with np.errstate(all="ignore"):
        yield Case("masked", *softmaxed(masked, 1), ulps=16)
    yield Case("empty_rows", *softmaxed(np.zeros((0, 3)), 1))
    yield Case("empty_axis", {"axis": 1}, [np.zeros((3, 0))], [np.zeros((3, 0))])


def softmaxed(x, axis):
    e = np.exp(x - np.max(x, axis, keepdims=True))
    return {"axis": axis}, [x], [e / e.sum(axis, keepdims=True)]


@problems("cumsum")
def cumsum():
    for place, (shape, axis) in enumerate(SOFTMAX):
        x = draw(*shape)
        yield Case(f"float_{place}", {"axis": axis}, [x], [np.cumsum(x, axis)], slack=1e-5)
        dtype = (np.int8, np.uint8, np.int32, np.int64)[place % 4]
        x = draw_int(*shape, dtype=dtype, low=0, high=90)
        y = np.cumsum(x.astype(np.int64), axis).astype(dtype)  # wraps
        yield Case(f"{np.dtype(dtype).name}_{place}", {"axis": axis}, [x], [y])
    x = draw_f32(3, 129, low=0.5)
    yield Case("f32", {"axis": 1}, [x], [np.cumsum(x, 1)], ulps=128)
    x = np.array([1.0, np.inf, 2.0, -np.inf, 3.0])
    with np.errstate(invalid="ignore"):
        yield Case("specials", {"axis": 0}, [x], [np.cumsum(x)])
    yield Case("empty_rows", {"axis": 1}, [np.zeros((0, 3))], [np.zeros((0, 3))])
    yield Case("empty_axis", {"axis": 0}, [np.zeros((0, 3))], [np.zeros((0, 3))])


TOP_K = [((7,), 3), ((3, 5), 1), ((3, 5), 5), ((2, 3, 9), 4), ((4, 33), 8), ((1, 129), 40), ((5, 1), 1), ((0, 4), 2)]


@problems("top_k")
def top_k():
    for place, (shape, k) in enumerate(TOP_K):
        yield Case(f"float_{place}", *largest(draw(*shape), k))
        yield Case(f"f32_{place}", *largest(draw_f32(*shape), k))
        dtype = (np.int8, np.uint8, np.int32, np.int64)[place % 4]
        yield Case(f"{np.dtype(dtype).name}_{place}", *largest(draw_int(*shape, dtype=dtype, low=0, high=3), k))
    yield Case("specials", *largest(np.array([[1.0, np.nan, np.inf, -np.inf, np.nan, 2.0]]), 5))
    yield Case("ties", *largest(np.array([2.0, 1.0, 2.0, 2.0, 3.0, 1.0]), 6))
    yield Case("int64_beyond_double", *largest(np.array([2**62, 2**62 + 1, 2**62 - 1]), 3))


def largest(x, k):
    """NaN first, then falling; equal ones in order of their index."""
    order = [sorted(range(len(row)), key=lambda i: (row[i] == row[i], -row[i], i)) for row in x.reshape(-1, x.shape[-1]).tolist()]
    indices = np.array(order, np.int32).reshape(x.shape)[..., :k]
    return {"k": k}, [x], [np.take_along_axis(x, indices, -1), indices]
