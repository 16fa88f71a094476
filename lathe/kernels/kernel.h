// SPDX-License-Identifier: Apache-2.0
// The kernel seam: small records of plain functions, listed per op in order of preference.
//
// kernels/<op>/list.cc holds an op's candidates; the CPU reference closes the list and supports
// every CPU problem. The builder asks each `supports`, times those that say yes, and writes the
// winner's name into the plan; the refusals are kept to be read. Records are constants: any thread
// may use them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/base/thread_pool.h"
#include "lathe/core/shape.h"
#include "lathe/core/tensor.h"
#include "lathe/kernels/cuda_kernel.h"
#include "lathe/kernels/target.h"
#include "lathe/ops/op.h"
#include "lathe/ops/weight_format.h"

namespace lathe::kernels {

struct Support {
  bool ok = true;
  std::string why_not;
  static Support yes() { return {}; }
  template <class... Parts>
  static Support no(const Parts&... parts) {
    return {false, cat(parts...)};
  }
};

// An op with the types of its operands; dims of the run (`tokens`, …) may stay symbolic.
struct Problem {
  ops::Op op;
  std::vector<TensorType> inputs;
  std::vector<TensorType> outputs;
};

// What `run` gets. Views of dtype kState point at a KvCacheView. An output of dtype kState is its
// input's storage. Floating views have the dtype they really have: a kernel goes by the views, not
// by the op's attributes, so that the interpreter can run every op in f32. References take views of
// any strides; all other kernels may rely on contiguous ones, which is what a plan gives.
struct KernelArgs {
  const ops::Op& op;
  std::span<const TensorView> inputs;
  std::span<const TensorView> outputs;
  std::span<std::byte> workspace;  // at least workspace_bytes, aligned to 64 bytes
  ThreadPool& pool;
};

// How a weight lies in memory for a kernel. Packing goes by rows so that loading streams.
struct Layout {
  std::string_view id;   // stored in engines: "bf16.avx2.n16"
  int64_t row_multiple;  // pack() gets whole groups of so many rows (the last one may be short)
  int64_t (*packed_bytes)(const ops::WeightFormatDesc& format, int64_t rows, int64_t cols);
  // Packs rows [first_row, first_row + slice rows) of a weight of `rows` rows. May be called from
  // several threads for different rows.
  void (*pack)(const ops::CanonicalTensor& slice, int64_t first_row, int64_t rows, std::byte* out);
};

// Where an op's weight stands among its operands: the first of its canonical tensors, and the one
// view that takes their place where a kernel has a layout.
size_t weight_operand(const ops::Op& op);

struct Kernel {
  std::string_view name;  // "op.device[.arch][.variant]"
  Support (*supports)(const Problem& problem, const Target& target);
  void (*run)(const KernelArgs& args);  // null: the kernel is `cuda`'s
  // Bytes as a linear form in the problem's symbols and `threads`; null = none.
  Dim (*workspace_bytes)(const Problem& problem) = nullptr;
  // Null: weights come as their canonical row-major tensors. Else the weight operand (all of its
  // tensors, see weight_operand) is one u8 view of packed bytes.
  const Layout* layout = nullptr;
  // How a GPU runs it; null for a CPU's kernel.
  const CudaKernel* cuda = nullptr;
};

// An op's candidates in order of preference. Empty where the op is unknown.
std::span<const Kernel* const> kernels_for(std::string_view op);
// The reference of an op: the last of its list. Throws kNotFound.
const Kernel& reference_kernel(std::string_view op);
// The file that defines it, from the root of the tree: "lathe/kernels/rms_norm/cpu_ref.cc".
std::string reference_source(std::string_view op);
const Kernel* find_kernel(std::string_view name);  // null where there is none
const Layout* find_layout(std::string_view id);

// What one op folder offers; kernels/list.cc names each folder's once.
struct KernelList {
  std::string_view op;
  std::span<const Kernel* const> kernels;
};

}  // namespace lathe::kernels
