// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "lathe/kernels/cpu/arithmetic.h"
#include "lathe/kernels/cpu/element.h"
#include "lathe/kernels/cpu/lines.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/reduce.h"

namespace lathe::kernels {

namespace {

// A line that is -inf throughout, or holds NaN or +inf, is NaN as the formula says.
void softmax_line(const TensorView& x, const TensorView& y) {
  const int64_t length = x.size(0);
  float greatest = -std::numeric_limits<float>::infinity();
  NumberReader<float> first(x);
  for (int64_t i = 0; i < length; ++i) {
    greatest = apply(ops::BinaryKind::kMax, greatest, first.take());
  }
  float sum = 0;
  NumberReader<float> second(x);
  for (int64_t i = 0; i < length; ++i) sum += std::exp(second.take() - greatest);
  NumberReader<float> third(x);
  NumberWriter<float> out(y);
  for (int64_t i = 0; i < length; ++i) out.put(std::exp(third.take() - greatest) / sum);
}

void run(const KernelArgs& args) {
  const int axis = args.op.as<ops::Softmax>()->axis;
  for_lines(args.pool, args.inputs[0], args.outputs[0], axis, softmax_line);
}

}  // namespace

extern const Kernel kSoftmaxCpuRef{.name = "softmax.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
