# SPDX-License-Identifier: Apache-2.0
"""Normalisations and the gate of a gated MLP: rms_norm, layer_norm, gated_activation."""
import numpy as np

from .case import Case, Fixed, draw, draw_f32, problems
from .weight import ACTIVATIONS

SHAPES = [(1, 7), (3, 33), (2, 3, 64), (5, 129), (0, 16), (17,), (4, 1), (33, 48)]


@problems("rms_norm")
def rms_norm():
    for place, shape in enumerate(SHAPES):
        for residual in (False, True):
            for make in (draw, draw_f32):
                name = f"{make.__name__}_{place}{'_residual' if residual else ''}"
                yield rms_case(name, shape, make, residual, eps=(1e-5, 1e-6, 0.5)[place % 3])
    for place, (shape, block) in enumerate([((3, 64), 32), ((5, 96), 16), ((2, 2, 32), 32), ((0, 32), 8)]):
        for residual in (False, True):
            yield quantized_case(f"quantize_{place}{'_residual' if residual else ''}", shape, block, residual)
    x, weight = np.zeros((2, 9)), draw(9)
    yield Case("zeros", {"eps": 1e-5, "residual": False, "quantize_block": 0}, [x, weight], [x * weight], exact=True)
    x = draw(3, 40)
    weight = draw(40, low=0.5, high=2.0)
    y = normalized(x, weight, 1e-5)
    for dtype in ("f32", "bf16", "f16"):  # a weight of another dtype than x
        yield Case(f"weight_{dtype}", {"eps": 1e-5, "residual": False, "quantize_block": 0}, [x, Fixed(weight, dtype)], [y], ulps=32)


def normalized(s, weight, eps):
    return s / np.sqrt((s**2).mean(axis=-1, keepdims=True) + np.float64(np.float32(eps))) * weight


def rms_case(name, shape, make, residual, eps):
    x, other = make(*shape, seed=name), make(*shape, seed=(name, "residual"))
    weight = make(shape[-1], seed=(name, "weight"))
    s = x + other if residual else x
    if make is draw_f32:
        s = s.astype(np.float32).astype(np.float64)
    y = normalized(s, weight, eps)
    attributes = {"eps": eps, "residual": residual, "quantize_block": 0}
    return Case(name, attributes, [x, other, weight] if residual else [x, weight], [s, y] if residual else [y], ulps=32)


def quantized_case(name, shape, block, residual):
    """Values whose codes no error of a few ulps can change."""
    for attempt in range(100):
        x, other = draw(*shape, seed=(name, attempt)), draw(*shape, seed=(name, attempt, "residual"))
        weight = draw(shape[-1], seed=(name, attempt), low=0.5, high=2.0)
        s = x + other if residual else x
        blocks = normalized(s, weight, 1e-5).reshape(*shape[:-1], shape[-1] // block, block)
        scales = np.abs(blocks).max(axis=-1, initial=0) / 127
        exact = blocks / scales[..., None]
        if np.all(np.abs(np.abs(exact - np.floor(exact)) - 0.5) > 1e-3):
            break
    codes = np.rint(exact).astype(np.int8).reshape(shape)
    attributes = {"eps": 1e-5, "residual": residual, "quantize_block": block}
    inputs = [x, other, weight] if residual else [x, weight]
    return Case(name, attributes, inputs, [s][: int(residual)] + [codes, Fixed(scales, "f32")], ulps=32)


@problems("layer_norm")
def layer_norm():
    for place, shape in enumerate(SHAPES):
        for bias in (False, True):
            for make in (draw, draw_f32):
                x, weight = make(*shape, seed=place), make(shape[-1], seed=(place, "weight"))
                eps = (1e-5, 1e-6, 0.5)[place % 3]
                deviation = np.sqrt(x.var(axis=-1, keepdims=True) + eps)
                y = (x - x.mean(axis=-1, keepdims=True)) / deviation * weight
                inputs = [x, weight]
                if bias:
                    inputs.append(make(shape[-1], seed=(place, "bias")))
                    y = y + inputs[-1]
                yield Case(f"{make.__name__}_{place}{'_bias' if bias else ''}", {"eps": eps}, inputs, [y], ulps=64, slack=4e-6)


@problems("gated_activation")
def gated_activation():
    shapes = [(1, 2), (3, 34), (2, 3, 18), (5, 258), (0, 8), (64,)]
    for place, (kind, function) in enumerate(ACTIVATIONS.items()):
        for make in (draw, draw_f32):
            for shape in (shapes[place % 6], shapes[(place + 1) % 6], shapes[(place + 3) % 6]):
                x = make(*shape, seed=kind)
                half = shape[-1] // 2
                y = function(x[..., :half]) * x[..., half:]
                name = f"{kind}_{make.__name__}_{'x'.join(map(str, shape))}"
                yield Case(name, {"activation": kind}, [x], [y], ulps=16, slack=4e-6)
    x = np.array([[-150.0, -88.0, -20.0, 0.0, 20.0, 88.0, 150.0, 2.0] + [1.0] * 8])
    yield Case("silu_wide", {"activation": "silu"}, [x], [ACTIVATIONS["silu"](x[:, :8])], ulps=16, slack=4e-6)
