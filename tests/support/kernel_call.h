// SPDX-License-Identifier: Apache-2.0
// A CPU kernel on tensors that a test makes: every kernel of an op that this machine runs and that
// takes the operands, with 1 and 3 threads, canaries around outputs, packed weights and workspace.
//
//   for_each_kernel(ops::Softmax{}, {x}, [&](const std::vector<Tensor>& y) {
//     expect_near(y[0], softmax_in_double(x), 1e-6);
//   });
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <optional>

#include "lathe/base/random.h"
#include "lathe/kernels/kernel.h"
#include "tests/support/golden_run.h"

namespace lathe::testing {

inline constexpr float kInf = std::numeric_limits<float>::infinity();
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Values that a seed gives, one after the other.
class Draws {
 public:
  explicit Draws(uint64_t seed) : seed_(seed) {}
  Tensor normal(std::vector<int64_t> sizes, float deviation = 1) {
    Tensor out(DType::kF32, std::move(sizes));
    for (float& value : out.values<float>()) value = deviation * normal_at(seed_, 1, next_++);
    return out;
  }
  int64_t below(int64_t count) {
    return static_cast<int64_t>(uniform_at(seed_, 2, next_++) * static_cast<float>(count));
  }
  Tensor integers(DType dtype, std::vector<int64_t> sizes, int64_t low, int64_t high) {
    Tensor out(dtype, std::move(sizes));
    for (int64_t i = 0; i < out.num_elements(); ++i) {
      store_element(out.data(), dtype, i, static_cast<double>(low + below(high - low + 1)));
    }
    return out;
  }

 private:
  uint64_t seed_;
  uint64_t next_ = 0;
};

inline Tensor floats(std::vector<int64_t> sizes, const std::vector<float>& values) {
  return Tensor::from<float>(DType::kF32, std::move(sizes), values);
}
inline Tensor ints(const std::vector<int32_t>& values) {
  return Tensor::from<int32_t>(DType::kI32, {std::ssize(values)}, values);
}

// With memory of its own: copies of a Tensor share theirs.
inline Tensor clone(const Tensor& tensor) {
  Tensor out(tensor.dtype(), tensor.sizes());
  std::copy_n(static_cast<const std::byte*>(tensor.data()), tensor.num_bytes(),
              static_cast<std::byte*>(out.data()));
  return out;
}

// A KV cache as an operand.
inline Tensor state(KvCacheView& cache) {
  return {DType::kState, {cache.kv_heads, cache.head_dim}, nullptr, &cache};
}

inline double at(const Tensor& tensor, int64_t index) {
  return load_element(tensor.data(), tensor.dtype(), index);
}
inline std::vector<double> numbers(const Tensor& tensor) {
  std::vector<double> out;
  for (int64_t i = 0; i < tensor.num_elements(); ++i) out.push_back(at(tensor, i));
  return out;
}

inline std::vector<TensorType> types_of(std::span<const Tensor> tensors) {
  std::vector<TensorType> out;
  for (const Tensor& tensor : tensors) {
    const std::vector<Dim> dims(tensor.sizes().begin(), tensor.sizes().end());
    out.push_back({tensor.dtype(), Shape(dims)});
  }
  return out;
}

inline Problem problem_of(const ops::Op& op, std::span<const Tensor> inputs) {
  std::vector<TensorType> types = types_of(inputs);
  std::vector<TensorType> outputs = op.infer(types);
  return {op, std::move(types), std::move(outputs)};
}

// Those that this machine runs, in the list's order; the reference is the last one.
inline std::vector<const Kernel*> cpu_kernels(const Problem& problem) {
  const kernels::Target here{.isa = kernels::machine_isa()};
  std::vector<const Kernel*> out;
  for (const Kernel* kernel : kernels::kernels_for(problem.op.name())) {
    if (kernel->run != nullptr && kernel->supports(problem, here).ok) out.push_back(kernel);
  }
  return out;
}

namespace internal {

// A copy of what a guarded output holds.
inline Tensor copy_out(const GuardedTensor& from) {
  const TensorView& view = from.view();
  Tensor out(view.dtype, {view.shape().begin(), view.shape().end()});
  std::copy_n(static_cast<const std::byte*>(view.data), view.num_bytes(),
              static_cast<std::byte*>(out.data()));
  return out;
}

inline int64_t workspace_of(const Kernel& kernel, const Problem& problem, const ThreadPool& pool) {
  if (kernel.workspace_bytes == nullptr) return 0;
  return kernel.workspace_bytes(problem).evaluate({{"threads", pool.num_threads()}});
}

}  // namespace internal

// Runs the kernel on contiguous views; a state that it gives is no result. Adds a failure where
// memory beside what it owns was written.
inline std::vector<Tensor> call_kernel(const Kernel& kernel, const Problem& problem,
                                       std::span<const Tensor> inputs, ThreadPool& pool) {
  std::vector<TensorView> in;
  for (const Tensor& input : inputs) in.push_back(input.view());
  std::optional<GuardedTensor> packed;
  if (kernel.layout != nullptr) packed = internal::pack_weight(*kernel.layout, problem.op, in);
  std::vector<GuardedTensor> guarded;
  guarded.reserve(problem.outputs.size());
  std::vector<TensorView> out;
  for (const TensorType& type : problem.outputs) {
    if (type.dtype == DType::kState) {  // its input's storage
      out.push_back(in[0]);
      continue;
    }
    guarded.emplace_back(type.dtype, type.shape.evaluate({}), Arrangement::kContiguous);
    out.push_back(guarded.back().view());
  }
  const int64_t size[] = {internal::workspace_of(kernel, problem, pool)};
  const GuardedTensor workspace(DType::kU8, size, Arrangement::kContiguous);
  kernel.run(
      {.op = problem.op,
       .inputs = in,
       .outputs = out,
       .workspace = {static_cast<std::byte*>(workspace.view().data), static_cast<size_t>(size[0])},
       .pool = pool});
  EXPECT_TRUE(workspace.guards_hold()) << "wrote beyond the workspace";
  EXPECT_TRUE(!packed || packed->guards_hold()) << "wrote beyond the packed weight";
  std::vector<Tensor> results;
  for (const GuardedTensor& tensor : guarded) {
    EXPECT_TRUE(tensor.guards_hold()) << "wrote beyond an output";
    results.push_back(internal::copy_out(tensor));
  }
  return results;
}

inline ThreadPool& pool_with(int threads) {
  static ThreadPool one(1);
  static ThreadPool three(3);
  return threads == 1 ? one : three;
}

inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.sizes() == b.sizes() && a.dtype() == b.dtype() &&
         std::equal(static_cast<const std::byte*>(a.data()),
                    static_cast<const std::byte*>(a.data()) + a.num_bytes(),
                    static_cast<const std::byte*>(b.data()));
}

using CheckOutputs = std::function<void(const std::vector<Tensor>& outputs)>;

// Calls `check` with the outputs of each kernel that supports the operands, after 3 threads gave
// the bits that 1 gave.
inline void for_each_kernel(const ops::Op& op, const std::vector<Tensor>& inputs,
                            const CheckOutputs& check) {
  const Problem problem = problem_of(op, inputs);
  for (const Kernel* kernel : cpu_kernels(problem)) {
    SCOPED_TRACE(kernel->name);
    const std::vector<Tensor> alone = call_kernel(*kernel, problem, inputs, pool_with(1));
    const std::vector<Tensor> shared = call_kernel(*kernel, problem, inputs, pool_with(3));
    for (size_t i = 0; i < alone.size(); ++i) {
      EXPECT_TRUE(same_bits(alone[i], shared[i])) << "3 threads give other bits than 1";
    }
    check(alone);
  }
}

// Each element within `relative` of its own size plus `absolute`; NaN and infinities exactly.
inline void expect_near(const Tensor& got, const std::vector<double>& expected, double relative,
                        double absolute = 0) {
  ASSERT_EQ(got.num_elements(), std::ssize(expected));
  for (int64_t i = 0; i < got.num_elements(); ++i) {
    const double wanted = expected[static_cast<size_t>(i)], found = at(got, i);
    const bool same = wanted == found || (std::isnan(wanted) && std::isnan(found));
    const double room = absolute + relative * std::abs(wanted);
    if (same || (std::isfinite(wanted) && std::abs(found - wanted) <= room)) continue;
    ADD_FAILURE() << "element " << i << ": got " << found << ", expected " << wanted;
    return;
  }
}

// The reason why a kernel of this name does not take the operands on a target; empty where it does.
inline std::string refusal(std::string_view kernel, const ops::Op& op,
                           const std::vector<Tensor>& inputs, kernels::Target target) {
  const Kernel* found = kernels::find_kernel(kernel);
  if (found == nullptr) return cat("no kernel is called ", kernel);
  const kernels::Support support = found->supports(problem_of(op, inputs), target);
  return support.ok ? std::string() : support.why_not;
}

// Sizes around every vector and tile width.
inline const std::vector<int64_t>& odd_sizes() {
  static const std::vector<int64_t> sizes = {1,  2,  3,  7,  8,  9,  15,  16, 17,
                                             31, 32, 33, 63, 65, 96, 127, 130};
  return sizes;
}

}  // namespace lathe::testing
