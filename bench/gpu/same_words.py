#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""same_words.py ours.safetensors theirs.safetensors: two engines' logits along the same tokens (`lathe eval logits`).

Counts the positions where their likeliest tokens differ, of all and of those where theirs is sure: a margin of
more than MARGIN between its two likeliest. Prints one JSON object; exits 1 where a sure position differs.
"""
import json
import struct
import sys

import numpy as np

MARGIN = 0.5


def tensors(path):
    raw = np.memmap(path, dtype=np.uint8)
    size = struct.unpack("<Q", raw[:8].tobytes())[0]
    header = json.loads(raw[8:8 + size].tobytes())
    for name, entry in sorted(header.items()):
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            yield name, raw[8 + size + begin:8 + size + end].view(np.float32).reshape(entry["shape"])


total = sure = differ = sure_differ = 0
worst = 0.0
for (name, ours), (other, theirs) in zip(tensors(sys.argv[1]), tensors(sys.argv[2]), strict=True):
    assert name == other and ours.shape == theirs.shape, (name, other)
    top = np.sort(theirs, axis=-1)[:, -2:]
    is_sure = top[:, 1] - top[:, 0] > MARGIN
    is_other = ours.argmax(-1) != theirs.argmax(-1)
    total += len(is_sure)
    sure += int(is_sure.sum())
    differ += int(is_other.sum())
    sure_differ += int((is_sure & is_other).sum())
    worst = max(worst, float(np.abs(ours - theirs).max() / (theirs.max() - theirs.min())))
print(json.dumps({"positions": total, "differ": differ, "sure": sure, "sure_differ": sure_differ,
                  "greatest_error_of_range": worst}))
sys.exit(sure_differ > 0)
