# SPDX-License-Identifier: Apache-2.0
"""Rotary embedding and the writes into the paged cache: rope, rope_kv_write, kv_write. The scalings are written down
from their papers and the published models' own code."""
import numpy as np

from .case import Case, State, draw, draw_f32, draw_int, generator, problems

SCALINGS = {
    "none": {"type": "none"},
    "linear": {"type": "linear", "factor": 4.0},
    "dynamic": {"type": "dynamic", "factor": 2.0, "original_max_positions": 32},
    "yarn": {"type": "yarn", "factor": 4.0, "original_max_positions": 64, "beta_fast": 32.0, "beta_slow": 1.0,
             "attention_factor": 1.125, "truncate": True},
    "yarn_exact": {"type": "yarn", "factor": 8.0, "original_max_positions": 128, "beta_fast": 8.0, "beta_slow": 2.0,
                   "attention_factor": 1.0, "truncate": False},
    "llama3": {"type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_positions": 64},
    "longrope": {"type": "longrope", "short_factors": None, "long_factors": None, "original_max_positions": 32, "attention_factor": 1.25},
}


def scaling_for(name, rotary):
    scaling = dict(SCALINGS[name])
    if name == "longrope":
        scaling["short_factors"] = [1.0 + i / 8 for i in range(rotary // 2)]
        scaling["long_factors"] = [2.0 + i / 2 for i in range(rotary // 2)]
    return scaling


def frequencies(scaling, theta, rotary, length):
    """(radians a position for each pair, factor of cos and sin)"""
    kind, exponents = scaling["type"], np.arange(0, rotary, 2) / rotary
    plain = 1.0 / theta**exponents
    if kind == "linear":
        return plain / scaling["factor"], 1.0
    if kind == "dynamic":
        trained = scaling["original_max_positions"]
        stretch = scaling["factor"] * max(length, trained) / trained - (scaling["factor"] - 1)
        return 1.0 / (theta * stretch ** (rotary / (rotary - 2))) ** exponents, 1.0
    if kind == "yarn":
        return yarn(scaling, plain, theta, rotary), scaling["attention_factor"]
    if kind == "llama3":
        wavelengths = 2 * np.pi / plain
        trained, low, high = scaling["original_max_positions"], scaling["low_freq_factor"], scaling["high_freq_factor"]
        smooth = (trained / wavelengths - low) / (high - low)
        ramp = (1 - smooth) * plain / scaling["factor"] + smooth * plain
        slow = np.where(wavelengths > trained / low, plain / scaling["factor"], ramp)
        return np.where(wavelengths < trained / high, plain, slow), 1.0
    if kind == "longrope":
        beyond = length > scaling["original_max_positions"]
        return plain / np.array(scaling["long_factors" if beyond else "short_factors"]), scaling["attention_factor"]
    return plain, 1.0


def yarn(scaling, plain, theta, rotary):
    trained = scaling["original_max_positions"]
    place = lambda turns: rotary * np.log(trained / (turns * 2 * np.pi)) / (2 * np.log(theta))
    low, high = place(scaling["beta_fast"]), place(scaling["beta_slow"])
    if scaling["truncate"]:
        low, high = np.floor(low), np.ceil(high)
    low, high = max(low, 0), min(high, rotary - 1)
    ramp = np.clip((np.arange(rotary // 2) - low) / (high - low if high > low else 0.001), 0, 1)
    return plain / scaling["factor"] * ramp + plain * (1 - ramp)


def rotated(x, attributes, positions, lengths):
    """x: [tokens, heads, head_dim]"""
    rotary, y = attributes["rotary_dims"], x.copy()
    if attributes["style"] == "half":
        first, second = np.arange(rotary // 2), np.arange(rotary // 2, rotary)
    else:
        first, second = np.arange(0, rotary, 2), np.arange(1, rotary, 2)
    for token in range(x.shape[0]):
        inverse, magnitude = frequencies(attributes["scaling"], attributes["theta"], rotary, int(lengths[token]))
        cos, sin = np.cos(positions[token] * inverse) * magnitude, np.sin(positions[token] * inverse) * magnitude
        a, b = x[token][:, first], x[token][:, second]
        y[token][:, first], y[token][:, second] = a * cos - b * sin, b * cos + a * sin
    return y


def rope_attributes(scaling, style, rotary, theta=10000.0):
    return {"rotary_dims": rotary, "theta": theta, "style": style, "scaling": scaling_for(scaling, rotary)}


def needs_lengths(scaling):
    return scaling in ("dynamic", "longrope")


@problems("rope")
def rope():
    shapes = [(5, 3, 16), (1, 1, 64), (9, 2, 20), (0, 2, 8), (3, 1, 96)]
    for place, scaling in enumerate(SCALINGS):
        for style in ("half", "interleaved"):
            for turn, make in enumerate((draw, draw_f32)):
                shape = shapes[(place + 2 * turn) % len(shapes)]
                rotary = shape[2] if turn == 0 else shape[2] // 4 * 2
                attributes = rope_attributes(scaling, style, rotary, (10000.0, 500000.0)[turn])
                x = make(*shape, seed=(scaling, style))
                positions = draw_int(shape[0], low=0, high=(60, 100000)[turn], seed=scaling)
                lengths = positions + draw_int(shape[0], low=1, high=9, seed=style)
                inputs = [x, positions] + ([lengths] if needs_lengths(scaling) else [])
                y = rotated(x, attributes, positions, lengths)
                yield Case(f"{scaling}_{style}_{make.__name__}", attributes, inputs, [y], ulps=4, slack=2e-6)


class Step:
    """A packed step over a paged cache: `sequences` are (tokens in the step, tokens in the cache afterwards)."""

    def __init__(self, sequences, block_size, seed, spare_blocks=1):
        rng = generator("step", seed)
        self.sequences, self.block_size = sequences, block_size
        needed = [-(-length // block_size) for _, length in sequences]
        self.num_blocks = sum(needed) + spare_blocks
        order = list(rng.permutation(self.num_blocks))
        self.tables = np.full((len(sequences), max(needed, default=0) + 1), -1, np.int32)
        for row, count in zip(self.tables, needed):
            row[:count] = [order.pop() for _ in range(count)]
        self.cu_q = np.cumsum([0] + [tokens for tokens, _ in sequences]).astype(np.int32)
        self.kv_lengths = np.array([length for _, length in sequences], np.int32)
        pieces = [np.arange(length - tokens, length) for tokens, length in sequences]
        self.positions = np.concatenate([np.zeros(0), *pieces]).astype(np.int32)
        self.lengths = np.concatenate([np.zeros(0), *[np.full(t, n) for t, n in sequences]]).astype(np.int32)

    @property
    def tokens(self):
        return int(self.cu_q[-1])

    def slot(self, sequence, position):
        """(block, slot in it)"""
        return self.tables[sequence, position // self.block_size], position % self.block_size

    def written(self, cache, k, v):
        """The cache with the step's keys and values, [tokens, kv_heads, head_dim] each."""
        keys, values = cache.keys.copy(), cache.values.copy()
        for sequence in range(len(self.sequences)):
            for token in range(self.cu_q[sequence], self.cu_q[sequence + 1]):
                block, slot = self.slot(sequence, self.positions[token])
                keys[block, :, slot], values[block, :, slot] = k[token], v[token]
        return State(keys, values)


STEPS = [
    ([(3, 3)], 16),
    ([(1, 20)], 16),
    ([(5, 40), (1, 17), (0, 9), (2, 2)], 16),
    ([(1, 1), (1, 16), (1, 17)], 16),
    ([(9, 50)], 32),
    ([(4, 4)], 128),
    ([], 16),
    ([(0, 5)], 16),
]


def filled_cache(step, kv_heads, head_dim, seed):
    shape = (step.num_blocks, kv_heads, step.block_size, head_dim)
    return State(draw(*shape, seed=(seed, "keys")), draw(*shape, seed=(seed, "values")))


@problems("kv_write")
def kv_write():
    for place, (sequences, block_size) in enumerate(STEPS):
        for kv_heads, head_dim in ((1, 3), (2, 16), (3, 5)):
            step = Step(sequences, block_size, place)
            cache = filled_cache(step, kv_heads, head_dim, place)
            k, v = (draw(step.tokens, kv_heads, head_dim, seed=name) for name in "kv")
            yield Case(f"step_{place}_{kv_heads}x{head_dim}", {}, [cache, k, v, step.positions, step.cu_q, step.tables],
                       [step.written(cache, k, v)], exact=True)


@problems("rope_kv_write")
def rope_kv_write():
    names = list(SCALINGS)
    for place, (sequences, block_size) in enumerate(STEPS):
        for turn, (heads, kv_heads, head_dim) in enumerate(((3, 1, 8), (4, 2, 16), (2, 2, 6), (6, 3, 20))):
            scaling = names[(place * 3 + turn) % len(names)]
            rotary = head_dim if turn % 2 == 0 else head_dim // 4 * 2
            attributes = rope_attributes(scaling, ("half", "interleaved")[(place + turn) % 2], rotary)
            step = Step(sequences, block_size, place)
            cache = filled_cache(step, kv_heads, head_dim, place)
            qkv = draw(step.tokens, (heads + 2 * kv_heads) * head_dim, seed=place)
            q, k, v = np.split(qkv.reshape(step.tokens, heads + 2 * kv_heads, head_dim), [heads, heads + kv_heads], axis=1)
            after = step.written(cache, rotated(k, attributes, step.positions, step.lengths), v)
            inputs = [cache, qkv, step.positions, step.cu_q, step.tables] + ([step.lengths] if needs_lengths(scaling) else [])
            y = rotated(q, attributes, step.positions, step.lengths)
            yield Case(f"{scaling}_{place}_{turn}", {"rope": attributes, "heads": heads}, inputs, [y, after], ulps=4, slack=2e-6)
