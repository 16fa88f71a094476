# SPDX-License-Identifier: Apache-2.0
"""The programs that are compared. Each measures prefill and decode of one model file in tokens per second."""
import dataclasses
import json
import pathlib

from .quiet import benchmark, run

PROMPT, GENERATED = 512, 128
BATCH, BATCH_PROMPT, BATCH_GENERATED = 16, 64, 64


@dataclasses.dataclass(frozen=True)
class Lathe:
    program: pathlib.Path
    threads: int
    name: str = "lathe"
    busy_cores: int = 0  # that its own loops take meanwhile

    def command(self, engine, prompt, generated, batch=1):
        return [self.program, "bench", "latency", engine, "--prompt-tokens", str(prompt), "--output-tokens",
                str(generated), "--batch", str(batch), "--threads", str(self.threads), "--repeat", "1", "--busy-cores",
                str(self.busy_cores), "--json"]

    def figures(self, engine, prompt, generated, batch=1):
        return benchmark(self.command(engine, prompt, generated, batch))

    def prefill(self, engine):
        return self.figures(engine, PROMPT, 1)["prefill_tokens_per_s"][0]

    def decode(self, engine):
        return self.figures(engine, 1, GENERATED)["decode_tokens_per_s"][0]

    def decode_batch(self, engine):
        return self.figures(engine, BATCH_PROMPT, BATCH_GENERATED, BATCH)["decode_tokens_per_s"][0]


@dataclasses.dataclass(frozen=True)
class LlamaCpp:
    folder: pathlib.Path
    threads: int
    name: str = "llama.cpp"

    def bench(self, model, prompt, generated):
        return [self.folder / "llama-bench", "-m", model, "-p", str(prompt), "-n", str(generated), "-t",
                str(self.threads), "-fa", "1", "-r", "1", "-o", "json"]

    def batched(self, model):
        context = BATCH * (BATCH_PROMPT + BATCH_GENERATED)
        return [self.folder / "llama-batched-bench", "-m", model, "-npp", str(BATCH_PROMPT), "-ntg",
                str(BATCH_GENERATED), "-npl", str(BATCH), "-c", str(context), "-t", str(self.threads), "-fa", "on",
                "--output-format", "jsonl"]

    def prefill(self, model):
        return json.loads(run(self.bench(model, PROMPT, 0)))[0]["avg_ts"]

    def decode(self, model):
        return json.loads(run(self.bench(model, 0, GENERATED)))[0]["avg_ts"]

    def decode_batch(self, model):
        lines = [line for line in run(self.batched(model)).splitlines() if line.startswith("{")]
        return json.loads(lines[-1])["speed_tg"]


@dataclasses.dataclass(frozen=True)
class OpenVino:
    python: pathlib.Path
    threads: int
    name: str = "OpenVINO GenAI"

    def command(self, model, prompt, generated):
        script = pathlib.Path(__file__).with_name("openvino_run.py")
        return [self.python, script, model, str(prompt), str(generated), str(self.threads)]

    def prefill(self, model):
        return json.loads(run(self.command(model, PROMPT, 2)).splitlines()[-1])["prefill_tokens_per_s"]

    def decode(self, model):
        return json.loads(run(self.command(model, 8, GENERATED)).splitlines()[-1])["decode_tokens_per_s"]
