// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/measure.h"

#include <algorithm>
#include <cstring>

#include "lathe/base/clock.h"
#include "lathe/builder/target_support.h"
#include "lathe/core/device.h"
#include "lathe/ops/linear.h"

namespace lathe::builder {

namespace {

// Weights are rotated over so many bytes, so that a small one is not found in the nearest cache,
// where no step of a model would find it.
constexpr int64_t kRotatedBytes = 32 << 20;
constexpr int64_t kMaxCopies = 8;
constexpr int kRounds = 5;
constexpr double kEnoughSeconds = 0.02;  // of rounds; a slow kernel has one

const ops::WeightFormatDesc* format_of(const ops::Op& op) {
  const auto* linear = op.as<ops::Linear>();
  return linear == nullptr ? nullptr : &linear->format;
}

// Ordinary numbers: neither zeros nor denormals, which some machines treat otherwise.
Tensor filled(DType dtype, std::vector<int64_t> sizes) {
  Tensor out(dtype, std::move(sizes));
  if (!is_floating(dtype)) {
    std::memset(out.data(), 0x35, static_cast<size_t>(out.num_bytes()));
    return out;
  }
  const Tensor number = Tensor::from<float>(DType::kF32, {1}, std::vector<float>{0.013f}).to(dtype);
  const auto bytes = static_cast<size_t>(number.num_bytes());
  auto* to = static_cast<std::byte*>(out.data());
  for (int64_t i = 0; i < out.num_elements(); ++i) {
    std::memcpy(to + static_cast<size_t>(i) * bytes, number.data(), bytes);
  }
  return out;
}

// Operands of a problem in memory, the weight several times.
class Bench {
 public:
  explicit Bench(const Candidate& candidate) : candidate_(candidate) {
    const DimBindings bindings = step_bindings(candidate.problem, candidate.tokens);
    const std::vector<TensorType>& types = candidate.problem.inputs;
    const ops::WeightFormatDesc* format = format_of(candidate.problem.op);
    const size_t weight =
        format == nullptr ? types.size() : kernels::weight_operand(candidate.problem.op);
    for (size_t i = 0; i < types.size(); ++i) {
      if (i == weight) {
        i += add_weight(*format, i) - 1;
      } else {
        operands_.push_back({filled(types[i].dtype, types[i].shape.evaluate(bindings))});
      }
    }
    for (const TensorType& type : candidate.problem.outputs) {
      outputs_.emplace_back(type.dtype, type.shape.evaluate(bindings));
    }
    DimBindings with_threads = bindings;
    with_threads["threads"] = 64;
    if (candidate.kernel.workspace_bytes != nullptr) {
      workspace_ = Tensor(
          DType::kU8, {candidate.kernel.workspace_bytes(candidate.problem).evaluate(with_threads)});
    }
  }

  // The fastest of a few rounds.
  double seconds(ThreadPool& pool) {
    run(pool, 0);
    double best = kFallbackSeconds;
    const Stopwatch all;
    for (size_t round = 1; round <= kRounds && (round == 1 || all.seconds() < kEnoughSeconds);
         ++round) {
      const Stopwatch watch;
      run(pool, round);
      best = std::min(best, watch.seconds());
    }
    return best;
  }

 private:
  // Adds the weight that begins at an operand; gives how many canonical tensors it takes.
  size_t add_weight(const ops::WeightFormatDesc& format, size_t first) {
    const auto count = static_cast<size_t>(format.num_tensors());
    const std::vector<TensorType>& types = candidate_.problem.inputs;
    ops::CanonicalTensor weight{.format = format, .values = {}, .scales = {}, .minimums = {}};
    Tensor* const parts[] = {&weight.values, &weight.scales, &weight.minimums};
    for (size_t i = 0; i < count; ++i) {
      *parts[i] = filled(types[first + i].dtype, types[first + i].shape.evaluate({}));
    }
    const kernels::Layout* layout = candidate_.kernel.layout;
    if (layout == nullptr) {
      for (size_t i = 0; i < count; ++i) operands_.push_back({*parts[i]});
      return count;
    }
    const int64_t rows = weight.values.size(0);
    Tensor packed(DType::kU8, {layout->packed_bytes(format, rows, weight.values.size(1))});
    layout->pack(weight, 0, rows, static_cast<std::byte*>(packed.data()));
    operands_.push_back({packed});
    const int64_t bytes = std::max<int64_t>(1, packed.num_bytes());
    const int64_t copies = std::clamp<int64_t>(kRotatedBytes / bytes, 1, kMaxCopies);
    while (static_cast<int64_t>(operands_.back().size()) < copies) {
      Tensor copy(DType::kU8, packed.sizes());
      std::memcpy(copy.data(), packed.data(), static_cast<size_t>(packed.num_bytes()));
      operands_.back().push_back(std::move(copy));
    }
    return count;
  }

  void run(ThreadPool& pool, size_t round) {
    std::vector<TensorView> inputs, outputs;
    for (const std::vector<Tensor>& copies : operands_) {
      inputs.push_back(copies[round % copies.size()].view());
    }
    for (const Tensor& output : outputs_) outputs.push_back(output.view());
    candidate_.kernel.run({.op = candidate_.problem.op,
                           .inputs = inputs,
                           .outputs = outputs,
                           .workspace = {static_cast<std::byte*>(workspace_.data()),
                                         static_cast<size_t>(workspace_.num_bytes())},
                           .pool = pool});
  }

  const Candidate& candidate_;
  std::vector<std::vector<Tensor>> operands_;  // each in one or more copies
  std::vector<Tensor> outputs_;
  Tensor workspace_;
};

// Machine, threads, kernel, op, operands and tokens: all that a time depends on.
std::string key_of(const Candidate& candidate, const std::string& machine, int threads) {
  std::string out = cat(machine, ", ", threads, " threads: ", candidate.kernel.name, " ",
                        candidate.problem.op.attributes_json().dump());
  for (const TensorType& type : candidate.problem.inputs) out += cat(" ", type.to_string());
  return out + cat(" at ", candidate.tokens, " tokens");
}

bool runs_here(const kernels::Target& target) {
  return target.device == DeviceKind::kCpu && target.isa <= kernels::machine_isa();
}

}  // namespace

Estimator measured(TimingCache& cache, ThreadPool& pool) {
  const std::string machine = cpu_device_info().name;
  return [&cache, &pool, machine, model = cost_model()](const Candidate& candidate) {
    if (!runs_here(candidate.target) || !is_measurable(candidate.problem)) return model(candidate);
    if (is_fallback(candidate.kernel.name)) return kFallbackSeconds;
    const std::string key = key_of(candidate, machine, pool.num_threads());
    if (const std::optional<double> known = cache.find(key)) return *known;
    const double seconds = Bench(candidate).seconds(pool);
    cache.put(key, seconds);
    return seconds;
  };
}

}  // namespace lathe::builder
