// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/gpu_operands.h"

#include <algorithm>

#include "lathe/base/random.h"
#include "lathe/builder/lower/asked_step.h"
#include "lathe/exec/cuda/run_memory.h"

namespace lathe::builder {

namespace {

// More than twice an H100's L2: what is read again after so much comes from memory.
constexpr int64_t kRotatedBytes = int64_t{128} << 20;
constexpr int64_t kDrawnHalves = int64_t{1} << 21;  // on the host; copies of them fill the rest

std::vector<uint16_t> random_halves(DType dtype) {
  constexpr float kScale = 0.02f;
  std::vector<uint16_t> out(kDrawnHalves);
  for (int64_t i = 0; i < kDrawnHalves; ++i) {
    const float value = normal_at(1, 0, static_cast<uint64_t>(i)) * kScale;
    store_element(out.data(), dtype, i, static_cast<double>(value));
  }
  return out;
}

size_t weight_place(const kernels::Problem& problem) {
  return weight_tensors(problem.op) == 0 ? problem.inputs.size()
                                         : kernels::weight_operand(problem.op);
}

exec::ReadyStep empty_step(const Candidate& candidate, std::string_view code) {
  return {.op = candidate.problem.op,
          .planted = false,
          .choices = {{.up_to_tokens = 0,
                       .kernel = &candidate.kernel,
                       .code = code,
                       .inputs = {},
                       .workspace_bytes = 0}},
          .output_values = {},
          .inputs = {},
          .outputs = {}};
}

}  // namespace

int64_t weight_bytes(const kernels::Kernel& kernel, const kernels::Problem& problem) {
  const size_t place = weight_place(problem);
  if (place == problem.inputs.size()) return 0;
  const TensorType& type = problem.inputs[place];
  if (kernel.layout == nullptr) return bytes_for(type.dtype, type.shape.num_elements().value());
  const ops::WeightFormatDesc format{.code_dtype = type.dtype};
  return kernel.layout->packed_bytes(format, type.shape[0].value(), type.shape[1].value());
}

RandomMemory::RandomMemory(const cuda::Stream& stream, int64_t bytes)
    : stream_(stream),
      buffer_(stream.shared_device(),
              static_cast<size_t>(std::max(kRotatedBytes, exec::device_aligned(bytes))),
              "weights to time kernels with") {}

void RandomMemory::draw(DType dtype) {
  if (drawn_ == dtype) return;
  const std::vector<uint16_t> drawn = random_halves(dtype);
  const size_t piece = drawn.size() * sizeof(uint16_t);
  stream_.copy_to_device(buffer_.address(), drawn.data(), piece);
  for (size_t at = piece; at < buffer_.size(); at += piece) {
    stream_.copy(buffer_.address() + at, buffer_.address(), std::min(piece, buffer_.size() - at));
  }
  stream_.synchronize();  // `drawn` goes
  drawn_ = dtype;
}

cuda::DeviceBuffer RandomMemory::copy(int64_t bytes) const {
  const auto size = static_cast<size_t>(std::max<int64_t>(bytes, 16));
  cuda::DeviceBuffer out(stream_.shared_device(), size, "operands to time kernels with");
  for (size_t at = 0; at < size; at += buffer_.size()) {
    stream_.copy(out.address() + at, buffer_.address(), std::min(buffer_.size(), size - at));
  }
  return out;
}

GpuOperands::GpuOperands(const Candidate& candidate, std::string_view code,
                         const RandomMemory& random)
    : candidate_(candidate),
      random_(random),
      sizes_(step_bindings(candidate.problem, candidate.tokens)),
      weight_(weight_place(candidate.problem)),
      step_(empty_step(candidate, code)) {
  const kernels::Problem& problem = candidate.problem;
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    if (i == weight_) {
      step_.inputs.push_back(weight_view());
    } else {
      add(problem.inputs[i], step_.inputs);
    }
  }
  for (const TensorType& type : problem.outputs) add(type, step_.outputs);
  const auto& bytes = candidate.kernel.workspace_bytes;
  workspace_ = random.copy(bytes == nullptr ? 0 : bytes(problem).evaluate(sizes_));
  step_.choose(candidate.tokens);
}

void GpuOperands::add(const TensorType& type, std::vector<TensorView>& to) {
  const std::vector<int64_t> sizes = type.shape.evaluate(sizes_);
  buffers_.push_back(
      random_.copy(bytes_for(type.dtype, type.shape.num_elements().evaluate(sizes_))));
  to.push_back(TensorView::contiguous(buffers_.back().pointer(), type.dtype, sizes));
}

// As the kernel takes it: packed, or the canonical tensor of a 16-bit weight.
TensorView GpuOperands::weight_view() const {
  const TensorType& type = candidate_.problem.inputs[weight_];
  if (candidate_.kernel.layout == nullptr) {
    return TensorView::contiguous(random_.buffer().pointer(), type.dtype, type.shape.evaluate({}));
  }
  const int64_t bytes[] = {weight_bytes(candidate_.kernel, candidate_.problem)};
  return TensorView::contiguous(random_.buffer().pointer(), DType::kU8, bytes);
}

void GpuOperands::rotate() {
  if (weight_ == candidate_.problem.inputs.size()) return;
  TensorView& weight = step_.inputs[weight_];
  const int64_t apart = exec::device_aligned(weight.num_bytes());
  const int64_t places = static_cast<int64_t>(random_.buffer().size()) / apart;
  weight.data = random_.buffer().pointer<std::byte>() + turn_++ % places * apart;
}

}  // namespace lathe::builder
