# SPDX-License-Identifier: Apache-2.0
"""Attention over whole sequences and over a paged cache, as plain softmax over all that a query sees."""
import numpy as np

from .case import Case, State, draw, draw_f32, problems
from .rotary import Step

PLAIN = {"scale": 0.25, "causal": True, "window": 0, "sink_tokens": 0, "soft_cap": 0.0, "alibi_slopes": []}
OPTIONS = {
    "causal": {},
    "bidirectional": {"causal": False},
    "window": {"window": 7},
    "window_1": {"window": 1},
    "window_70": {"window": 70},
    "sinks": {"window": 5, "sink_tokens": 3},
    "soft_cap": {"soft_cap": 2.0},
    "alibi": {"alibi_slopes": True},
    "bidirectional_window": {"causal": False, "window": 4},
    "everything": {"window": 66, "sink_tokens": 2, "soft_cap": 5.0, "alibi_slopes": True, "scale": 0.125},
}


def options_for(name, heads):
    options = PLAIN | OPTIONS[name]
    options["alibi_slopes"] = [2.0**-i for i in range(heads)] if options["alibi_slopes"] else []
    return options


def attend(options, q, k, v, first):
    """q [m, heads, d] at positions first, first + 1, … over k, v [n, kv_heads, d]."""
    heads, group = q.shape[1], q.shape[1] // k.shape[1]
    positions, keys = np.arange(first, first + q.shape[0])[:, None], np.arange(k.shape[0])[None, :]
    sees = np.ones((q.shape[0], k.shape[0]), bool)
    if options["causal"]:
        sees &= keys <= positions
    if options["window"]:
        sees &= (positions - keys < options["window"]) | (keys < options["sink_tokens"])
    out = np.zeros_like(q)
    for head in range(heads):
        scores = options["scale"] * (q[:, head] @ k[:, head // group].T)
        if options["soft_cap"]:
            scores = options["soft_cap"] * np.tanh(scores / options["soft_cap"])
        if options["alibi_slopes"]:
            scores = scores + options["alibi_slopes"][head] * (keys - positions)
        weights = np.where(sees, np.exp(scores - scores.max(axis=1, keepdims=True, where=sees, initial=-np.inf)), 0)
        out[:, head] = (weights / weights.sum(axis=1, keepdims=True)) @ v[:, head // group]
    return out.astype(np.float32).astype(np.float64)


HEADS = [(1, 1, 16), (4, 2, 8), (3, 1, 20), (2, 1, 64), (6, 2, 7)]


@problems("attention")
def attention():
    packings = [[5], [3, 1, 65], [1], [129], [0, 9], [64, 2]]
    for place, name in enumerate(OPTIONS):
        for turn, make in enumerate((draw, draw_f32)):
            heads, kv_heads, head_dim = HEADS[(place + turn) % len(HEADS)]
            lengths = packings[(place + 3 * turn) % len(packings)]
            tokens, options = sum(lengths), options_for(name, heads)
            q = make(tokens, heads, head_dim, seed=name, low=-2.0, high=2.0)
            k, v = (make(tokens, kv_heads, head_dim, seed=(name, side), low=-2.0, high=2.0) for side in "kv")
            begins = np.cumsum([0, *lengths]).astype(np.int32)
            pieces = [attend(options, q[a:b], k[a:b], v[a:b], 0) for a, b in zip(begins, begins[1:])]
            inputs = [q, k, v] if len(lengths) == 1 else [q, k, v, begins]
            yield Case(f"{name}_{make.__name__}", {"options": options}, inputs, [np.concatenate(pieces)], ulps=64, slack=2e-5)
    empty = np.zeros((0, 2, 8))
    yield Case("empty", {"options": options_for("causal", 2)}, [empty, empty, empty], [empty])


PAGED_STEPS = [
    ([(1, 20)], 16),
    ([(5, 5)], 16),
    ([(5, 36), (1, 17), (0, 9), (2, 2)], 16),
    ([(1, 1), (1, 64), (1, 129)], 64),
    ([(9, 129)], 32),
    ([(65, 65), (5, 133)], 128),
    ([(3, 67), (1, 30), (30, 33)], 64),
]


def paged_case(name, step, heads, make, options):
    heads, kv_heads, head_dim = heads
    tokens = [make(length, kv_heads, head_dim, seed=(name, i), low=-2.0, high=2.0) for i, (_, length) in enumerate(step.sequences)]
    values = [make(length, kv_heads, head_dim, seed=(name, i, "v"), low=-2.0, high=2.0) for i, (_, length) in enumerate(step.sequences)]
    cache = State(*(np.full((step.num_blocks, kv_heads, step.block_size, head_dim), np.nan) for _ in range(2)))
    for sequence, (k, v) in enumerate(zip(tokens, values)):
        for position in range(len(k)):
            block, slot = step.slot(sequence, position)
            cache.keys[block, :, slot], cache.values[block, :, slot] = k[position], v[position]
    q = make(step.tokens, heads, head_dim, seed=(name, "q"), low=-2.0, high=2.0)
    y = np.zeros_like(q)
    for sequence, (count, length) in enumerate(step.sequences):
        rows = slice(step.cu_q[sequence], step.cu_q[sequence + 1])
        y[rows] = attend(options, q[rows], tokens[sequence], values[sequence], length - count)
    inputs = [q, cache, step.cu_q, step.kv_lengths, step.tables]
    return Case(name, {"options": options}, inputs, [y], ulps=64, slack=2e-5)


@problems("paged_attention")
def paged_attention():
    for place, name in enumerate(OPTIONS):
        for turn in range(3):
            heads = HEADS[(place + turn) % len(HEADS)]
            sequences, block_size = PAGED_STEPS[(3 * place + turn) % len(PAGED_STEPS)]
            make = (draw, draw_f32)[turn % 2]
            yield paged_case(f"{name}_{turn}", Step(sequences, block_size, (place, turn), spare_blocks=0), heads, make, options_for(name, heads[0]))
    yield paged_case("head_128", Step([(2, 70)], 64, "head_128"), (2, 1, 128), draw, options_for("causal", 2))
    yield paged_case("head_256", Step([(1, 33), (3, 3)], 16, "head_256"), (2, 1, 256), draw, options_for("causal", 2))
    yield paged_case("no_sequences", Step([], 16, "none"), (4, 2, 8), draw, options_for("causal", 4))
