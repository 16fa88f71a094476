// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/arithmetic.h"
#include "lathe/kernels/cpu/element.h"
#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/kernels/matmul/stack.h"
#include "lathe/ops/matmul.h"

namespace lathe::kernels {

namespace {

// y[n] = sum over k of a[k] * b[k, n], each with ascending k.
template <class N>
void multiply_row(const TensorView& a, const TensorView& b, const TensorView& y) {
  std::vector<N> sums(static_cast<size_t>(y.size(0)));
  NumberReader<N> factors(a);
  NumberReader<N> rows(b);
  for (int64_t k = 0; k < a.size(0); ++k) {
    const N factor = factors.take();
    for (N& sum : sums) {
      sum = apply(ops::BinaryKind::kAdd, sum, apply(ops::BinaryKind::kMul, factor, rows.take()));
    }
  }
  NumberWriter<N> writer(y);
  for (const N sum : sums) writer.put(sum);
}

void run(const KernelArgs& args) {
  const MatrixStack a(args.inputs[0]);
  MatrixStack b(args.inputs[1]);
  const MatrixStack y(args.outputs[0]);
  if (args.op.as<ops::MatMul>()->transpose_b) {
    constexpr int kSwapped[] = {1, 0};
    b.matrix = permuted(b.matrix, kSwapped);
  }
  const std::span<const int64_t> stack = y.starts.shape();
  const int64_t rows = y.matrix.size(0);
  with_number(args.inputs[0].dtype, [&]<class N>(N) {
    for_ranges(args.pool, y.starts.num_elements() * rows, 1, [&](int64_t first, int64_t) {
      const int64_t index = first / rows;
      const int64_t row = first % rows;
      multiply_row<N>(select(a.at(index, stack), 0, row), b.at(index, stack),
                      select(y.at(index, stack), 0, row));
    });
  });
}

}  // namespace

extern const Kernel kMatmulCpuRef{.name = "matmul.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
