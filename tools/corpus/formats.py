# SPDX-License-Identifier: Apache-2.0
"""Writers of the two containers that will write lies too, and what a list of corpus files is made of."""
import dataclasses
import json
import struct


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    data: bytes
    expected: str = "ok"  # or a part of the message


def safetensors(header, data=b"", size=None):
    """A file from a header, JSON-able or text. `size` overrides the announced size of the header."""
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + data


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


SCALARS = {"uint8": (0, "<B"), "int8": (1, "<b"), "uint16": (2, "<H"), "int16": (3, "<h"), "uint32": (4, "<I"),
           "int32": (5, "<i"), "float32": (6, "<f"), "bool": (7, "<B"), "uint64": (10, "<Q"), "int64": (11, "<q"),
           "float64": (12, "<d")}
STRING, ARRAY = 8, 9


def string(text):
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(data)) + data


def scalar(kind, value):
    return string(value) if kind == "string" else struct.pack(SCALARS[kind][1], value)


def type_id(kind):
    return STRING if kind == "string" else SCALARS[kind][0]


class Gguf:
    """gguf = Gguf().set("general.architecture", "string", "llama"); gguf.tensor(…); gguf.bytes()"""

    def __init__(self, version=3, alignment=32):
        self.version, self.alignment = version, alignment
        self.extra_tensors = self.extra_keys = 0
        self.metadata, self.infos, self.data = [], [], b""

    def raw(self, key, value_type, payload):
        self.metadata.append(string(key) + struct.pack("<I", value_type) + payload)
        return self

    def set(self, key, kind, value):
        return self.raw(key, type_id(kind), scalar(kind, value))

    def array(self, key, kind, values, count=None):
        head = struct.pack("<IQ", type_id(kind), len(values) if count is None else count)
        return self.raw(key, ARRAY, head + b"".join(scalar(kind, value) for value in values))

    def info(self, name, shape, ggml_type, offset):
        """`shape` row-major, the file lists it innermost first."""
        dims = b"".join(struct.pack("<Q", dim) for dim in reversed(shape))
        self.infos.append(string(name) + struct.pack("<I", len(shape)) + dims + struct.pack("<IQ", ggml_type, offset))
        return self

    def tensor(self, name, shape, ggml_type=0, data=None):
        elements = 1
        for dim in shape:
            elements *= dim
        block, size = {0: (1, 4), 1: (1, 2), 2: (32, 18), 6: (32, 22), 8: (32, 34)}[ggml_type]
        self.data += b"\0" * (-len(self.data) % self.alignment)
        self.info(name, shape, ggml_type, len(self.data))
        self.data += data if data is not None else b"\0" * (elements // block * size)
        return self

    def bytes(self):
        counts = struct.pack("<QQ", len(self.infos) + self.extra_tensors, len(self.metadata) + self.extra_keys)
        out = b"GGUF" + struct.pack("<I", self.version) + counts + b"".join(self.metadata) + b"".join(self.infos)
        return out + b"\0" * (-len(out) % self.alignment) + self.data
