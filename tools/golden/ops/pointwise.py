# SPDX-License-Identifier: Apache-2.0
"""Pointwise groups: expressions evaluated step by step, each result rounded to its dtype."""
import numpy as np

from .case import Case, Fixed, draw, draw_int, problems, to_short
from .elementwise import COMPARE, FLOAT_BINARY, INTEGER_BINARY, INTEGERS, UNARY, to_integer

FLOATS = ("f32", "bf16", "f16")


def rounded(x, dtype):
    if dtype == "bf16":
        mantissa, exponent = np.frexp(x)
        return np.ldexp(np.round(mantissa * 256), exponent - 8)
    with np.errstate(over="ignore"):
        return x.astype(np.float16).astype(np.float64) if dtype == "f16" else x


class Group:
    """Values are numbers of their list: operands first, then a step's result each."""

    def __init__(self, *operands):
        self.operands = list(operands)
        self.steps = []
        self.values = []
        for operand in operands:
            fixed = isinstance(operand, Fixed)
            name = operand.dtype if fixed else {np.dtype(t).name: n for n, t in INTEGERS.items()}.get(operand.dtype.name, "bool")
            self.values.append((operand.array if fixed else operand, name))

    def add(self, op, attributes, args, array, dtype):
        self.steps.append({"op": {"name": op, "attributes": attributes}, "args": list(args)})
        array = np.asarray(array)
        self.values.append((rounded(array, dtype) if dtype in FLOATS else array, dtype))
        return len(self.values) - 1

    def array(self, value):
        return self.values[value][0]

    def dtype(self, value):
        return self.values[value][1]

    def unary(self, kind, x):
        function = np.logical_not if kind == "not" else UNARY[kind]
        return self.add("unary", {"kind": kind}, [x], function(self.array(x)), self.dtype(x))

    def binary(self, kind, a, b):
        dtype = self.dtype(a)
        if dtype == "bool":
            function = {"and": np.logical_and, "or": np.logical_or}[kind]
        else:
            function = (FLOAT_BINARY if dtype in FLOATS else INTEGER_BINARY)[kind]
        with np.errstate(over="ignore"):
            return self.add("binary", {"kind": kind}, [a, b], function(self.array(a), self.array(b)), dtype)

    def compare(self, kind, a, b):
        return self.add("compare", {"kind": kind}, [a, b], COMPARE[kind](self.array(a), self.array(b)), "bool")

    def where(self, condition, a, b):
        array = np.where(self.array(condition), self.array(a), self.array(b))
        return self.add("where", {}, [condition, a, b], array, self.dtype(a))

    def cast(self, x, dtype):
        array = self.array(x)
        if dtype in FLOATS:
            array = array.astype(np.float64)
        elif dtype == "bool":
            array = array != 0
        else:
            array = to_integer(np.asarray(array), INTEGERS[dtype])
        return self.add("cast", {"dtype": dtype}, [x], array, dtype)

    def broadcast_to(self, x, *shape):
        return self.add("broadcast_to", {"shape": list(shape)}, [x], np.broadcast_to(self.array(x), shape), self.dtype(x))

    def constant(self, value, dtype, *shape):
        array = np.full(shape, value, INTEGERS.get(dtype, np.bool_ if dtype == "bool" else np.float64))
        return self.add("constant", {"dtype": dtype, "shape": list(shape), "values": [value]}, [], array, dtype)

    def all(self):
        return range(len(self.operands), len(self.values))

    def case(self, name, outputs=None, ulps=32, slack=1e-6):
        """Of the last step's result without `outputs`."""
        outputs = [len(self.values) - 1] if outputs is None else list(outputs)
        results = [Fixed(self.array(y), self.dtype(y)) if self.dtype(y) in FLOATS else self.array(y) for y in outputs]
        attributes = {"steps": self.steps, "outputs": outputs}
        return Case(name, attributes, self.operands, results, ulps=ulps, slack=slack)


@problems("pointwise_group")
def pointwise_group():
    for dtype in FLOATS:
        error = {"slack": {"f32": 1e-6, "bf16": 2.0**-7, "f16": 2.0**-10}[dtype]}
        for function in (swiglu, scale_and_shift, masked, in_f32):
            yield function(dtype).case(f"{function.__name__}_{dtype}", **error)
        yield outputs_of_many_shapes(dtype).case(f"shapes_{dtype}", [3, 4, 5, 0], **error)
        for rows, columns in ((0, 3), (3, 0), (1, 1), (5, 1), (130, 3), (2, 1031)):
            yield swiglu(dtype, rows, columns).case(f"swiglu_{rows}x{columns}_{dtype}", **error)
    for function in (every_unary, every_binary, logic, casts):
        group = function()
        yield group.case(function.__name__, group.all(), slack=1e-5)
    for name in INTEGERS:
        group = integers(name)
        yield group.case(f"integers_{name}", group.all())
    yield long_chain().case("long_chain", slack=1e-4)
    yield many_live().case("many_live", slack=1e-4)
    yield Group(np.array([3, 4], np.int64)).case("no_step")
    yield only_constants().case("only_constants")


def swiglu(dtype, rows=3, columns=37):
    group = Group(Fixed(draw(rows, columns, seed="gate"), dtype), Fixed(draw(rows, columns, seed="up"), dtype))
    gate = group.unary("sigmoid", 0)
    gate = group.binary("mul", 0, gate)
    group.binary("mul", gate, 1)
    return group


def scale_and_shift(dtype):
    shapes = [(2, 5, 1), (2, 5, 33), (33,), (1, 1, 33)]
    group = Group(*(Fixed(draw(*shape, seed=place), dtype) for place, shape in enumerate(shapes)))
    centred = group.binary("sub", 1, 0)
    scaled = group.binary("mul", centred, 2)
    shifted = group.binary("add", 3, scaled)
    group.unary("tanh", shifted)
    return group


def masked(dtype):
    group = Group(Fixed(draw(4, 19), dtype), draw_int(4, 1, low=0, high=1).astype(bool))
    small = group.constant(0.125, dtype)
    positive = group.compare("gt", 0, small)
    both = group.binary("and", positive, 1)
    scaled = group.binary("mul", small, 0)
    group.where(both, 0, scaled)
    return group


def outputs_of_many_shapes(dtype):
    group = Group(Fixed(draw(6, 1), dtype), Fixed(draw(7, seed=1), dtype))
    wide = group.broadcast_to(0, 6, 7)
    group.binary("add", wide, 1)
    group.unary("exp", 1)
    group.unary("neg", 0)
    return group


def in_f32(dtype):
    group = Group(Fixed(draw(3, 50), dtype), Fixed(draw(50, seed=1), dtype))
    wide = group.cast(0, "f32")
    square = group.binary("mul", wide, wide)
    root = group.unary("sqrt", square)
    narrow = group.cast(root, dtype)
    group.binary("add", narrow, 1)
    return group


def every_unary():
    group = Group(Fixed(to_short(draw(5, 29, low=0.25, high=6.0)), "f32"))
    for kind in UNARY:
        group.unary(kind, 0)
    return group


def every_binary():
    group = Group(Fixed(draw(5, 29, low=0.25), "f32"), Fixed(draw(29, low=0.25, seed=1), "f32"))
    for kind in FLOAT_BINARY:
        group.binary(kind, 0, 1)
    return group


def integers(name):
    dtype = INTEGERS[name]
    info = np.iinfo(dtype)
    edges = np.array([[info.max], [info.min], [0], [1], [7], [100]], dtype)
    group = Group(edges, draw_int(6, 9, dtype=dtype, low=0))
    for kind in INTEGER_BINARY:  # eight
        group.binary(kind, 0, 1)
    with np.errstate(over="ignore"):
        for kind in ("neg", "abs", "square"):
            group.unary(kind, 0)
    less = group.compare("lt", 0, 1)
    picked = group.where(less, 0, 1)
    equal = group.compare("eq", picked, 0)
    group.where(equal, group.constant(5, name), picked)
    return group


def logic():
    flags = [draw_int(*shape, seed=shape, low=0, high=1).astype(bool) for shape in ((3, 1), (17,), (3, 17))]
    group = Group(*flags)
    group.binary("and", 0, 1)
    group.binary("or", 3, 2)
    group.unary("not", 4)
    group.compare("ne", 5, 1)
    group.where(6, 2, 0)
    return group


def casts():
    group = Group(Fixed(np.array([0.0, -0.75, 1.5, 127.5, 255.0, -300.0, 3e9, np.inf, np.nan]), "f32"), draw_int(9, low=-300, high=300))
    for name in (*INTEGERS, "bool", "bf16", "f16"):
        group.cast(0, name)
    for name in (*INTEGERS, "f32", "bf16", "bool"):
        group.cast(1, name)
    group.cast(6, "i64")
    group.cast(6, "f32")
    group.cast(group.cast(1, "i8"), "f32")
    return group


def long_chain():
    group = Group(Fixed(draw(2, 40), "f32"), Fixed(draw(40, seed=1), "f32"))
    value = 0
    for place in range(50):
        value = group.binary(("add", "sub", "max", "min")[place % 4], value, 1)
        value = group.unary(("tanh", "neg", "sin", "abs")[place % 4], value)
    return group


def many_live():
    group = Group(Fixed(draw(3, 21), "f32"))
    values = [group.binary("add", 0, group.constant(place / 16, "f32")) for place in range(26)]
    while len(values) > 1:
        values.append(group.binary("add", values.pop(0), values.pop()))
    group.unary("tanh", values[0])
    return group


def only_constants():
    group = Group()
    a, b = group.constant(1.5, "f32", 2, 3), group.constant(2.0, "f32")
    group.binary("mul", a, b)
    return group
