// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/symbols.h"

#include <set>

#include "lathe/base/error.h"

namespace lathe::exec {

int64_t LinearForm::evaluate(std::span<const int64_t> sizes) const {
  int64_t sum = constant;
  for (const Term& term : terms) sum += term.coefficient * sizes[term.symbol];
  return sum;
}

bool LinearForm::solve(int64_t value, std::span<int64_t> sizes) const {
  int64_t rest = value - constant;
  const Term* unknown = nullptr;
  for (const Term& term : terms) {
    if (sizes[term.symbol] != kUnknownSize) {
      rest -= term.coefficient * sizes[term.symbol];
    } else if (unknown == nullptr) {
      unknown = &term;
    } else {
      return false;
    }
  }
  if (unknown == nullptr) return rest == 0;
  if (rest % unknown->coefficient != 0 || rest / unknown->coefficient < 0) return false;
  sizes[unknown->symbol] = rest / unknown->coefficient;
  return true;
}

SymbolTable::SymbolTable(const engine::Plan& plan) {
  const std::set<std::string> names = engine::symbols(plan);
  names_.assign(names.begin(), names.end());
}

LinearForm SymbolTable::compile(const Dim& dim) const {
  DimBindings bindings;
  for (const std::string& name : names_) bindings[name] = 0;
  LinearForm form{.constant = dim.evaluate(bindings), .terms = {}};
  for (size_t i = 0; i < names_.size(); ++i) {
    bindings[names_[i]] = 1;
    const int64_t coefficient = dim.evaluate(bindings) - form.constant;
    if (coefficient != 0) form.terms.push_back({i, coefficient});
    bindings[names_[i]] = 0;
  }
  return form;
}

std::vector<int64_t> SymbolTable::limits(const DimBindings& limits) const {
  std::vector<int64_t> out;
  for (const std::string& name : names_) {
    const auto found = limits.find(name);
    if (found == limits.end() || found->second < 0) {
      fail(ErrorCode::kInvalidArgument, "limits: expected one of 0 or more for symbol ",
           quote(name), ", got ", found == limits.end() ? "none" : std::to_string(found->second));
    }
    out.push_back(found->second);
  }
  return out;
}

}  // namespace lathe::exec
