// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "lathe/kernels/cpu/arithmetic.h"
#include "lathe/kernels/cpu/element.h"
#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/reduce.h"

namespace lathe::kernels {

namespace {

using ops::BinaryKind;
using ops::ReduceKind;

BinaryKind step_of(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kSum:
    case ReduceKind::kMean:
      return BinaryKind::kAdd;
    case ReduceKind::kMax:
      return BinaryKind::kMax;
    case ReduceKind::kMin:
      return BinaryKind::kMin;
    case ReduceKind::kProd:
      return BinaryKind::kMul;
  }
  return BinaryKind::kAdd;
}

// What a reduction over no elements gives.
template <class N>
N start_of(ReduceKind kind, DType dtype) {
  if (kind == ReduceKind::kProd) return 1;
  if (kind != ReduceKind::kMax && kind != ReduceKind::kMin) return 0;
  constexpr N kGreatest = std::numeric_limits<N>::has_infinity ? std::numeric_limits<N>::infinity()
                                                               : std::numeric_limits<N>::max();
  const N far = kind == ReduceKind::kMin ? kGreatest : static_cast<N>(-kGreatest - N{1});
  if constexpr (std::is_same_v<N, int64_t>) return to_integer(far, dtype);
  return far;
}

template <class N>
N reduce_one(ReduceKind kind, const TensorView& x, DType dtype) {
  N result = start_of<N>(kind, dtype);
  NumberReader<N> reader(x);
  const BinaryKind step = step_of(kind);
  const int64_t count = x.num_elements();
  for (int64_t i = 0; i < count; ++i) result = apply(step, result, reader.take());
  if (kind != ReduceKind::kMean) return result;
  return static_cast<N>(static_cast<float>(result) / static_cast<float>(count));
}

void run(const KernelArgs& args) {
  const auto& op = *args.op.as<ops::Reduce>();
  const TensorView& x = args.inputs[0];
  const TensorView& y = args.outputs[0];
  const std::vector<bool> reduced = ops::reduced_axes(op.axes, x.rank);
  std::vector<bool> kept = reduced;
  kept.flip();
  const TensorView inner = axes_of(x, reduced);
  const TensorView outer = axes_of(x, kept);
  with_number(x.dtype, [&]<class N>(N) {
    for_ranges(args.pool, y.num_elements(), 16, [&](int64_t first, int64_t last) {
      Cursor starts(outer, outer.shape(), first);
      NumberWriter<N> writer(y, first);
      for (int64_t i = first; i < last; ++i, starts.next()) {
        writer.put(reduce_one<N>(op.kind, moved(inner, starts.offset()), y.dtype));
      }
    });
  });
}

}  // namespace

extern const Kernel kReduceCpuRef{.name = "reduce.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
