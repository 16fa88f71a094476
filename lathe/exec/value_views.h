// SPDX-License-Identifier: Apache-2.0
// A view for each value of a plan: constants are placed once, inputs and the sizes that follow from
// them at every step. Nothing is allocated after construction.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "lathe/core/tensor.h"
#include "lathe/engine/plan.h"
#include "lathe/exec/symbols.h"

namespace lathe::exec {

struct NamedView {
  std::string_view name;
  TensorView view;
};

class ValueViews {
 public:
  // `limits`: one number a symbol of the table. Both references have to outlive this. Throws
  // kCorrupt for a value whose size no input gives.
  ValueViews(const engine::Plan& plan, const SymbolTable& symbols, std::vector<int64_t> limits,
             std::byte* arena);

  // The memory of a weight or a state.
  void place(size_t value, const TensorView& view) { views_[value] = view; }
  // Takes a step's inputs. True where any view became another one than in the step before. Throws
  // kInvalidArgument and kResourceExhausted as Session::run says.
  bool bind(std::span<const NamedView> inputs);

  const TensorView& operator[](int value) const { return views_[static_cast<size_t>(value)]; }
  int64_t size_of(std::string_view symbol) const;  // in this step; 0 where the plan has none

 private:
  struct Shaped {  // an arena value, or an alias of value `base`
    size_t value;
    int base;
    std::byte* data;
    std::vector<LinearForm> dims;
  };
  struct Input {
    size_t value;
    std::vector<LinearForm> dims;
  };
  void check_solvable() const;
  void take(const Input& input, std::span<const NamedView> inputs);
  void check_sizes() const;
  void shape(const Shaped& shaped);

  const engine::Plan& plan_;
  const SymbolTable& symbols_;
  std::vector<int64_t> limits_, sizes_, next_sizes_;
  std::vector<Input> inputs_;
  std::vector<Shaped> shaped_;  // bases before their aliases
  std::vector<TensorView> views_;
  bool moved_ = true;  // an input since `shaped_` was last evaluated
};

}  // namespace lathe::exec
