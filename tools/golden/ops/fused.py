# SPDX-License-Identifier: Apache-2.0
"""Ops that a fusion makes of two: norm_linear, rope_paged_attention."""
import numpy as np

from .attention import OPTIONS, attend, options_for
from .case import DTYPES, Case, draw, draw_f32, problems
from .norm import normalized
from .pointwise import rounded
from .rotary import SCALINGS, STEPS, Step, filled_cache, needs_lengths, rope_attributes, rotated
from .weight import ACTIVATIONS, PLAIN

HEADS = [(4, 2, 16), (3, 1, 8), (2, 2, 20), (6, 3, 32)]


def norm_linear_case(name, shape, make, **fused):
    """shape: (leading dims, k, n)"""
    leading, k, n = shape
    linear = {"format": PLAIN, "input_block": 0, "bias": False, "activation": None, "gated": False, "residual": False,
              "dtype": None} | fused
    x, norm = make(*leading, k, seed=(name, "x")), draw(k, seed=(name, "norm"), low=0.5, high=2.0)
    weight = make(n, k, seed=(name, "weight"), low=-1.0, high=1.0)
    inputs, y = [x, norm, weight], normalized(x, norm, 1e-5) @ weight.T
    if linear["bias"]:
        inputs.append(draw(n, seed=(name, "bias")))
        y = y + inputs[-1]
    if linear["activation"]:
        function = ACTIVATIONS[linear["activation"]]
        y = function(y[..., : n // 2]) * y[..., n // 2 :] if linear["gated"] else function(y)
    if linear["residual"]:
        inputs.append(draw(*y.shape, seed=(name, "residual")))
        y = y + inputs[-1]
    attributes = {"norm": {"eps": 1e-5, "residual": False, "quantize_block": 0}, "linear": linear}
    return Case(name, attributes, inputs, [y], ulps=64, slack=2e-5 * np.abs(y).max(initial=1.0))


@problems("norm_linear")
def norm_linear():
    shapes = [((1,), 5, 3), ((7,), 33, 17), ((2, 3), 16, 64), ((65,), 40, 31), ((0,), 8, 4)]
    for place, shape in enumerate(shapes):
        for make in (draw, draw_f32):
            yield norm_linear_case(f"{make.__name__}_{place}", shape, make, bias=place % 2 == 0)
            yield norm_linear_case(f"{make.__name__}_{place}_residual", shape, make, residual=True)
    for activation in ACTIVATIONS:
        yield norm_linear_case(activation, ((5,), 17, 30), draw, activation=activation, gated=True)


# Of a result, beside its own rounding: a key or value next to the middle of two short floats may become either.
SLACKS = {"f32": 3e-5, "bf16": 2.0**-9, "f16": 2.0**-12}


@problems("rope_paged_attention")
def rope_paged_attention():
    """A cache of short floats rounds the keys and values before they are used: a case for one dtype."""
    options = [name for name in OPTIONS if not name.startswith("bidirectional")]
    for place, (sequences, block_size) in enumerate(STEPS):
        step = Step(sequences, block_size, place, spare_blocks=0 if block_size > 16 else 1)
        for turn, shape in enumerate(HEADS):
            scaling = list(SCALINGS)[(place * 3 + turn) % len(SCALINGS)]
            how = options_for(options[(place + 2 * turn) % len(options)], shape[0])
            for dtype in DTYPES if shape == (3, 1, 8) and step.tokens else ("f32",):
                name = f"{scaling}_{place}_{turn}" + ("" if dtype == "f32" else f"_{dtype}")
                yield fused_attention_case(name, step, shape, scaling, how, dtype)


def fused_attention_case(name, step, shape, scaling, options, dtype):
    heads, kv_heads, head_dim = shape
    rope = rope_attributes(scaling, "half", head_dim)
    cache = filled_cache(step, kv_heads, head_dim, name)
    qkv = draw(step.tokens, (heads + 2 * kv_heads) * head_dim, seed=name, low=-2.0, high=2.0)
    q, k, v = np.split(qkv.reshape(step.tokens, heads + 2 * kv_heads, head_dim), [heads, heads + kv_heads], axis=1)
    q, k = (rotated(part, rope, step.positions, step.lengths) for part in (q, k))
    after = step.written(cache, rounded(k, dtype), v)
    y = np.zeros_like(q)
    for sequence, (count, length) in enumerate(step.sequences):
        rows = slice(step.cu_q[sequence], step.cu_q[sequence + 1])
        places = [step.slot(sequence, position) for position in range(length)]
        keys, values = (np.array([side[block, :, slot] for block, slot in places]).reshape(length, kv_heads, head_dim)
                        for side in (after.keys, after.values))
        y[rows] = attend(options, q[rows], keys, values, length - count)
    attributes = {"rope": {"rope": rope, "heads": heads}, "options": options}
    inputs = [cache, qkv, step.positions, step.cu_q, step.kv_lengths, step.tables]
    inputs += [step.lengths] if needs_lengths(scaling) else []
    outputs = [y, step.written(cache, k, v)]  # rounded once, by the comparison
    return Case(name, attributes, inputs, outputs, dtypes=(dtype,), ulps=64, slack=SLACKS[dtype])
