# SPDX-License-Identifier: Apache-2.0
"""Ops that move elements: reshape, transpose, slice, concat, split, gather, scatter, broadcast_to, iota, constant."""
import numpy as np

from .case import Case, U4, draw, draw_int, problems

DTYPES = (np.float64, np.int8, np.uint8, np.int32, np.int64, np.bool_)


def any_dtype(place, *shape, seed=0):
    """An array whose dtype goes round with `place`."""
    dtype = DTYPES[place % len(DTYPES)]
    if dtype is np.float64:
        return draw(*shape, seed=seed)
    if dtype is np.bool_:
        return draw_int(*shape, seed=seed) % 2 == 0
    return draw_int(*shape, dtype=dtype, seed=seed, low=0, high=100)


def codes(*shape):
    return draw_int(*shape, dtype=np.uint8, low=0, high=15)


RESHAPES = [
    ((6,), (2, 3)),
    ((2, 3), (-1,)),
    ((2, 3, 5), (5, 6)),
    ((4, 1, 7), (2, -1, 7)),
    ((), (1, 1)),
    ((1,), ()),
    ((0, 3), (5, 0)),
    ((3, 17), (17, 3)),
    ((2, 2, 2, 2, 2), (4, 8)),
    ((33,), (1, 33, 1)),
]


@problems("reshape")
def reshape():
    for place, (start, shape) in enumerate(RESHAPES):
        for x in (draw(*start), any_dtype(place % 5 + 1, *start)):
            yield Case(f"{place}_{x.dtype.name}", {"shape": list(shape)}, [x], [x.reshape(shape)])
    x = codes(2, 6)
    yield Case("u4", {"shape": [3, 4]}, [U4(x)], [U4(x.reshape(3, 4))])


TRANSPOSES = [
    ((5,), (0,)),
    ((3, 5), (1, 0)),
    ((3, 5), (0, 1)),
    ((2, 3, 7), (2, 0, 1)),
    ((2, 3, 7), (1, 0, 2)),
    ((1, 9, 1), (2, 1, 0)),
    ((0, 4), (1, 0)),
    ((), ()),
    ((2, 3, 4, 5), (0, 2, 1, 3)),
    ((33, 17), (1, 0)),
]


@problems("transpose")
def transpose():
    for place, (shape, permutation) in enumerate(TRANSPOSES):
        for x in (draw(*shape), any_dtype(place % 5 + 1, *shape)):
            yield Case(f"{place}_{x.dtype.name}", {"permutation": list(permutation)}, [x], [x.transpose(permutation)])


SLICES = [
    ((7,), 0, 0, -1, 1),
    ((7,), 0, 2, 6, 3),
    ((3, 5), 1, 1, 4, 1),
    ((3, 5), -2, 2, 3, 1),
    ((2, 9, 3), 1, 0, 9, 2),
    ((2, 9, 3), 1, 8, -1, 5),
    ((4, 33), -1, 16, -1, 1),
    ((4, 3), 0, 2, 2, 1),
    ((0, 3), 1, 0, 2, 1),
    ((5, 1, 2), 0, 1, 5, 7),
]


@problems("slice")
def slices():
    for place, (shape, axis, start, stop, step) in enumerate(SLICES):
        attributes = {"axis": axis, "start": start, "stop": stop, "step": step}
        for x in (draw(*shape), any_dtype(place % 5 + 1, *shape)):
            end = shape[axis] if stop == -1 else stop
            y = np.take(x, np.arange(start, end, step), axis)
            yield Case(f"{place}_{x.dtype.name}", attributes, [x], [y])
    x = codes(5, 4)
    yield Case("u4", {"axis": 0, "start": 1, "stop": 5, "step": 2}, [U4(x)], [U4(x[1:5:2])])


CONCATS = [
    ([(3,), (5,)], 0),
    ([(2, 3), (2, 1), (2, 4)], 1),
    ([(2, 3), (1, 3)], 0),
    ([(2, 3, 5)], 1),
    ([(2, 0), (2, 3)], -1),
    ([(4, 1, 2)] * 5, -2),
    ([(0, 3), (0, 3)], 0),
    ([(17, 2), (17, 31)], 1),
    ([(1,), (1,), (1,)], 0),
    ([(2, 2, 2, 2), (2, 2, 3, 2)], 2),
]


@problems("concat")
def concat():
    for place, (shapes, axis) in enumerate(CONCATS):
        for kind in (0, place % 5 + 1):
            parts = [any_dtype(kind, *shape, seed=seed) for seed, shape in enumerate(shapes)]
            name = f"{place}_{parts[0].dtype.name}"
            yield Case(name, {"axis": axis}, parts, [np.concatenate(parts, axis)])
    a, b = codes(2, 4), codes(3, 4)
    yield Case("u4", {"axis": 0}, [U4(a), U4(b)], [U4(np.concatenate([a, b]))])


SPLITS = [
    ((8,), 0, [3, 5]),
    ((2, 8), 1, [1, -1, 3]),
    ((5, 3), 0, [2, 0, 3]),
    ((2, 3, 5), 1, [3]),
    ((4, 33), -1, [16, 16, 1]),
    ((0, 4), 1, [2, 2]),
    ((3, 4, 2), -2, [1, 1, 1, 1]),
    ((6, 1), 0, [-1]),
    ((9, 2, 2), 0, [4, 5]),
    ((3, 96), 1, [64, 16, 16]),
]


@problems("split")
def split():
    for place, (shape, axis, sizes) in enumerate(SPLITS):
        rest = shape[axis] - sum(size for size in sizes if size != -1)
        cuts = np.cumsum([rest if size == -1 else size for size in sizes])[:-1]
        for x in (draw(*shape), any_dtype(place % 5 + 1, *shape)):
            yield Case(f"{place}_{x.dtype.name}", {"axis": axis, "sizes": sizes}, [x], np.split(x, cuts, axis))
    x = codes(5, 4)
    yield Case("u4", {"axis": 0, "sizes": [2, 3]}, [U4(x)], [U4(x[:2]), U4(x[2:])])


GATHERS = [
    ((7,), 0, (3,)),
    ((5, 3), 0, (4,)),
    ((5, 3), 1, (2,)),
    ((4, 6), -1, (2, 3)),
    ((3, 5, 2), 1, ()),
    ((9, 33), 0, (17,)),
    ((2, 3, 4), -3, (1, 1)),
    ((3, 4), 0, (0,)),
    ((3, 0), 0, (2,)),
    ((6, 2, 2), 0, (2, 2)),
]


@problems("gather")
def gather():
    for place, (shape, axis, count) in enumerate(GATHERS):
        for x in (draw(*shape), any_dtype(place % 5 + 1, *shape)):
            dtype = (np.int32, np.int64, np.uint8)[place % 3]
            indices = draw_int(*count, dtype=dtype, low=0, high=shape[axis] - 1, seed=place)
            yield Case(f"{place}_{x.dtype.name}", {"axis": axis}, [x, indices], [np.take(x, indices, axis)])


SCATTERS = [((5,), 3), ((5, 3), 4), ((4, 2, 3), 2), ((7, 17), 9), ((3, 0), 2), ((6, 1), 0), ((1, 5), 3)]


@problems("scatter")
def scatter():
    for place, (shape, count) in enumerate(SCATTERS):
        dtype = (np.int32, np.int64)[place % 2]
        indices = draw_int(count, dtype=dtype, low=0, high=shape[0] - 1, seed=place)
        for kind in (0, place % 4 + 1):
            x, updates = any_dtype(kind, *shape), any_dtype(kind, count, *shape[1:], seed="updates")
            yield Case(f"replace_{place}_{kind}", {"kind": "replace"}, [x, indices, updates], [replaced(x, indices, updates)])
            added = x.copy()
            np.add.at(added, indices, updates)
            slack = 0.0 if kind else 2.0**-6  # each of several additions is rounded to the dtype
            yield Case(f"add_{place}_{kind}", {"kind": "add"}, [x, indices, updates], [added], slack=slack)
    x, indices = np.array([True, False, True]), np.array([1, 1], np.int32)
    updates = np.array([True, False])
    yield Case("replace_bool", {"kind": "replace"}, [x, indices, updates], [replaced(x, indices, updates)])


def replaced(x, indices, updates):
    y = x.copy()
    for index, row in zip(indices, updates):
        y[index] = row
    return y


BROADCASTS = [
    ((), (3,)),
    ((1,), (5,)),
    ((3,), (2, 3)),
    ((3, 1), (3, 7)),
    ((1, 5), (4, 5)),
    ((2, 1, 3), (2, 9, 3)),
    ((4,), (4,)),
    ((1, 1), (0, 3)),
    ((1, 33), (2, 17, 33)),
    ((5, 1, 1), (5, 2, 3)),
]


@problems("broadcast_to")
def broadcast_to():
    for place, (start, shape) in enumerate(BROADCASTS):
        for x in (draw(*start), any_dtype(place % 5 + 1, *start)):
            y = np.broadcast_to(x, shape)
            yield Case(f"{place}_{x.dtype.name}", {"shape": list(shape)}, [x], [np.ascontiguousarray(y).reshape(shape)])


@problems("iota")
def iota():
    for size in (0, 1, 7, 33, 100):
        for dtype in (np.float64, np.int8, np.uint8, np.int32, np.int64):
            name = {"float64": "float", "int8": "i8", "uint8": "u8", "int32": "i32", "int64": "i64"}[np.dtype(dtype).name]
            yield Case(f"{name}_{size}", {"size": size, "dtype": name}, [], [np.arange(size).astype(dtype)])


@problems("constant")
def constant():
    for shape in ((), (1,), (3,), (2, 5), (0, 2), (2, 1, 17)):
        x = draw(*shape, seed="constant")
        attributes = {"dtype": "float", "shape": list(shape)}
        if x.size:
            yield Case(f"each_{x.shape}", attributes | {"values": x.ravel().tolist()}, [], [x])
        yield Case(f"one_{x.shape}", attributes | {"values": [1.5]}, [], [np.full(shape, 1.5)])
    for name, dtype in (("i8", np.int8), ("u8", np.uint8), ("i32", np.int32), ("i64", np.int64), ("bool", np.bool_)):
        attributes = {"dtype": name, "shape": [2, 2]}
        yield Case(f"each_{name}", attributes | {"values": [0.0, 1.0, 1.0, 0.0]}, [], [np.array([[0, 1], [1, 0]], dtype)])
        yield Case(f"one_{name}", attributes | {"values": [1.0]}, [], [np.ones((2, 2), dtype)])
