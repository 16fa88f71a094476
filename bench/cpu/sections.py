# SPDX-License-Identifier: Apache-2.0
"""The parts of the comparison: each prints a table and returns its figures."""
import json
import statistics

from . import models
from .peers import Lathe, LlamaCpp, OpenVino
from .quiet import benchmark, measured

# The least ratio that we aim at: measure -> format -> (against llama.cpp, against OpenVINO GenAI).
GOALS = {"prefill": {"Q4_1": (6, None), "Q4_0": (2.5, 1.2), "Q8_0": (4, 1.2), "BF16": (1.9, None)},
         "decode": {"Q4_1": (2, 2), "Q4_0": (2, 2), "Q8_0": (1.6, 1.6), "BF16": (1.3, 1.3)},
         "decode_batch": {"Q4_1": (3, None), "Q4_0": (3, None), "Q8_0": (2.5, None), "BF16": (2, None)}}
# The least share of the measured read rate at which a model beyond every cache decodes.
MEMORY_GOALS = {"BF16": 0.85, "Q8_0": 0.85, "Q4_1": 0.7}
# The least share of the measured FMA or VNNI peak that the linear kernels reach with 512 tokens, summed over a step.
GEMM_GOALS = {"Q4_1": 0.42, "Q4_0": 0.42, "Q8_0": 0.45, "BF16": 0.7, "F32": 0.7}


def subject(peer, name, options):
    """What a program is given for a format: an engine, or the file."""
    return models.engine_of(name, options) if isinstance(peer, Lathe) else models.file_of(name, options)


def rounds_of(measure, name, peers, options):
    """Rounds in which the programs take turns: program -> figures."""
    figures = {peer.name: [] for peer in peers}
    for number in range(options.rounds):
        for peer in peers:
            label = f"{name} {measure} {peer.name} round {number + 1}"
            what = subject(peer, name, options)
            figures[peer.name].append(measured(label, lambda p=peer, w=what: getattr(p, measure)(w)))
    return figures


def speed(options):
    lathe, llama = Lathe(options.lathe, options.threads), LlamaCpp(options.llama, options.threads)
    openvino = OpenVino(options.openvino, options.threads)
    model = models.file_of("Q4_0", options)
    for command in (llama.bench(model, 512, 0), llama.batched(model), openvino.command(model, 512, 2)):
        print("peer:", " ".join(map(str, command)))
    out = {}
    for name in options.formats.split(","):
        for measure, goals in GOALS.items():
            reads = name in ("Q4_0", "Q8_0") and measure != "decode_batch"
            peers = [lathe, llama] + ([openvino] if reads else [])
            figures = rounds_of(measure, name, peers, options)
            out[f"{name} {measure}"] = figures
            print_row(name, measure, figures, goals[name])
    return out


def print_row(name, measure, figures, goals):
    ours = statistics.median(figures["lathe"])
    cells = [f"{name:5} {measure:13} lathe {ours:8.1f} tok/s"]
    for peer, goal in zip(("llama.cpp", "OpenVINO GenAI"), goals):
        if peer in figures:
            theirs = statistics.median(figures[peer])
            aim = f" (goal {goal})" if goal else ""
            cells.append(f"{peer} {theirs:8.1f}: {ours / theirs:5.2f} x{aim}")
    print("   ".join(cells), flush=True)


def busy(options):
    """Tokens per second with one core taken by a loop: two threads must not be slower than one."""
    engine = models.engine_of("Q4_1", options)
    figures = {}
    for threads in (1, 2):
        lathe = Lathe(options.lathe, threads, busy_cores=1)
        rates = [measured(f"busy {threads}", lambda p=lathe: p.decode(engine)) for _ in range(options.rounds)]
        figures[threads] = statistics.median(rates)
    print(f"one core busy: 1 thread {figures[1]:.1f} tok/s, 2 threads {figures[2]:.1f}: "
          f"{figures[2] / figures[1]:.2f} x (goal 0.9)")
    return figures


def memory(options):
    """Decode of models beyond every cache against the machine's read rate (printed by bench kernels)."""
    out = {}
    for name, goal in MEMORY_GOALS.items():
        engine = models.large_engine(name, options)

        def quietly(command, label=f"memory {name}"):
            return measured(label, lambda: benchmark(command))

        inspected = json.loads(models.checked([options.lathe, "inspect", engine, "--json"]).splitlines()[-1])
        ceiling = quietly([options.lathe, "bench", "kernels", engine, "--json"])["ceilings"]["read_bytes_per_s"]
        ms = quietly(Lathe(options.lathe, options.threads).command(engine, 1, 16))["decode_ms_per_token"]
        weights = list(inspected["plans"][0]["weights"].values())[-1]  # of the highest ISA class
        size = sum(part["bytes"] for part in weights.values())
        rate = size / statistics.median(ms) * 1e3
        print(f"{name}: {size / 1e9:.2f} GB of weights at {rate / 1e9:.1f} GB/s, {rate / ceiling:.0%} of the measured "
              f"read rate (goal {goal:.0%})", flush=True)
        out[name] = {"bytes": size, "bytes_per_s": rate, "ceiling_bytes_per_s": ceiling, "share": rate / ceiling}
    return out


def kernels(options):
    """Every kernel of an engine beside its ceilings; the linear ones of a prompt of 512 tokens against the peak, which
    `bench kernels` measures beside each."""
    out = {}
    engines = {name: models.engine_of(name, options) for name in options.formats.split(",")}
    engines["F32"] = models.fp32_engine("BF16", options)
    for name, engine in engines.items():
        command = [options.lathe, "bench", "kernels", engine, "--json"]
        figures = measured(f"kernels {name}", lambda c=command: benchmark(c))
        linear = [row for row in figures["kernels"] if row["op"] == "linear" and "tokens=512 " in row["problem"]
                  and "logit_rows" not in row["problem"]]
        for row in linear:
            print(f"  {row['kernel']:30} {row['us']:8.1f} us x {row['steps']}: {row['flops'] / row['us'] / 1e3:5.0f} Gop/s, "
                  f"{row['share']:.0%} of {row['bound']}   {row['problem']}")
        took, least = (sum(row[key] * row["steps"] for row in linear) for key in ("us", "ceiling_us"))
        print(f"{name}: linear at 512 tokens at {least / took:.0%} of the peak (goal {GEMM_GOALS[name]:.0%})", flush=True)
        out[name] = figures | {"linear_512_share": least / took}
    return out


def quality(options):
    """Perplexity of every format and ISA class against the fp32 engine of the same file."""
    out = {}
    for name in options.formats.split(","):
        reference = perplexity(options, models.fp32_engine(name, options))
        for isa in ("avx2", "avx512", "vnni"):
            got = perplexity(options, models.engine_of(name, options), "--cpu-isa", isa)
            out[f"{name} {isa}"] = got / reference - 1
            print(f"{name} {isa}: perplexity {got:.4f}, fp32 {reference:.4f}: {got / reference - 1:+.3%} (goal 0.3 %)")
    return out


def perplexity(options, engine, *flags):
    command = [options.lathe, "eval", "perplexity", engine, "--text", models.PUBLIC_DOMAIN_TEXT, "--json", *flags]
    return json.loads(models.checked(command).splitlines()[-1])["perplexity"]
