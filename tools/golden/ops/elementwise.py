# SPDX-License-Identifier: Apache-2.0
"""Element-wise primitives: unary, binary, compare, where, cast."""
import numpy as np
import scipy.special

from .case import Case, Fixed, U4, draw, draw_f32, draw_int, problems


def sigmoid(x):
    return scipy.special.expit(x)


SQRT_2_OVER_PI = np.sqrt(2 / np.pi)
UNARY = {
    "neg": np.negative,
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "reciprocal": lambda x: 1 / x,
    "square": np.square,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "erf": scipy.special.erf,
    "sigmoid": sigmoid,
    "relu": lambda x: np.maximum(x, 0),
    "silu": lambda x: x * sigmoid(x),
    "gelu": lambda x: x * scipy.special.ndtr(x),
    "gelu_tanh": lambda x: x * sigmoid(2 * SQRT_2_OVER_PI * (x + 0.044715 * x**3)),
    "quick_gelu": lambda x: x * sigmoid(1.702 * x),
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.round,  # ties to even
}
POSITIVE = ("log", "sqrt", "rsqrt")
SHAPES = [(1,), (7,), (3, 5), (2, 3, 17), (129,), (4, 1, 33)]


@problems("unary")
def unary():
    specials = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0])
    for place, (kind, function) in enumerate(UNARY.items()):
        low, high = (0.0625, 8.0) if kind in POSITIVE else (-6.0, 6.0)
        shape = SHAPES[place % len(SHAPES)]
        error = {"ulps": 6, "slack": 2e-7}
        x = draw(*shape, seed=kind, low=low, high=high)
        if kind == "reciprocal":
            x = np.where(x == 0, 1.0, x)
        yield Case(kind, {"kind": kind}, [x], [function(x)], **error)
        x = draw_f32(2, 31, seed=kind, low=low, high=high)
        yield Case(f"{kind}_f32", {"kind": kind}, [x], [function(x)], **error)
        with np.errstate(all="ignore"):
            yield Case(f"{kind}_specials", {"kind": kind}, [specials], [function(specials)], **error)
    for kind in ("exp", "sigmoid", "tanh", "erf", "silu", "gelu", "gelu_tanh"):
        x = np.array([-150.0, -88.0, -50.0, -16.0, -9.0, 9.0, 16.0, 50.0, 88.0])
        yield Case(f"{kind}_wide", {"kind": kind}, [x], [UNARY[kind](x)], ulps=6, slack=2e-7)
    yield Case("empty", {"kind": "exp"}, [np.zeros((3, 0, 2))], [np.zeros((3, 0, 2))])
    yield Case("scalar", {"kind": "square"}, [np.array(3.0)], [np.array(9.0)])
    yield from unary_integers()


def unary_integers():
    with np.errstate(all="ignore"):
        for dtype in (np.int8, np.uint8, np.int32, np.int64):
            edges = np.array([np.iinfo(dtype).min, np.iinfo(dtype).max, 0, 1, 3, 100], dtype)
            for kind in ("neg", "abs", "square"):
                yield Case(f"{kind}_{np.dtype(dtype).name}", {"kind": kind}, [edges], [UNARY[kind](edges)])
    flags = np.array([[True, False, True]])
    yield Case("not", {"kind": "not"}, [flags], [~flags])


PAIRS = [((5,), (5,)), ((3, 5), (5,)), ((3, 1), (1, 7)), ((2, 3, 9), (3, 1)), ((), (2, 3)), ((4, 1, 33), (2, 1)), ((1,), (129,))]


def floor_divide(a, b):
    return np.where(b == 0, 0, np.floor_divide(a, np.where(b == 0, 1, b))).astype(a.dtype)


def modulo(a, b):
    return np.where(b == 0, 0, np.mod(a, np.where(b == 0, 1, b))).astype(a.dtype)


def integer_power(a, b):
    """The true power towards zero where b < 0; wraps."""
    result = np.ones(np.broadcast_shapes(a.shape, b.shape), a.dtype)
    a, b = np.broadcast_arrays(a, b)
    for index in np.ndindex(result.shape):
        base, exponent = int(a[index]), int(b[index])
        if exponent < 0:
            value = 0 if base == 0 or abs(base) > 1 else base ** (-exponent)
        else:
            value = pow(base, exponent, 1 << 64)
        bits = 8 * a.dtype.itemsize
        value &= (1 << bits) - 1
        if np.issubdtype(a.dtype, np.signedinteger) and value >> (bits - 1):
            value -= 1 << bits
        result[index] = value
    return result


FLOAT_BINARY = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "pow": np.power,
    "max": np.maximum,
    "min": np.minimum,
}
INTEGER_BINARY = FLOAT_BINARY | {"div": floor_divide, "pow": integer_power, "mod": modulo}


@problems("binary")
def binary():
    specials = np.array([0.0, 1.0, -2.0, np.inf, -np.inf, np.nan])
    for place, (kind, function) in enumerate(FLOAT_BINARY.items()):
        error = {"ulps": 8} if kind == "pow" else {}
        for shift in (0, 3):
            left, right = PAIRS[(place + shift) % len(PAIRS)]
            low = 0.0625 if kind == "pow" else -4.0
            a, b = draw(*left, seed=f"{kind}a", low=low), draw(*right, seed=f"{kind}b")
            b = np.where(b == 0, 1.0, b) if kind == "div" else b
            yield Case(f"{kind}_{shift}", {"kind": kind}, [a, b], [function(a, b)], **error)
        a, b = draw_f32(3, 41, seed=f"{kind}a", low=0.125), draw_f32(41, seed=f"{kind}b", low=0.125)
        yield Case(f"{kind}_f32", {"kind": kind}, [a, b], [function(a, b)], **error)
        with np.errstate(all="ignore"):
            a = specials[:, None]
            yield Case(f"{kind}_specials", {"kind": kind}, [a, specials], [function(a, specials)], **error)
    empty = np.zeros((0, 3))
    yield Case("empty", {"kind": "add"}, [empty, draw(3)], [empty])
    yield Case("scalars", {"kind": "sub"}, [np.array(2.5), np.array(0.25)], [np.array(2.25)])
    yield from binary_integers()
    a, b = np.array([[True], [False]]), np.array([True, False, True])
    yield Case("and", {"kind": "and"}, [a, b], [a & b])
    yield Case("or", {"kind": "or"}, [a, b], [a | b])


def binary_integers():
    with np.errstate(all="ignore"):
        for kind, function in INTEGER_BINARY.items():
            for dtype in (np.int8, np.uint8, np.int32, np.int64):
                info = np.iinfo(dtype)
                a = np.array([[info.min], [info.max], [0], [1], [7], [100]], dtype)
                b = np.array([0, 1, 2, 3, info.max, info.max - 1], dtype)
                if info.min < 0:
                    a, b = np.concatenate([a, -a[3:]]), np.concatenate([b, -b[1:4]])
                name = f"{kind}_{np.dtype(dtype).name}"
                yield Case(name, {"kind": kind}, [a, b], [np.asarray(function(a, b), dtype)])


COMPARE = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}


@problems("compare")
def compare():
    specials = np.array([0.0, -0.0, 1.0, np.inf, -np.inf, np.nan])
    large = np.array([2**62, 2**62 + 1, -(2**62), 0], np.int64)  # equal as doubles
    for place, (kind, function) in enumerate(COMPARE.items()):
        left, right = PAIRS[place]
        a, b = np.round(draw(*left, seed="a")), np.round(draw(*right, seed="b"))
        yield Case(kind, {"kind": kind}, [a, b], [function(a, b)])
        a = specials[:, None]
        yield Case(f"{kind}_specials", {"kind": kind}, [a, specials], [function(a, specials)])
        a = large[:, None]
        yield Case(f"{kind}_int64", {"kind": kind}, [a, large], [function(a, large)])
        dtype = (np.int8, np.uint8, np.int32)[place % 3]
        a, b = draw_int(*left, dtype=dtype, low=0, seed="a"), draw_int(*right, dtype=dtype, low=0, seed="b")
        yield Case(f"{kind}_{np.dtype(dtype).name}", {"kind": kind}, [a, b], [function(a, b)])
    a, b = np.array([[True], [False]]), np.array([True, False])
    yield Case("eq_bool", {"kind": "eq"}, [a, b], [a == b])
    empty = np.zeros((2, 0))
    yield Case("empty", {"kind": "lt"}, [empty, empty], [empty < empty])


WHERE_SHAPES = [
    ((5,), (5,), (5,)),
    ((3, 1), (1, 7), ()),
    ((2, 3, 9), (9,), (3, 1)),
    ((), (4,), (3, 4)),
    ((17,), (2, 17), (1, 17)),
    ((4, 1, 3), (2, 3), (1,)),
    ((0, 3), (3,), (3,)),
]


@problems("where")
def where():
    for place, (condition, left, right) in enumerate(WHERE_SHAPES):
        mask = draw_int(*condition, seed=place, low=0, high=1).astype(bool)
        a, b = draw(*left, seed="a"), draw(*right, seed="b")
        yield Case(f"float_{place}", {}, [mask, a, b], [np.where(mask, a, b)])
        for dtype in (np.int64, np.uint8, np.bool_):
            a, b = draw_int(*left, low=0, seed="a"), draw_int(*right, low=0, seed="b")
            a, b = (a % 2 == 0, b % 2 == 0) if dtype is np.bool_ else (a.astype(dtype), b.astype(dtype))
            yield Case(f"{np.dtype(dtype).name}_{place}", {}, [mask, a, b], [np.where(mask, a, b)])
    mask = np.array([True, False])
    a, b = np.array([np.nan, 1.0]), np.array([2.0, np.nan])
    yield Case("nan_not_taken", {}, [~mask, a, b], [np.array([2.0, 1.0])])
    yield Case("nan_taken", {}, [mask, a, b], [np.array([np.nan, np.nan])])


INTEGERS = {"i8": np.int8, "u8": np.uint8, "i32": np.int32, "i64": np.int64}


def to_integer(x, dtype):
    """Towards zero, saturating, NaN to 0; exact for int64, which float64 is not."""
    info = np.iinfo(dtype)
    values = [0 if v != v else info.max if v >= info.max else info.min if v <= info.min else int(v) for v in x.flat]
    return np.array(values, dtype).reshape(x.shape)


@problems("cast")
def cast():
    specials = np.array([0.0, -0.0, 0.75, -0.75, 1.5, -2.5, 127.5, 255.0, 300.0, -300.0, np.inf, -np.inf, np.nan])
    wide = np.array([3e9, -3e9, 1e19, -1e19, 2147483520.0, 16777216.0]).astype(np.float32).astype(np.float64)
    for name, dtype in INTEGERS.items():
        yield Case(f"to_{name}", {"dtype": name}, [specials], [to_integer(specials, dtype)])
        yield Case(f"to_{name}_wide", {"dtype": name}, [wide], [to_integer(wide, dtype)])
        for source in (np.int8, np.uint8, np.int32, np.int64):
            info = np.iinfo(source)
            x = np.array([info.min, info.max, 0, 1, 100], source)
            yield Case(f"{np.dtype(source).name}_to_{name}", {"dtype": name}, [x], [to_integer(x, dtype)])
        x = draw_int(3, 7, dtype=dtype, low=0, high=100)
        yield Case(f"{name}_to_float", {"dtype": "float"}, [x], [x.astype(np.float64)])
        yield Case(f"{name}_to_bool", {"dtype": "bool"}, [x % 2], [x % 2 != 0])
    yield Case("to_bool", {"dtype": "bool"}, [specials], [specials != 0])
    flags = np.array([True, False])
    yield Case("bool_to_float", {"dtype": "float"}, [flags], [flags.astype(np.float64)])
    yield Case("bool_to_i32", {"dtype": "i32"}, [flags], [flags.astype(np.int32)])
    codes = np.arange(16).reshape(2, 8)
    yield Case("u4_to_float", {"dtype": "float"}, [U4(codes.astype(np.uint8))], [codes.astype(np.float64)])
    yield Case("u4_to_i8", {"dtype": "i8"}, [U4(codes.astype(np.uint8))], [codes.astype(np.int8)])
    yield Case("empty", {"dtype": "i32"}, [np.zeros((0, 4))], [np.zeros((0, 4), np.int32)])
    yield from cast_floats(specials)


def cast_floats(specials):
    x = draw_f32(3, 19, seed="cast")
    for dtype in ("f32", "bf16", "f16"):
        y = Fixed(specials, dtype)
        yield Case(f"to_{dtype}", {"dtype": dtype}, [specials], [y])
        yield Case(f"{dtype}_to_float", {"dtype": "float"}, [y], [specials])
        yield Case(f"rounded_to_{dtype}", {"dtype": dtype}, [x], [Fixed(x, dtype)], exact=True)
    ties = np.array([1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-11, 1 + 3 * 2**-11, -1 - 2**-8])
    for dtype in ("bf16", "f16"):
        yield Case(f"ties_{dtype}", {"dtype": dtype}, [ties], [Fixed(ties, dtype)], exact=True)
    exact = np.array([0.0, 448.0, -448.0, 0.015625, 1.125, -240.0, 2**-9])
    yield Case("to_f8e4m3", {"dtype": "f8e4m3"}, [exact], [Fixed(exact, "f8e4m3")])
    yield Case("f8e4m3_to_float", {"dtype": "float"}, [Fixed(exact, "f8e4m3")], [exact])
    beyond = np.array([500.0, -1e4, 1.0625, 1.1875])
    yield Case("rounded_f8e4m3", {"dtype": "f8e4m3"}, [beyond], [Fixed(np.array([448.0, -448.0, 1.0, 1.25]), "f8e4m3")])
