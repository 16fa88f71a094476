#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times the peers of the CUDA kernels through PyTorch: cuBLAS and scaled_dot_product_attention.

    peers.py OUT.json

As lathe_gpu_tests does: a CUDA graph of dependent launches, random operands rotated beyond L2, median of 25 runs.
"""
import json
import sys

import torch
import torch.nn.functional as F

LINEAR = [(1, 4096, 4096), (1, 14336, 4096), (1, 4096, 6144), (1, 4096, 28672), (1, 4096, 128256), (8, 4096, 4096),
          (16, 4096, 4096), (64, 4096, 4096), (64, 14336, 4096), (64, 4096, 28672), (2048, 4096, 6144),
          (2048, 4096, 4096), (2048, 4096, 28672), (2048, 14336, 4096)]  # tokens, k, n
GENERATION = [(1, 1024), (1, 4096), (16, 1024), (64, 1024), (64, 4096)]  # sequences, tokens in the cache


def rand(*shape):
    return torch.randn(*shape, device="cuda", dtype=torch.bfloat16)


def us_each(launch, count):
    """Median microseconds of one of `count` launches of a graph."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for i in range(3):
            launch(i)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for i in range(count):
            launch(i)
    times = []
    for _ in range(25):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        graph.replay()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end) * 1e3 / count)
    return sorted(times)[len(times) // 2]


def copies(num_bytes, least=1):
    return max(least, int(400e6 / num_bytes))


def linear(m, k, n):
    weights = [rand(n, k) for _ in range(copies(k * n * 2, 2))]
    x, y = rand(m, k), rand(m, n)
    return us_each(lambda i: torch.mm(x, weights[i % len(weights)].t(), out=y), 24 if m < 2000 else 6)


def generation(sequences, tokens):
    caches = [(rand(sequences, 8, tokens, 128), rand(sequences, 8, tokens, 128))
              for _ in range(copies(sequences * tokens * 4096))]
    q = rand(sequences, 32, 1, 128)
    attend = lambda k, v: F.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    return us_each(lambda i: attend(*caches[i % len(caches)]), 16)


def context(tokens):
    q, k, v = rand(1, 32, tokens, 128), rand(1, 32, tokens, 128), rand(1, 32, tokens, 128)
    return us_each(lambda i: F.scaled_dot_product_attention(q, k, v, is_causal=True), 8)


def main(path):
    rows = []
    for shape in LINEAR:
        rows.append({"peer": "cuBLAS", "problem": "tokens=%d k=%d n=%d" % shape, "us": linear(*shape)})
        print(rows[-1], flush=True)
    for shape in GENERATION:
        rows.append({"peer": "SDPA, contiguous cache", "problem": "%d x %d" % shape, "us": generation(*shape)})
        print(rows[-1], flush=True)
    rows.append({"peer": "SDPA, causal, 32 kv heads", "problem": "context 2048", "us": context(2048)})
    print(rows[-1], flush=True)
    with open(path, "w") as file:
        json.dump({"device": torch.cuda.get_device_name(), "torch": torch.__version__, "rows": rows}, file, indent=1)


if __name__ == "__main__":
    main(sys.argv[1])
