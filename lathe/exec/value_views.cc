// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/value_views.h"

#include <algorithm>
#include <array>

#include "lathe/base/error.h"

namespace lathe::exec {

namespace {

using engine::PlanValue;
using engine::Storage;

std::vector<LinearForm> compile_dims(const SymbolTable& symbols, const Shape& shape) {
  std::vector<LinearForm> dims;
  for (const Dim& dim : shape) dims.push_back(symbols.compile(dim));
  return dims;
}

const NamedView& find_input(std::span<const NamedView> inputs, const PlanValue& value) {
  const auto found = std::ranges::find(inputs, std::string_view(value.name), &NamedView::name);
  if (found != inputs.end()) return *found;
  fail(ErrorCode::kInvalidArgument, "input ", quote(value.name), " is missing, expected ",
       value.type.to_string());
}

[[noreturn]] void refuse_input(const PlanValue& value, const TensorView& view) {
  const Shape shape(std::vector<Dim>(view.shape().begin(), view.shape().end()));
  fail(ErrorCode::kInvalidArgument, "input ", quote(value.name), ": expected a contiguous ",
       value.type.to_string(), ", got ", TensorType{view.dtype, shape}.to_string(),
       view.is_contiguous() ? "" : " with gaps");
}

}  // namespace

ValueViews::ValueViews(const engine::Plan& plan, const SymbolTable& symbols,
                       std::vector<int64_t> limits, std::byte* arena)
    : plan_(plan),
      symbols_(symbols),
      limits_(std::move(limits)),
      sizes_(limits_.size(), kUnknownSize),
      next_sizes_(limits_.size(), kUnknownSize),
      views_(plan.values.size()) {
  for (size_t i = 0; i < plan.values.size(); ++i) {
    const PlanValue& value = plan.values[i];
    if (value.storage == Storage::kInput) {
      inputs_.push_back({i, compile_dims(symbols, value.type.shape)});
    } else if (value.storage == Storage::kAlias) {
      shaped_.push_back({i, value.index, nullptr, compile_dims(symbols, value.type.shape)});
    } else if (value.storage == Storage::kArena) {
      std::byte* data = arena + symbols.compile(value.offset).evaluate(limits_);
      shaped_.push_back({i, -1, data, compile_dims(symbols, value.type.shape)});
    }
  }
  check_solvable();
}

void ValueViews::check_solvable() const {
  std::vector<bool> given(sizes_.size(), false);
  for (const Input& input : inputs_) {
    for (const LinearForm& dim : input.dims) {
      for (const LinearForm::Term& term : dim.terms) given[term.symbol] = true;
    }
  }
  for (const Shaped& shaped : shaped_) {
    for (const LinearForm& dim : shaped.dims) {
      for (const LinearForm::Term& term : dim.terms) {
        if (given[term.symbol]) continue;
        fail(ErrorCode::kCorrupt, "value ", shaped.value, ": no input gives symbol ",
             quote(symbols_.names()[term.symbol]), " a size");
      }
    }
  }
}

bool ValueViews::bind(std::span<const NamedView> inputs) {
  std::ranges::fill(next_sizes_, kUnknownSize);
  for (const Input& input : inputs_) take(input, inputs);
  if (inputs.size() != inputs_.size()) {
    fail(ErrorCode::kInvalidArgument, "the plan has ", inputs_.size(), " inputs, got ",
         inputs.size());
  }
  check_sizes();
  if (!moved_ && next_sizes_ == sizes_) return false;
  sizes_ = next_sizes_;
  for (const Shaped& shaped : shaped_) shape(shaped);
  moved_ = false;
  return true;
}

void ValueViews::take(const Input& input, std::span<const NamedView> inputs) {
  const PlanValue& value = plan_.values[input.value];
  const TensorView& view = find_input(inputs, value).view;
  bool fits = view.dtype == value.type.dtype &&
              static_cast<size_t>(view.rank) == input.dims.size() && view.is_contiguous();
  for (int axis = 0; fits && axis < view.rank; ++axis) {
    fits = input.dims[static_cast<size_t>(axis)].solve(view.size(axis), next_sizes_);
  }
  if (!fits) refuse_input(value, view);
  moved_ = moved_ || views_[input.value].data != view.data;
  views_[input.value] = view;
}

void ValueViews::check_sizes() const {
  for (size_t i = 0; i < next_sizes_.size(); ++i) {
    const std::string& symbol = symbols_.names()[i];
    if (next_sizes_[i] > limits_[i]) {
      fail(ErrorCode::kResourceExhausted, symbol, ": the step has ", next_sizes_[i],
           ", this run is limited to ", limits_[i]);
    }
  }
}

void ValueViews::shape(const Shaped& shaped) {
  const PlanValue& value = plan_.values[shaped.value];
  const TensorView* base = shaped.base < 0 ? nullptr : &(*this)[shaped.base];
  if (value.type.dtype == DType::kState) {
    views_[shaped.value] = *base;
    return;
  }
  std::array<int64_t, kMaxRank> sizes{};
  for (size_t axis = 0; axis < shaped.dims.size(); ++axis) {
    sizes[axis] = shaped.dims[axis].evaluate(sizes_);
  }
  views_[shaped.value] =
      TensorView::contiguous(base == nullptr ? shaped.data : base->data, value.type.dtype,
                             std::span(sizes).first(shaped.dims.size()));
}

int64_t ValueViews::size_of(std::string_view symbol) const {
  const auto found = std::ranges::find(symbols_.names(), symbol);
  if (found == symbols_.names().end()) return 0;
  return std::max<int64_t>(0, sizes_[static_cast<size_t>(found - symbols_.names().begin())]);
}

}  // namespace lathe::exec
