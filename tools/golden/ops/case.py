# SPDX-License-Identifier: Apache-2.0
"""What a golden problem of an op is, and the register of all of them.

    @problems("softmax")
    def softmax():
        x = draw(3, 5)
        yield Case("rows", {"axis": -1}, [x], [reference(x)])

Operands are numpy arrays. Float64 arrays stand for the floating dtype that the suite runs the problem in ("float": f32,
bf16, f16; only those that hold every input exactly); bool, int8, uint8, int32 and int64 arrays are what they are.
`Fixed`, `U4` and `State` wrap what is neither. The string "float" in attributes is that dtype too. Outputs are computed
in float64 from the very inputs that are written.
"""
import dataclasses
import zlib

import numpy as np

REGISTER = {}  # op -> list of functions that yield cases
DTYPES = ("f32", "bf16", "f16")


def problems(op):
    def register(function):
        REGISTER.setdefault(op, []).append(function)
        return function

    return register


@dataclasses.dataclass
class Case:
    """A result may be off by (u + ulps * 2^-24) * |expected| + slack, with u half a unit in the last place of its dtype:
    `ulps` is for the error of a function in f32, `slack` for sums that cancel. With `exact` it has to be the expected
    value, rounded once."""

    name: str
    attributes: dict
    inputs: list
    outputs: list
    dtypes: tuple = None  # of DTYPES; all that hold the inputs exactly
    ulps: float = 2
    slack: float = 0.0
    exact: bool = False


@dataclasses.dataclass
class Fixed:
    """A float operand whose dtype does not follow the run's: f32, bf16, f16 or f8e4m3."""

    array: np.ndarray
    dtype: str


@dataclasses.dataclass
class U4:
    """Codes 0 to 15, an even number along the last axis."""

    array: np.ndarray


@dataclasses.dataclass
class State:
    """A paged KV cache: keys and values [num_blocks, kv_heads, block_size, head_dim]. As an output, what it holds
    afterwards; NaN where any value will do."""

    keys: np.ndarray
    values: np.ndarray


def generator(*words):
    return np.random.default_rng(zlib.crc32("/".join(map(str, words)).encode()))


def draw(*shape, seed=0, low=-4.0, high=4.0):
    """Multiples of 1/16 with at most eight significant bits: exact in f32, bf16 and f16."""
    rng = generator("draw", shape, seed, low, high)
    return to_short(rng.uniform(low, high, shape))


def draw_f32(*shape, seed=0, low=-4.0, high=4.0):
    """All 24 bits used: the case runs in f32 alone."""
    rng = generator("draw_f32", shape, seed, low, high)
    return rng.uniform(low, high, shape).astype(np.float32).astype(np.float64)


def draw_int(*shape, dtype=np.int32, seed=0, low=-9, high=9):
    """Integers from low to high, both included."""
    return generator("draw_int", shape, seed, low, high).integers(low, high, shape, dtype, endpoint=True)


def to_short(array):
    """Each value rounded to a multiple of 1/16 and to eight significant bits. No zero is negative, so that small ones are
    stored as codes."""
    array = np.round(np.asarray(array, np.float64) * 16) / 16 + 0.0
    mantissa, exponent = np.frexp(array)
    return np.ldexp(np.round(mantissa * 256), exponent - 8)
