// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/gpu_bench.h"

#include <algorithm>

#include "lathe/core/cuda/graph.h"
#include "lathe/exec/cuda/launcher.h"

namespace lathe::builder {

namespace {

constexpr int kWarmUps = 2, kReplays = 9;
constexpr int kFewestLaunches = 8, kMostLaunches = 48;
constexpr double kChainSeconds = 2e-3;

int chain_length(const Candidate& candidate) {
  const double floor = cost_model()(candidate);
  return std::clamp(static_cast<int>(kChainSeconds / floor), kFewestLaunches, kMostLaunches);
}

double median_seconds(const cuda::Stream& stream, const cuda::GraphExec& graph) {
  for (int i = 0; i < kWarmUps; ++i) graph.launch(stream);
  cuda::Event begin(stream.shared_device()), end(stream.shared_device());
  std::vector<double> times;
  for (int i = 0; i < kReplays; ++i) {
    begin.record(stream);
    graph.launch(stream);
    end.record(stream);
    end.synchronize();
    times.push_back(static_cast<double>(elapsed_us(begin, end)) * 1e-6);
  }
  std::ranges::nth_element(times, times.begin() + kReplays / 2);
  return times[kReplays / 2];
}

}  // namespace

GpuBench::GpuBench(std::shared_ptr<const cuda::Device> device, const engine::DeviceCode& code,
                   int64_t weight_bytes, std::shared_ptr<const cuda::CublasLt> products)
    : gpu_(std::move(device), code, std::move(products)), random_(gpu_.stream(), weight_bytes) {}

double GpuBench::seconds(const Candidate& candidate, std::string_view code) {
  random_.draw(candidate.problem.inputs[0].dtype);
  GpuOperands operands(candidate, code, random_);
  exec::Launcher launcher(gpu_, operands.workspace(), exec::Bits::kFastest);
  const int launches = chain_length(candidate);
  const cuda::GraphExec graph = cuda::capture(gpu_.stream(), [&] {
    for (int i = 0; i < launches; ++i) {
      operands.rotate();
      launcher.enqueue(operands.step());
    }
  });
  return median_seconds(gpu_.stream(), graph) / launches;
}

}  // namespace lathe::builder
