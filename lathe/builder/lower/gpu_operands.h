// SPDX-License-Identifier: Apache-2.0
// Operands of a kernel in a GPU's memory, to time it with: random numbers, and a weight that comes
// from memory each time.
#pragma once

#include <optional>
#include <vector>

#include "lathe/builder/lower/estimate.h"
#include "lathe/core/cuda/buffer.h"
#include "lathe/exec/ready_step.h"

namespace lathe::builder {

// Bytes of a kernel's weight as it takes it; 0 where the op has none.
int64_t weight_bytes(const kernels::Kernel& kernel, const kernels::Problem& problem);

// Random 16-bit floats, as weights are distributed: what is zero costs a GPU less power. At least
// so many bytes as an L2 does not hold.
class RandomMemory {
 public:
  // Throws kOutOfMemory.
  RandomMemory(const cuda::Stream& stream, int64_t bytes);

  void draw(DType dtype);  // bf16 or f16; once for each change of the dtype
  const cuda::DeviceBuffer& buffer() const { return buffer_; }
  // A buffer of its own with such numbers.
  cuda::DeviceBuffer copy(int64_t bytes) const;

 private:
  const cuda::Stream& stream_;
  cuda::DeviceBuffer buffer_;
  std::optional<DType> drawn_;
};

// A step that runs one candidate. Its weight lies in the random memory, which has to outlive it, as
// have the candidate and `code`.
class GpuOperands {
 public:
  // `code`: key of the kernel's device code, or empty. Throws kOutOfMemory.
  GpuOperands(const Candidate& candidate, std::string_view code, const RandomMemory& random);

  const exec::ReadyStep& step() const { return step_; }
  void* workspace() const { return workspace_.pointer(); }
  // Puts the weight where it was not for as many calls as fit in the random memory.
  void rotate();

 private:
  void add(const TensorType& type, std::vector<TensorView>& to);
  TensorView weight_view() const;

  const Candidate& candidate_;
  const RandomMemory& random_;
  DimBindings sizes_;
  size_t weight_;  // operand; none: as many as there are
  int64_t turn_ = 0;
  exec::ReadyStep step_;
  std::vector<cuda::DeviceBuffer> buffers_;
  cuda::DeviceBuffer workspace_;
};

}  // namespace lathe::builder
