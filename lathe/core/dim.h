// SPDX-License-Identifier: Apache-2.0
// A dimension: a whole number, or a linear form in named symbols such as `tokens` and `sequences`.
//
//   Dim tokens = Dim::symbol("tokens");
//   Dim rows = tokens * 9 + 1;              // prints "9*tokens+1"
//   rows.evaluate(bindings)                 // a number once tokens has one
//
// Plain values, kept in a normal form, so that == is equality of the forms.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/base/json.h"

namespace lathe {

// What symbols stand for in one run: name -> value.
using DimBindings = std::map<std::string, int64_t, std::less<>>;

class Dim {
 public:
  Dim(int64_t value = 0) : constant_(value) {}  // NOLINT(google-explicit-constructor)
  static Dim symbol(std::string_view name);
  // Reads what to_string writes; throws kCorrupt.
  static Dim parse(std::string_view text);

  bool is_constant() const { return terms_.empty(); }
  // Throws kInvalidArgument where the dim is symbolic.
  int64_t value() const;
  std::optional<int64_t> constant() const;
  // Throws kInvalidArgument where a symbol has no binding.
  int64_t evaluate(const DimBindings& bindings) const;
  std::string to_string() const;
  // Gives the one symbol without a value the value that makes this dim `value`. Throws
  // kInvalidArgument naming `what` where that cannot be.
  void solve(int64_t value, DimBindings& bindings, std::string_view what) const;

  Dim operator+(const Dim& other) const;
  Dim operator-(const Dim& other) const;
  // One factor has to be constant: throws kUnsupported for a product of symbols.
  Dim operator*(const Dim& other) const;
  // Exact division by a constant: throws kInvalidArgument where a coefficient does not divide.
  Dim operator/(int64_t divisor) const;
  bool operator==(const Dim&) const = default;

 private:
  struct Term {
    std::string symbol;
    int64_t coefficient;
    bool operator==(const Term&) const = default;
  };
  std::vector<Term> terms_;  // sorted by symbol, no zero coefficients
  int64_t constant_ = 0;
};

Json to_json(const Dim& dim);  // an integer, or the text of a symbolic dim
void read_json(const Json& json, Dim& out);

}  // namespace lathe
