// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/gpu_bench.h"

#include <algorithm>

#include "lathe/base/random.h"
#include "lathe/builder/lower/asked_step.h"
#include "lathe/exec/cuda/launcher.h"
#include "lathe/exec/cuda/run_memory.h"

namespace lathe::builder {

namespace {

// More than twice an H100's L2: what is read again after so much comes from memory.
constexpr int64_t kRotatedBytes = int64_t{128} << 20;
constexpr int64_t kDrawnHalves = int64_t{1} << 21;  // on the host; copies of them fill the rest
constexpr int kWarmUps = 2, kReplays = 9;
constexpr int kFewestLaunches = 8, kMostLaunches = 48;
constexpr double kChainSeconds = 2e-3;

// Where a step's operand is a weight in some layout.
struct WeightPlace {
  size_t first = 0;  // operand
  size_t count = 0;  // canonical tensors
};
WeightPlace weight_place(const kernels::Problem& problem) {
  const auto count = static_cast<size_t>(weight_tensors(problem.op));
  return {count == 0 ? problem.inputs.size() : kernels::weight_operand(problem.op), count};
}

std::vector<uint16_t> random_halves(DType dtype) {
  constexpr float kScale = 0.02f;
  std::vector<uint16_t> out(kDrawnHalves);
  for (int64_t i = 0; i < kDrawnHalves; ++i) {
    const float value = normal_at(1, 0, static_cast<uint64_t>(i)) * kScale;
    store_element(out.data(), dtype, i, static_cast<double>(value));
  }
  return out;
}

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

int64_t weight_bytes(const kernels::Kernel& kernel, const kernels::Problem& problem) {
  const WeightPlace place = weight_place(problem);
  if (place.count == 0) return 0;
  const TensorType& type = problem.inputs[place.first];
  if (kernel.layout == nullptr) return type.shape.num_elements().value() * bits_of(type.dtype) / 8;
  const ops::WeightFormatDesc format{.code_dtype = type.dtype};
  return kernel.layout->packed_bytes(format, type.shape[0].value(), type.shape[1].value());
}

GpuBench::GpuBench(std::shared_ptr<const cuda::Device> device, const engine::DeviceCode& code,
                   int64_t weight_bytes)
    : gpu_(std::move(device), code),
      random_(gpu_.device(),
              static_cast<size_t>(std::max(kRotatedBytes, exec::device_aligned(weight_bytes))),
              "weights to time kernels with") {}

void GpuBench::fill(DType dtype) {
  if (filled_ == dtype) return;
  const std::vector<uint16_t> drawn = random_halves(dtype);
  const size_t piece = drawn.size() * sizeof(uint16_t);
  gpu_.stream().copy_to_device(random_.address(), drawn.data(), piece);
  for (size_t at = piece; at < random_.size(); at += piece) {
    gpu_.stream().copy(random_.address() + at, random_.address(),
                       std::min(piece, random_.size() - at));
  }
  gpu_.stream().synchronize();  // `drawn` goes
  filled_ = dtype;
}

cuda::DeviceBuffer GpuBench::random_buffer(const TensorType& type, const DimBindings& sizes,
                                           std::string_view what) const {
  const auto bytes =
      static_cast<size_t>(bytes_for(type.dtype, type.shape.num_elements().evaluate(sizes)));
  cuda::DeviceBuffer out(gpu_.device(), std::max<size_t>(bytes, 16), what);
  for (size_t at = 0; at < bytes; at += random_.size()) {
    gpu_.stream().copy(out.address() + at, random_.address(), std::min(random_.size(), bytes - at));
  }
  return out;
}

exec::ReadyStep GpuBench::step_of(const Candidate& candidate, const std::string& code,
                                  std::vector<cuda::DeviceBuffer>& buffers) {
  const kernels::Problem& problem = candidate.problem;
  const DimBindings sizes = step_bindings(problem, candidate.tokens);
  const WeightPlace weight = weight_place(problem);
  exec::ReadyStep step{.op = problem.op,
                       .planted = false,
                       .choices = {{.up_to_tokens = 0,
                                    .kernel = &candidate.kernel,
                                    .code = code,
                                    .inputs = {},
                                    .workspace_bytes = 0}},
                       .output_values = {},
                       .inputs = {},
                       .outputs = {}};
  const auto add = [&](const TensorType& type, std::vector<TensorView>& to) {
    buffers.push_back(random_buffer(type, sizes, "operands to time kernels with"));
    to.push_back(
        TensorView::contiguous(buffers.back().pointer(), type.dtype, type.shape.evaluate(sizes)));
  };
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    if (i != weight.first) {
      add(problem.inputs[i], step.inputs);
      continue;
    }
    const int64_t bytes[] = {weight_bytes(candidate.kernel, problem)};
    step.inputs.push_back(candidate.kernel.layout != nullptr
                              ? TensorView::contiguous(random_.pointer(), DType::kU8, bytes)
                              : TensorView::contiguous(random_.pointer(), problem.inputs[i].dtype,
                                                       problem.inputs[i].shape.evaluate(sizes)));
  }
  for (const TensorType& type : problem.outputs) add(type, step.outputs);
  return step;
}

double GpuBench::seconds(const Candidate& candidate, const std::string& code) {
  fill(candidate.problem.inputs[0].dtype);
  std::vector<cuda::DeviceBuffer> buffers;
  exec::ReadyStep step = step_of(candidate, code, buffers);
  step.choose(candidate.tokens);
  const auto& workspace_bytes = candidate.kernel.workspace_bytes;
  const DimBindings sizes = step_bindings(candidate.problem, candidate.tokens);
  const int64_t bytes =
      workspace_bytes == nullptr ? 0 : workspace_bytes(candidate.problem).evaluate(sizes);
  const cuda::DeviceBuffer workspace(
      gpu_.device(), static_cast<size_t>(std::max<int64_t>(bytes, 16)), "workspace");
  exec::Launcher launcher(gpu_, workspace.pointer(), exec::Bits::kFastest);
  const size_t weight = weight_place(candidate.problem).first;
  const int64_t apart = exec::device_aligned(weight_bytes(candidate.kernel, candidate.problem));
  const int64_t copies =
      apart == 0 ? 1 : std::max<int64_t>(1, static_cast<int64_t>(random_.size()) / apart);
  const int launches = chain_length(candidate);
  const cuda::GraphExec graph = cuda::capture(gpu_.stream(), [&] {
    for (int i = 0; i < launches; ++i) {
      if (apart > 0) step.inputs[weight].data = random_.pointer<std::byte>() + i % copies * apart;
      launcher.enqueue(step);
    }
  });
  return median_seconds(gpu_.stream(), graph) / launches;
}

}  // namespace lathe::builder
