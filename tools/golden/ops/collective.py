# SPDX-License-Identifier: Apache-2.0
"""Collectives in a group of one rank: each hands its input on."""
import numpy as np

from .case import Case, draw, draw_int, problems

SHAPES = [(1,), (7,), (3, 5), (2, 3, 17), (129,), (0, 3), (4, 1, 33), (2, 2, 2, 2), (33, 1), (5, 9)]


def of_one_rank(attributes):
    for place, shape in enumerate(SHAPES):
        for seed in range(2):
            x = draw(*shape, seed=seed)
            yield Case(f"{place}_{seed}", {"group_size": 1} | attributes(len(shape), seed), [x], [x])


@problems("all_reduce")
def all_reduce():
    yield from of_one_rank(lambda rank, seed: {})


@problems("all_gather")
def all_gather():
    yield from of_one_rank(lambda rank, seed: {"axis": seed - 1 if rank > 1 else -1})
    for dtype in (np.int8, np.uint8, np.int32, np.int64, np.bool_):
        x = draw_int(3, 5, low=0).astype(dtype)
        yield Case(np.dtype(dtype).name, {"group_size": 1, "axis": 0}, [x], [x])


@problems("reduce_scatter")
def reduce_scatter():
    yield from of_one_rank(lambda rank, seed: {"axis": seed - 1 if rank > 1 else 0})
