// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/gpu_times.h"

#include <algorithm>

#include "lathe/base/clock.h"
#include "lathe/base/error.h"
#include "lathe/base/log.h"
#include "lathe/builder/lower/gpu_bench.h"
#include "lathe/builder/target_support.h"
#include "lathe/core/cuda/arch.h"
#include "lathe/kernels/device_code.h"

namespace lathe::builder {

namespace {

std::string text_of(const kernels::Problem& problem) {
  std::string out = cat(problem.op.name(), " ", problem.op.attributes_json().dump());
  for (const TensorType& type : problem.inputs) out += cat(" ", type.to_string());
  return out;
}

bool is_timed(const Candidate& candidate) {
  return is_measurable(candidate.problem) && bits_of(candidate.problem.inputs[0].dtype) == 16 &&
         !is_fallback(candidate.kernel.name);
}

bool needs_library(const Candidate& candidate) {
  return candidate.kernel.cuda->library != kernels::DeviceLibrary::kNone;
}

// Null without it: its kernels are not timed then, and last.
std::shared_ptr<const cuda::CublasLt> open_products(const GpuTimesOptions& options) {
  try {
    return std::make_shared<const cuda::CublasLt>(options.device, options.compile.libraries);
  } catch (const Error& error) {
    log(LogLevel::kWarn, cat("kernels of cuBLASLt are not timed: ", error.message()));
    return nullptr;
  }
}

// The one whose times are taken where none is here.
std::string only_gpu(const TimingCache& cache, const std::string& arch) {
  const std::set<std::string> known = cache.gpus(arch);
  if (known.size() > 1) {
    fail(ErrorCode::kInvalidArgument, "--timing-cache: expected times of one ", arch,
         " device where there is none, got those of ",
         join(std::vector<std::string>(known.begin(), known.end()), ", "));
  }
  return known.empty() ? std::string() : *known.begin();
}

}  // namespace

GpuTimes::GpuTimes(TimingCache& cache, GpuTimesOptions options)
    : cache_(cache), options_(std::move(options)), arch_(cuda::arch_of(options_.sm)) {
  device_ = options_.device != nullptr ? options_.device->info().name : only_gpu(cache_, arch_);
}

std::vector<int64_t> GpuTimes::token_ranges() const {
  if (device_.empty()) return {};
  return {1, 2, 4, 8, 16, 32, 64, 128, 256, 1024};
}

const CodeRequest* GpuTimes::code_of(const Candidate& candidate) {
  const std::string name(candidate.kernel.name);
  if (!kernels::has_device_code(name)) return nullptr;
  const std::string known = cat(name, " ", text_of(candidate.problem));
  const auto found = codes_.find(known);
  if (found != codes_.end()) return &found->second;
  const auto source = [&](const kernels::GeneratorOptions& options) {
    return device_code(name, candidate.problem, options);
  };
  const kernels::GeneratorOptions options{.source_folder = options_.compile.kernel_source,
                                          .block_size = options_.block_size};
  return &codes_.emplace(known, code_request(name, source, options, arch_)).first->second;
}

// Device, kernel with its code, op, operands and tokens: all that a time depends on but the driver.
std::string GpuTimes::key_of(const Candidate& candidate) {
  const CodeRequest* code = code_of(candidate);
  return cat(gpu_prefix(device_, arch_), code != nullptr ? code->key : candidate.kernel.name, " ",
             text_of(candidate.problem), " at ", candidate.tokens, " tokens");
}

// Who has a rival, and has no time or one that has none.
std::vector<GpuTimes::Rivals> GpuTimes::rivals_among(std::span<const Candidate> candidates) {
  std::map<std::string, Rivals> groups;
  std::set<std::string> seen;
  for (const Candidate& candidate : candidates) {
    if (!is_timed(candidate)) continue;
    std::string key = key_of(candidate);
    if (!seen.insert(key).second) continue;
    groups[cat(text_of(candidate.problem), " at ", candidate.tokens)].push_back(
        {candidate, std::move(key)});
  }
  std::vector<Rivals> out;
  for (auto& [problem, rivals] : groups) {
    std::vector<Pending> unknown;
    for (Pending& one : rivals) {
      if (!cache_.find(one.key)) unknown.push_back(std::move(one));
    }
    if (rivals.size() > 1 && !unknown.empty()) out.push_back(std::move(unknown));
  }
  return out;
}

void GpuTimes::measure(std::span<const Candidate> candidates) {
  if (options_.device == nullptr) return;
  const std::vector<Rivals> all = rivals_among(candidates);
  if (all.empty()) return;
  try {
    measure(all);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kOutOfMemory) throw;
    log(LogLevel::kWarn,
        cat("kernels are chosen by the cost model where there is no time: ", error.message()));
  }
}

void GpuTimes::measure(const std::vector<Rivals>& all) {
  CodeBatch batch;
  int64_t most_bytes = 0;
  bool any_library = false;
  for (const Rivals& rivals : all) {
    for (const auto& [candidate, key] : rivals) {
      const CodeRequest* code = code_of(candidate);
      if (code != nullptr) batch.add(*code);
      most_bytes = std::max(most_bytes, weight_bytes(candidate.kernel, candidate.problem));
      any_library = any_library || needs_library(candidate);
    }
  }
  const Stopwatch compiling;
  const engine::DeviceCode compiled = batch.compile(options_.compile);
  const double compile_seconds = compiling.seconds();
  const Stopwatch watch;
  const auto products = any_library ? open_products(options_) : nullptr;
  GpuBench bench(options_.device, compiled, most_bytes, products);
  size_t timed = 0, left = 0;
  for (const Rivals& rivals : all) {
    if (watch.seconds() > options_.most_seconds) {
      left += rivals.size();
      continue;
    }
    for (const auto& [candidate, key] : rivals) {
      if (options_.check) options_.check();
      if (needs_library(candidate) && products == nullptr) continue;
      const CodeRequest* code = code_of(candidate);
      cache_.put(key, bench.seconds(candidate, code != nullptr ? std::string_view(code->key) : ""));
      ++timed;
    }
  }
  log(left == 0 ? LogLevel::kInfo : LogLevel::kWarn,
      cat("kernels timed=", timed, " left to the cost model=", left, " seconds=", watch.seconds(),
          " compiled=", batch.size(), " compile seconds=", compile_seconds, " device=", device_));
}

Estimator GpuTimes::estimator() {
  return [this, model = cost_model()](const Candidate& candidate) {
    if (device_.empty() || !is_measurable(candidate.problem)) return model(candidate);
    if (is_fallback(candidate.kernel.name)) return kFallbackSeconds;
    const std::optional<double> known = cache_.find(key_of(candidate));
    return known ? *known : kUntimedSeconds + model(candidate);
  };
}

}  // namespace lathe::builder
