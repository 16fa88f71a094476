// SPDX-License-Identifier: Apache-2.0
#include "model_flags.h"

#include <algorithm>
#include <charconv>

#include "blame.h"
#include "lathe/exec/cuda/gpu.h"

namespace lathe::app {

namespace {

constexpr IntegerRange kThreads{.low = 1, .high = 1024};

exec::DeviceChoice parse_device(std::string_view name) {
  if (name == "cpu") return {};
  constexpr std::string_view kPrefix = "cuda:";
  int index = -1;
  if (name.starts_with(kPrefix)) {
    const char* end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data() + kPrefix.size(), end, index);
    if (error != std::errc() || rest != end) index = -1;
  }
  if (index >= 0) return {DeviceKind::kCuda, index};
  fail(ErrorCode::kInvalidArgument, "--device: expected cpu or cuda:0, got ", quote(name));
}

}  // namespace

void ModelFlags::declare(Flags& flags) {
  flags.positional("ENGINE", engine, "folder that `lathe build` wrote");
  declare_options(flags);
}

void ModelFlags::declare_options(Flags& flags) {
  flags.value("--device", device_, {"DEVICE", "cpu or cuda:0; what the engine was built for"});
  flags.value("--threads", threads, {"N", "threads of the CPU; all cores", kThreads});
  flags.value("--cpu-isa", isa_, {"CLASS", "avx2, avx512 or vnni; the machine's highest"});
  flags.value("--weights", weights_, {"PATH", "another checkpoint of the same shape"});
  flags.value("--max-batch-size", limits.max_batch_size, {"N", "sequences of a step; 64", kBatch});
  flags.value("--max-num-tokens", limits.max_num_tokens, {"N", "tokens of a step; 8192", kTokens});
  flags.value("--max-seq-len", limits.max_seq_len,
              {"N", "tokens of a sequence, prompt and answer; the model's", kTokens});
  flags.value("--kv-cache-bytes", limits.kv_cache_bytes,
              {"N", "memory of the KV cache; 2 GiB on a CPU, 0.9 of a GPU's", kPositive});
  flags.value("--kv-cache-fraction", limits.kv_cache_fraction,
              {"F", "of the memory that is free, instead of --kv-cache-bytes"});
  flags.toggle("--deterministic", deterministic_,
               "the same bits whatever the batch; a CPU's always are, a GPU is slower then");
  flags.value("--cuda-libraries", cuda_libraries_,
              {"DIR", "where CUDA's libraries are, before the usual places"});
  flags.toggle("--no-libraries", no_libraries_,
               "own kernels only, also where cuBLASLt was faster; a CPU has no others");
}

exec::LoadOptions ModelFlags::load_options() const {
  if (limits.kv_cache_bytes && limits.kv_cache_fraction) {
    fail(ErrorCode::kInvalidArgument,
         "--kv-cache-bytes, --kv-cache-fraction: expected one of them, got both");
  }
  exec::LoadOptions options{.threads = threads, .isa = isa_, .weights = weights_.path};
  if (device_) options.device = parse_device(*device_);
  options.cuda_libraries = cuda_libraries_.path;
  if (deterministic_) options.bits = exec::Bits::kFixed;
  if (no_libraries_) options.libraries = exec::Libraries::kNone;
  return options;
}

std::shared_ptr<const exec::Engine> ModelFlags::load_engine(const runtime::RunLimits& run) const {
  exec::LoadOptions options = load_options();
  options.before_weights = runtime::check_before_weights(run);
  return blame_flags_of<runtime::RunLimits>(
      [&] { return exec::load_engine(engine.path, options); });
}

std::string ModelFlags::why_no_gpu(const engine::Plan& plan) const {
  const kernels::Target& target = plan.targets[0];
  if (device_ || target.device != DeviceKind::kCuda) return "";
  try {
    exec::open_gpu(0, target.sm, {.directory = cuda_libraries_.path});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnavailable) throw;
    return error.message();
  }
  return "";
}

int64_t ModelFlags::longest_sequence(const ops::ModelFacts& model) const {
  if (limits.max_seq_len == 0) return model.max_seq_len;
  return std::min(limits.max_seq_len, model.max_seq_len);
}

std::unique_ptr<llm::Model> ModelFlags::open() const {
  return blame_flags_of<runtime::RunLimits>(
      [&] { return llm::Model::open(engine.path, {.load = load_options(), .limits = limits}); });
}

runtime::StepLimits checked_limits(const exec::Engine& engine, const runtime::RunLimits& limits) {
  return blame_flags_of<runtime::RunLimits>([&] { return runtime::step_limits(engine, limits); });
}

}  // namespace lathe::app
