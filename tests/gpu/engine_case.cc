// SPDX-License-Identifier: Apache-2.0
#include "engine_case.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "lathe/runtime/forced_run.h"
#include "tests/model/golden.h"

namespace lathe::gpu_tests {
namespace {

namespace fs = std::filesystem;
using testing::Golden;

// Of the range of the logits.
double tolerance_of(const std::string& dtype) { return dtype == "fp16" ? 5e-3 : 2e-2; }

struct Way {
  const char* name;
  int64_t chunk;    // tokens of a context a step; 0 = all
  int64_t context;  // tokens before the first that is generated; 0 = all of them
  bool together;    // all prompts in shared steps, over shuffled blocks
};
constexpr Way kWays[] = {{"whole", 0, 0, false},
                         {"chunks of 7", 7, 0, false},
                         {"one by one", 0, 1, false},
                         {"mixed", 5, 9, true},
                         {"generations together", 0, 1, true}};

using Logits = std::vector<Tensor>;  // one a prompt

void run_sequences(const std::shared_ptr<const exec::Engine>& engine,
                   std::span<const runtime::ForcedSequence> sequences, const Way& way,
                   Logits& out) {
  exec::Session session(engine, runtime::forced_session(*engine, sequences, {}));
  const auto vocab = engine->manifest().model.vocab;
  for (const runtime::ForcedSequence& sequence : sequences) {
    out.emplace_back(DType::kF32,
                     std::vector<int64_t>{static_cast<int64_t>(sequence.tokens.size()), vocab});
  }
  const size_t first = out.size() - sequences.size();
  runtime::ForcedOptions options{.chunk = way.chunk};
  if (way.together) options.shuffle = 7;
  runtime::run_forced(session, sequences, options,
                      [&](size_t sequence, int64_t position, std::span<const float> row) {
                        std::memcpy(out[first + sequence].values<float>().data() + position * vocab,
                                    row.data(), row.size_bytes());
                      });
}

Logits run_way(const std::shared_ptr<const exec::Engine>& engine, const Golden& golden,
               const Way& way) {
  std::vector<runtime::ForcedSequence> sequences;
  for (const std::vector<int32_t>& prompt : golden.prompts) {
    const auto tokens = static_cast<int64_t>(prompt.size());
    const int64_t context = way.context == 0 ? tokens : std::min(way.context, tokens);
    sequences.push_back({.tokens = prompt, .generated = tokens - context});
  }
  Logits out;
  if (way.together) {
    run_sequences(engine, sequences, way, out);
  } else {
    for (const runtime::ForcedSequence& one : sequences) run_sequences(engine, {&one, 1}, way, out);
  }
  return out;
}

double greatest_error(const Logits& got, const Logits& wanted) {
  double error = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    error = std::max(error, testing::relative_error(got[i], wanted[i]));
  }
  return error;
}

bool same_bits(const Logits& got, const Logits& wanted) {
  return std::ranges::equal(got, wanted, [](const Tensor& a, const Tensor& b) {
    const auto bytes = static_cast<size_t>(a.num_bytes());
    return a.num_bytes() == b.num_bytes() && std::memcmp(a.data(), b.data(), bytes) == 0;
  });
}

// What an engine's logits are held to, and how they are asked for.
struct Trial {
  fs::path folder, checkpoint;
  double tolerance;
  exec::Bits bits;
};

bool run_engine(const Trial& trial) {
  exec::LoadOptions options;
  options.weights = trial.checkpoint;
  options.device = exec::DeviceChoice{DeviceKind::kCuda, 0};
  options.bits = trial.bits;
  const auto engine = exec::load_engine(trial.folder, options);
  const bool fixed = trial.bits == exec::Bits::kFixed;
  const Golden golden = testing::read_golden_file(trial.checkpoint / "golden.safetensors");
  bool ok = true;
  Logits whole;
  for (const Way& way : kWays) {
    Logits logits = run_way(engine, golden, way);
    if (whole.empty()) whole = logits;
    const double error = greatest_error(logits, golden.logits);
    const bool passes = error <= trial.tolerance && (!fixed || same_bits(logits, whole));
    ok = ok && passes;
    std::printf("%s %s%s, %s: %.2e of the range (at most %.0e), %.2e from whole\n",
                passes ? "pass" : "FAIL", trial.folder.filename().c_str(),
                fixed ? ", deterministic" : "", way.name, error, trial.tolerance,
                greatest_error(logits, whole));
    std::fflush(stdout);
  }
  return ok;
}

bool try_engine(const fs::path& folder, const fs::path& checkpoints) {
  const std::string name = folder.filename().string();
  const size_t dot = name.rfind('.');
  try {
    Trial trial{folder, checkpoints / name.substr(0, dot), tolerance_of(name.substr(dot + 1)),
                exec::Bits::kFastest};
    const bool fastest = run_engine(trial);
    trial.bits = exec::Bits::kFixed;
    return run_engine(trial) && fastest;
  } catch (const Error& error) {
    std::printf("FAIL %s: %s\n", name.c_str(), error.what());
    return false;
  }
}

}  // namespace

int run_engines(const fs::path& engines, const fs::path& checkpoints, const std::string& filter) {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(engines)) {
    const std::string name = entry.path().filename().string();
    const bool named = name.find('.') != std::string::npos;
    if (named && name.find(filter) != std::string::npos) folders.push_back(entry.path());
  }
  std::ranges::sort(folders);
  int failures = 0;
  for (const fs::path& folder : folders) failures += try_engine(folder, checkpoints) ? 0 : 1;
  std::printf("%d of %zu engines failed\n", failures, folders.size());
  return failures == 0 && !folders.empty() ? 0 : 1;
}

}  // namespace lathe::gpu_tests
