#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""prompts.py golden.safetensors OUT.json: its token ids as `lathe eval logits --mixed` reads them, the second half of
each sequence generated."""
import json
import struct
import sys

with open(sys.argv[1], "rb") as file:
    raw = file.read()
size, = struct.unpack("<Q", raw[:8])
sequences = []
for name, entry in json.loads(raw[8:8 + size]).items():
    if name.startswith("token_ids."):
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        ids = list(struct.unpack(f"<{(end - begin) // 4}i", raw[begin:end]))
        sequences.append({"token_ids": ids, "generated": len(ids) // 2})
with open(sys.argv[2], "w", encoding="ascii") as file:
    json.dump(sequences, file)
