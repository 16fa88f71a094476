# SPDX-License-Identifier: Apache-2.0
"""openvino_run.py MODEL PROMPT GENERATED THREADS: one warm-up and one timed run of OpenVINO GenAI; JSON on the last line.

Prompts are fresh random ids, since the pipeline keeps the prefixes that it has seen.
"""
import json
import random
import sys

import numpy
import openvino
import openvino_genai


def timed(pipeline, prompt, generated):
    ids = numpy.array([[random.randrange(100, 48000) for _ in range(prompt)]], dtype=numpy.int64)
    inputs = openvino_genai.TokenizedInputs(openvino.Tensor(ids), openvino.Tensor(numpy.ones_like(ids)))
    config = openvino_genai.GenerationConfig(max_new_tokens=generated, min_new_tokens=generated, do_sample=False,
                                             ignore_eos=True)
    return pipeline.generate(inputs, config).perf_metrics


def main():
    model, prompt, generated, threads = sys.argv[1], *map(int, sys.argv[2:5])
    pipeline = openvino_genai.LLMPipeline(model, "CPU", INFERENCE_NUM_THREADS=threads)
    timed(pipeline, prompt, generated)
    metrics = timed(pipeline, prompt, generated)
    print(json.dumps({"prefill_tokens_per_s": prompt / metrics.get_ttft().mean * 1e3,
                      "decode_tokens_per_s": 1e3 / metrics.get_tpot().mean}))


if __name__ == "__main__":
    main()
