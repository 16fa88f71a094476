// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/bench/operands.h"

#include "lathe/kernels/bench/step_operands.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/linear.h"

namespace lathe::kernels {

namespace {

// So that codes times scales are values around 1: what is far from there (the exponentials of an
// activation that give subnormals) takes times of its own.
double float_range(const Problem& problem) {
  for (const TensorType& type : problem.inputs) {
    if (type.dtype == DType::kI8 || type.dtype == DType::kU4) return 1.0 / 64;
  }
  return 1;
}

// Floats in [-range, range), any codes for integers, those of 8 bits with their sign.
void draw(const TensorView& view, double range, ThreadPool& pool) {
  constexpr int64_t kChunk = 1 << 16;
  const int64_t count = view.dtype == DType::kU4 ? view.num_bytes() : view.num_elements();
  const DType dtype = view.dtype == DType::kU4 ? DType::kU8 : view.dtype;
  const auto chunks = static_cast<size_t>((count + kChunk - 1) / kChunk);
  pool.run(chunks, [&](size_t chunk) {
    uint32_t state = static_cast<uint32_t>(chunk) * 747796405u + 2891336453u;
    const int64_t begin = static_cast<int64_t>(chunk) * kChunk;
    for (int64_t i = begin; i < std::min(begin + kChunk, count); ++i) {
      state = state * 1664525u + 1013904223u;
      const auto integer = static_cast<double>(state >> 25);  // 0 … 127
      const double around_zero = integer / 64 - 1;
      const double code = dtype == DType::kI8 ? integer * 2 - 127 : integer;
      store_element(view.data, dtype, i, is_floating(dtype) ? around_zero * range : code);
    }
  });
}

const ops::WeightFormatDesc* weight_format(const ops::Op& op) {
  if (const auto* linear = op.as<ops::Linear>()) return &linear->format;
  if (const auto* embedding = op.as<ops::Embedding>()) return &embedding->format;
  return nullptr;
}

}  // namespace

BenchOperands::BenchOperands(const Kernel& kernel, const Problem& problem, const BenchStep& step,
                             ThreadPool& pool)
    : kernel_(kernel), problem_(problem), step_(step), pool_(pool) {
  for (size_t i = 0; i < problem.inputs.size(); ++i) add_input(i);
  DimBindings bindings = step.bindings();
  for (const TensorType& type : problem.outputs) {
    if (type.dtype == DType::kState) {
      outputs_.push_back(inputs_[0]);
      continue;
    }
    tensors_.emplace_back(type.dtype, type.shape.evaluate(bindings));
    outputs_.push_back(tensors_.back().view());
  }
  if (kernel.layout != nullptr) pack_weight();
  bindings["threads"] = pool.num_threads();
  const int64_t bytes =
      kernel.workspace_bytes == nullptr ? 0 : kernel.workspace_bytes(problem).evaluate(bindings);
  workspace_ = Tensor(DType::kU8, {bytes});
}

void BenchOperands::add_input(size_t index) {
  const TensorType& type = problem_.inputs[index];
  if (type.dtype == DType::kState) return add_cache(type);
  tensors_.emplace_back(type.dtype, type.shape.evaluate(step_.bindings()));
  const TensorView view = tensors_.back().view();
  inputs_.push_back(view);
  const std::string_view role = step_operand(problem_.op.name(), index);
  if (role.empty()) {
    if (type.dtype != DType::kI32 && type.dtype != DType::kI64)
      draw(view, float_range(problem_), pool_);
    return;
  }
  const bool has_table = role == "token_ids";
  const int64_t limit =
      has_table ? problem_.inputs[index + 1].shape[0].evaluate(step_.bindings()) : 0;
  fill_step_operand(role, step_, limit, view);
}

void BenchOperands::add_cache(const TensorType& type) {
  const int64_t blocks = step_.sequences * step_.table_width();
  const std::vector<int64_t> sizes = {blocks, type.shape[0].value(), step_.block_size,
                                      type.shape[1].value()};
  cache_ = std::make_unique<Cache>();
  cache_->keys = Tensor(step_.kv_dtype, sizes);
  cache_->values = Tensor(step_.kv_dtype, sizes);
  draw(cache_->keys.view(), 1, pool_);
  draw(cache_->values.view(), 1, pool_);
  cache_->view = {.keys = cache_->keys.data(),
                  .values = cache_->values.data(),
                  .dtype = step_.kv_dtype,
                  .num_blocks = blocks,
                  .block_size = step_.block_size,
                  .kv_heads = sizes[1],
                  .head_dim = sizes[3]};
  const int64_t row[] = {cache_->view.kv_heads, cache_->view.head_dim};
  inputs_.push_back(TensorView::contiguous(&cache_->view, DType::kState, row));
}

void BenchOperands::pack_weight() {
  const ops::WeightFormatDesc& format = *weight_format(problem_.op);
  const size_t operand = weight_operand(problem_.op);
  ops::CanonicalTensor weight{format, tensors_[operand], {}, {}};
  if (format.num_tensors() > 1) weight.scales = tensors_[operand + 1];
  if (format.num_tensors() > 2) weight.minimums = tensors_[operand + 2];
  const int64_t rows = weight.values.size(0);
  const Layout& layout = *kernel_.layout;
  Tensor packed(DType::kU8, {layout.packed_bytes(format, rows, weight.values.size(1))});
  layout.pack(weight, 0, rows, static_cast<std::byte*>(packed.data()));
  const auto first = inputs_.begin() + static_cast<std::ptrdiff_t>(operand);
  *first = packed.view();
  inputs_.erase(first + 1, first + format.num_tensors());
  for (int i = 0; i < format.num_tensors(); ++i) tensors_[operand + static_cast<size_t>(i)] = {};
  tensors_.push_back(std::move(packed));
}

int64_t BenchOperands::operand_bytes() const {
  int64_t bytes = 0;
  for (const Tensor& tensor : tensors_) bytes += tensor.num_bytes();
  return bytes;
}

void BenchOperands::run() {
  kernel_.run({.op = problem_.op,
               .inputs = inputs_,
               .outputs = outputs_,
               .workspace = {static_cast<std::byte*>(workspace_.data()),
                             static_cast<size_t>(workspace_.num_bytes())},
               .pool = pool_});
}

}  // namespace lathe::kernels
