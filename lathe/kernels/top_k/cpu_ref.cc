// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "lathe/kernels/cpu/element.h"
#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/ops/reduce.h"

namespace lathe::kernels {

namespace {

// NaN is the largest; of equal elements the one with the lower index comes first.
template <class N>
std::vector<int64_t> indices_of_largest(const std::vector<N>& line, int64_t k) {
  std::vector<int64_t> indices(line.size());
  std::iota(indices.begin(), indices.end(), 0);
  const auto before = [&](int64_t i, int64_t j) {
    const N a = line[static_cast<size_t>(i)];
    const N b = line[static_cast<size_t>(j)];
    if ((a != a) != (b != b)) return a != a;
    return a > b || (!(b > a) && i < j);
  };
  std::partial_sort(indices.begin(), indices.begin() + k, indices.end(), before);
  indices.resize(static_cast<size_t>(k));
  return indices;
}

template <class N>
std::vector<N> numbers_of(NumberReader<N>& reader, int64_t count) {
  std::vector<N> out(static_cast<size_t>(count));
  for (N& value : out) value = reader.take();
  return out;
}

void run(const KernelArgs& args) {
  const TensorView& x = args.inputs[0];
  const int64_t length = x.size(-1);
  const int64_t k = args.outputs[0].size(-1);
  const int64_t lines = length == 0 ? 0 : x.num_elements() / length;
  with_number(x.dtype, [&]<class N>(N) {
    for_ranges(args.pool, lines, 16, [&](int64_t first, int64_t last) {
      NumberReader<N> reader(x, x.shape(), first * length);
      NumberWriter<N> values(args.outputs[0], first * k);
      NumberWriter<int64_t> indices(args.outputs[1], first * k);
      for (int64_t i = first; i < last; ++i) {
        const std::vector<N> line = numbers_of(reader, length);
        for (const int64_t index : indices_of_largest(line, k)) {
          values.put(line[static_cast<size_t>(index)]);
          indices.put(index);
        }
      }
    });
  });
}

}  // namespace

extern const Kernel kTopKCpuRef{.name = "top_k.cpu.ref", .supports = any_on_cpu, .run = run};

}  // namespace lathe::kernels
