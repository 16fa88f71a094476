// SPDX-License-Identifier: Apache-2.0
// One call of a kernel on a golden problem: memory with canaries for every operand, a packed weight
// where the kernel has a layout, and what came out against what numpy computed.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "lathe/kernels/kernel.h"
#include "lathe/kernels/kv_cache_view.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/norm_linear.h"
#include "tests/support/golden_compare.h"
#include "tests/support/guarded_tensor.h"

namespace lathe::testing {

using kernels::Kernel;
using kernels::KvCacheView;
using kernels::Layout;
using kernels::Problem;

// How a kernel is called; a GPU's has its own way.
using CallKernel = std::function<void(const Kernel& kernel, const kernels::KernelArgs& args)>;
inline void call_on_cpu(const Kernel& kernel, const kernels::KernelArgs& args) { kernel.run(args); }

struct GoldenSetting {
  DType dtype;  // of what is "float"
  Arrangement arrangement = Arrangement::kContiguous;
  ThreadPool* pool = nullptr;
  CallKernel call = call_on_cpu;
};

// Attributes with "float" replaced by the dtype of the run.
inline Json in_dtype(const Json& json, DType dtype) {
  if (json.is_string()) return json.as_string() == "float" ? Json(to_string(dtype)) : json;
  if (json.is_array()) {
    Json out = Json::array();
    for (const Json& item : json.as_array()) out.push_back(in_dtype(item, dtype));
    return out;
  }
  if (!json.is_object()) return json;
  Json out = Json::object();
  for (const Json::Member& member : json.as_object()) {
    out[member.first] = in_dtype(member.second, dtype);
  }
  return out;
}

inline TensorType type_of(const GoldenOperand& operand, DType dtype) {
  std::vector<Dim> dims(operand.shape.begin(), operand.shape.end());
  if (operand.dtype == "state") dims = {dims.at(1), dims.at(3)};
  return {operand.dtype_in(dtype), Shape(std::move(dims))};
}

inline Problem golden_problem(std::string_view op, const GoldenProblem& golden, DType dtype) {
  Problem problem{ops::Op::parse(op, in_dtype(golden.attributes, dtype)), {}, {}};
  for (const GoldenOperand& input : golden.inputs) {
    problem.inputs.push_back(type_of(input, dtype));
  }
  for (const GoldenOperand& output : golden.outputs) {
    problem.outputs.push_back(type_of(output, dtype));
  }
  return problem;
}

// As kernels of limited numbers of tokens count them: rows of the first operand, if there is one.
inline int64_t tokens_of(const Problem& problem) {
  int64_t rows = 1;
  if (problem.inputs.empty()) return rows;
  const Shape& x = problem.inputs[0].shape;
  for (int axis = 0; axis + 1 < x.rank(); ++axis) rows *= x[axis].value();
  return rows;
}

// An operand in memory; of a cache its keys and values.
class Operand {
 public:
  Operand(const GoldenOperand& golden, const GoldenSetting& setting) {
    const bool state = golden.dtype == "state";
    const DType dtype = state ? setting.dtype : golden.dtype_in(setting.dtype);
    const Arrangement arrangement = state ? Arrangement::kContiguous : setting.arrangement;
    tensors_.emplace_back(dtype, golden.shape, arrangement);
    if (!state) return;
    tensors_.emplace_back(dtype, golden.shape, arrangement);
    cache_ = std::make_unique<KvCacheView>(KvCacheView{.keys = tensors_[0].view().data,
                                                       .values = tensors_[1].view().data,
                                                       .dtype = dtype,
                                                       .num_blocks = golden.shape.at(0),
                                                       .block_size = golden.shape.at(2),
                                                       .kv_heads = golden.shape.at(1),
                                                       .head_dim = golden.shape.at(3)});
  }

  void fill(const GoldenOperand& golden) {
    lathe::testing::fill(tensors_[0].view(), golden.values);
    if (cache_ != nullptr) lathe::testing::fill(tensors_[1].view(), golden.more_values);
  }
  TensorView view() const {
    if (cache_ == nullptr) return tensors_[0].view();
    const int64_t sizes[] = {cache_->kv_heads, cache_->head_dim};
    return TensorView::contiguous(cache_.get(), DType::kState, sizes);
  }
  std::string difference(const GoldenOperand& golden, const GoldenProblem& problem) const {
    for (const GuardedTensor& tensor : tensors_) {
      if (!tensor.guards_hold()) return "memory outside the view was written";
      const auto& expected = &tensor == &tensors_[0] ? golden.values : golden.more_values;
      std::string found = lathe::testing::difference(tensor.view(), expected, problem);
      if (!found.empty()) return found;
    }
    return {};
  }
  std::vector<uint8_t> bytes() const {
    std::vector<uint8_t> out;
    for (const GuardedTensor& tensor : tensors_) {
      out.insert(out.end(), tensor.bytes().begin(), tensor.bytes().end());
    }
    return out;
  }

 private:
  std::vector<GuardedTensor> tensors_;
  std::unique_ptr<KvCacheView> cache_;
};

namespace internal {

inline const ops::WeightFormatDesc& weight_format(const ops::Op& op) {
  if (const auto* linear = op.as<ops::Linear>()) return linear->format;
  if (const auto* embedding = op.as<ops::Embedding>()) return embedding->format;
  if (const auto* normed = op.as<ops::NormLinear>()) return normed->linear.format;
  fail(ErrorCode::kInternal, op.name(), " has no weight");
}

// Rows [first, last) of a contiguous matrix.
inline Tensor rows_of(const TensorView& matrix, int64_t first, int64_t last) {
  Tensor out(matrix.dtype, {last - first, matrix.size(1)});
  const int64_t row_bytes = bytes_for(matrix.dtype, matrix.size(1));
  if (out.num_bytes() == 0) return out;
  std::memcpy(out.data(), static_cast<const std::byte*>(matrix.data) + first * row_bytes,
              static_cast<size_t>(out.num_bytes()));
  return out;
}

// Packs group by group, as loading does, in place of the canonical tensors among `views`.
inline GuardedTensor pack_weight(const Layout& layout, const ops::Op& op,
                                 std::vector<TensorView>& views) {
  const ops::WeightFormatDesc& format = weight_format(op);
  const auto first = views.begin() + static_cast<std::ptrdiff_t>(kernels::weight_operand(op));
  const std::vector<TensorView> parts(first, first + format.num_tensors());
  const int64_t rows = parts[0].size(0);
  const int64_t packed[] = {layout.packed_bytes(format, rows, parts[0].size(1))};
  GuardedTensor out(DType::kU8, packed, Arrangement::kContiguous);
  for (int64_t row = 0; row < rows; row += layout.row_multiple) {
    const int64_t last = std::min(row + layout.row_multiple, rows);
    ops::CanonicalTensor slice{format, rows_of(parts[0], row, last), {}, {}};
    if (parts.size() > 1) slice.scales = rows_of(parts[1], row, last);
    if (parts.size() > 2) slice.minimums = rows_of(parts[2], row, last);
    layout.pack(slice, row, rows, static_cast<std::byte*>(out.view().data));
  }
  *first = out.view();
  views.erase(first + 1, first + format.num_tensors());
  return out;
}

}  // namespace internal

// A kernel's call on one problem, in one setting.
class GoldenRun {
 public:
  GoldenRun(const Kernel& kernel, const Problem& problem, const GoldenProblem& golden,
            const GoldenSetting& setting)
      : kernel_(kernel), problem_(problem), golden_(golden), setting_(setting) {
    for (const GoldenOperand& input : golden.inputs) {
      inputs_.emplace_back(input, setting).fill(input);
    }
    for (const GoldenOperand& output : golden.outputs) {
      if (output.dtype != "state") outputs_.emplace_back(output, output_setting(setting));
    }
  }

  // What went wrong, or empty.
  std::string go() {
    // A state that is an output too is the first input.
    const auto is_state = [](const GoldenOperand& output) { return output.dtype == "state"; };
    const bool writes_state = std::any_of(golden_.outputs.begin(), golden_.outputs.end(), is_state);
    const std::vector<uint8_t> before = input_bytes(writes_state ? 1 : 0);
    std::string failure = call();
    if (failure.empty()) failure = check_outputs();
    if (failure.empty() && before != input_bytes(writes_state ? 1 : 0)) {
      failure = "an input was written";
    }
    return failure;
  }
  std::vector<uint8_t> output_bytes() const {
    std::vector<uint8_t> out;
    for (const Operand& output : outputs_) {
      const std::vector<uint8_t> bytes = output.bytes();
      out.insert(out.end(), bytes.begin(), bytes.end());
    }
    return out;
  }

 private:
  // Reversed inputs go with contiguous outputs: else the same mistake on both sides goes unseen.
  static GoldenSetting output_setting(GoldenSetting setting) {
    if (setting.arrangement == Arrangement::kReversed) {
      setting.arrangement = Arrangement::kContiguous;
    }
    return setting;
  }

  std::vector<uint8_t> input_bytes(size_t first) const {
    std::vector<uint8_t> out;
    for (size_t i = first; i < inputs_.size(); ++i) {
      const std::vector<uint8_t> bytes = inputs_[i].bytes();
      out.insert(out.end(), bytes.begin(), bytes.end());
    }
    return out;
  }

  std::string call() {
    std::vector<TensorView> inputs;
    std::vector<TensorView> outputs;
    for (const Operand& input : inputs_) inputs.push_back(input.view());
    size_t plain = 0;
    for (const GoldenOperand& output : golden_.outputs) {
      outputs.push_back(output.dtype == "state" ? inputs[0] : outputs_[plain++].view());
    }
    std::optional<GuardedTensor> packed;
    if (kernel_.layout != nullptr)
      packed = internal::pack_weight(*kernel_.layout, problem_.op, inputs);
    const int64_t size[] = {workspace_bytes()};
    const GuardedTensor workspace(DType::kU8, size, Arrangement::kContiguous);
    setting_.call(kernel_, {.op = problem_.op,
                            .inputs = inputs,
                            .outputs = outputs,
                            .workspace = {static_cast<std::byte*>(workspace.view().data),
                                          static_cast<size_t>(size[0])},
                            .pool = *setting_.pool});
    if (packed && !packed->guards_hold()) return "pack() or run() wrote beyond the packed weight";
    if (!workspace.guards_hold()) return "memory outside the workspace was written";
    return {};
  }

  int64_t workspace_bytes() const {
    if (kernel_.workspace_bytes == nullptr) return 0;
    const DimBindings threads{{"threads", setting_.pool->num_threads()}};
    return kernel_.workspace_bytes(problem_).evaluate(threads);
  }

  std::string check_outputs() const {
    size_t plain = 0;
    for (size_t i = 0; i < golden_.outputs.size(); ++i) {
      const GoldenOperand& expected = golden_.outputs[i];
      const Operand& got = expected.dtype == "state" ? inputs_[0] : outputs_[plain++];
      const std::string found = got.difference(expected, golden_);
      if (!found.empty()) return cat("output ", i, ": ", found);
    }
    return {};
  }

  const Kernel& kernel_;
  const Problem& problem_;
  const GoldenProblem& golden_;
  const GoldenSetting& setting_;
  std::vector<Operand> inputs_;
  std::vector<Operand> outputs_;
};

}  // namespace lathe::testing
