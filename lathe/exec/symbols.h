// SPDX-License-Identifier: Apache-2.0
// A plan's symbols, numbered, and its dims as sums over those numbers: what a session evaluates at
// every step without a map or an allocation.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lathe/engine/plan.h"

namespace lathe::exec {

inline constexpr int64_t kUnknownSize = -1;

struct LinearForm {
  struct Term {
    size_t symbol;
    int64_t coefficient;
  };
  int64_t constant = 0;
  std::vector<Term> terms;

  // `sizes` holds one number a symbol.
  int64_t evaluate(std::span<const int64_t> sizes) const;
  // Gives the one symbol of unknown size the size that makes the form `value`. False where no size
  // does, or two are unknown.
  bool solve(int64_t value, std::span<int64_t> sizes) const;
};

class SymbolTable {
 public:
  explicit SymbolTable(const engine::Plan& plan);

  const std::vector<std::string>& names() const { return names_; }  // "threads" is one
  LinearForm compile(const Dim& dim) const;
  // One limit a symbol. Throws kInvalidArgument for a symbol without one.
  std::vector<int64_t> limits(const DimBindings& limits) const;

 private:
  std::vector<std::string> names_;  // sorted
};

}  // namespace lathe::exec
