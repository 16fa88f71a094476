# SPDX-License-Identifier: Apache-2.0
"""Matrix products."""
import numpy as np

from .case import Case, draw, draw_f32, draw_int, problems

SHAPES = [
    ((3, 5), (5, 7)),
    ((1, 1), (1, 1)),
    ((1, 33), (33, 9)),
    ((17, 4), (4, 1)),
    ((2, 3, 5), (5, 4)),
    ((3, 5), (2, 5, 4)),
    ((2, 1, 3, 6), (5, 6, 2)),
    ((4, 2, 8), (4, 8, 3)),
    ((6, 37), (37, 83)),
    ((2, 9, 16), (2, 16, 130)),
    ((0, 5), (5, 3)),
    ((3, 0), (0, 2)),
]


@problems("matmul")
def matmul():
    for place, (left, right) in enumerate(SHAPES):
        a, b = draw(*left, seed="a"), draw(*right, seed="b")
        yield Case(f"float_{place}", *product(a, b, False), slack=1e-5)
        yield Case(f"turned_{place}", *product(a, b, True), slack=1e-5)
        a, b = draw_f32(*left, seed="a"), draw_f32(*right, seed="b")
        yield Case(f"f32_{place}", *product(a, b, True), slack=1e-4)
        dtype = (np.int32, np.int64)[place % 2]
        a, b = draw_int(*left, dtype=dtype, seed="a"), draw_int(*right, dtype=dtype, seed="b")
        yield Case(f"{np.dtype(dtype).name}_{place}", *product(a, b, place % 2 == 0))
        a, b = (draw_int(*shape, dtype=np.int8, low=-128, high=127, seed=place) for shape in (left, right))
        wide = product(a.astype(np.int32), b.astype(np.int32), place % 2 == 1)[2]
        yield Case(f"int8_{place}", *product(a, b, place % 2 == 1)[:2], wide)


def product(a, b, transpose_b):
    """(attributes, inputs, outputs)"""
    y = np.matmul(a, b)
    return {"transpose_b": transpose_b}, [a, np.swapaxes(b, -1, -2) if transpose_b else b], [y]
