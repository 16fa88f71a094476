// SPDX-License-Identifier: Apache-2.0
// Einstein summation, rewritten to ops that exist: diagonals and sums of single operands first,
// then operands two by two from the left (a matmul where letters are contracted, a product with
// broadcasting where none are), then the order of the result.
#include <algorithm>
#include <string>

#include "lathe/base/error.h"
#include "lathe/graph/functions.h"
#include "lathe/graph/network.h"
#include "lathe/ops/matmul.h"

namespace lathe::graph {

namespace {

// A value whose axes have letters, each letter once.
struct Term {
  std::string letters;
  Value value;
};

struct Equation {
  std::vector<std::string> operands;
  std::string result;
};

bool has(std::string_view letters, char letter) {
  return letters.find(letter) != std::string_view::npos;
}

int axis_of(std::string_view letters, char letter) {
  return static_cast<int>(letters.find(letter));
}

void check_letters(std::string_view letters) {
  for (const char letter : letters) {
    if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')) continue;
    fail(ErrorCode::kInvalidArgument, "expected letters, got ", quote(letters));
  }
}

// Without "->" the result has the letters that occur once, in alphabetical order.
std::string implied_result(const std::vector<std::string>& operands) {
  std::string all;
  for (const std::string& operand : operands) all += operand;
  std::ranges::sort(all);
  std::string once;
  for (const char letter : all) {
    if (std::ranges::count(all, letter) == 1) once += letter;
  }
  return once;
}

void check_result(const Equation& equation) {
  for (size_t i = 0; i < equation.result.size(); ++i) {
    const char letter = equation.result[i];
    if (has(std::string_view(equation.result).substr(i + 1), letter)) {
      fail(ErrorCode::kInvalidArgument, "the result has ", quote({&letter, 1}), " twice");
    }
    const auto holds = [&](const std::string& operand) { return has(operand, letter); };
    if (!std::ranges::any_of(equation.operands, holds)) {
      fail(ErrorCode::kInvalidArgument, "the result has ", quote({&letter, 1}),
           ", which no operand has");
    }
  }
}

Equation parse(std::string_view text) {
  std::string dense(text);
  std::erase(dense, ' ');
  const size_t arrow = dense.find("->");
  const std::string_view left = std::string_view(dense).substr(0, arrow);
  Equation equation;
  for (const std::string_view operand : lathe::split(left, ',')) {
    check_letters(operand);
    equation.operands.emplace_back(operand);
  }
  if (arrow == std::string::npos) {
    equation.result = implied_result(equation.operands);
  } else {
    equation.result = dense.substr(arrow + 2);
    check_letters(equation.result);
  }
  check_result(equation);
  return equation;
}

void check_operands(const Equation& equation, std::span<const Value> operands) {
  if (equation.operands.size() != operands.size()) {
    fail(ErrorCode::kInvalidArgument, "the equation has ", equation.operands.size(),
         " operands, got ", operands.size());
  }
  for (size_t i = 0; i < operands.size(); ++i) {
    const size_t letters = equation.operands[i].size();
    if (static_cast<size_t>(operands[i].shape().rank()) == letters) continue;
    fail(ErrorCode::kInvalidArgument, "operand ", i, " is ", operands[i].type().to_string(),
         ", expected rank ", letters);
  }
}

Term reorder(const Term& term, const std::string& letters) {
  if (term.letters == letters) return term;
  std::vector<int> permutation;
  for (const char letter : letters) permutation.push_back(axis_of(term.letters, letter));
  return {letters, transpose(term.value, std::move(permutation))};
}

void check_equal(const Dim& a, const Dim& b, char letter) {
  if (a == b) return;
  fail(ErrorCode::kInvalidArgument, "the dim of ", quote({&letter, 1}), " is ", a.to_string(),
       " and ", b.to_string());
}

// "ii" becomes "i": the two axes go last, are joined, and every (n + 1)-th element is kept.
Term take_diagonal(const Term& term, size_t first, size_t second) {
  std::vector<int> permutation;
  Shape joined;
  std::vector<Dim> dims;
  std::string letters;
  for (size_t i = 0; i < term.letters.size(); ++i) {
    if (i == first || i == second) continue;
    permutation.push_back(static_cast<int>(i));
    dims.push_back(term.value.dim(static_cast<int>(i)));
    letters += term.letters[i];
  }
  const char letter = term.letters[first];
  const Dim size = term.value.dim(static_cast<int>(first));
  check_equal(size, term.value.dim(static_cast<int>(second)), letter);
  if (!size.is_constant()) {
    fail(ErrorCode::kUnsupported, "a diagonal over the symbolic dim ", size.to_string());
  }
  permutation.push_back(static_cast<int>(first));
  permutation.push_back(static_cast<int>(second));
  dims.push_back(size * size);
  const Value flat = reshape(transpose(term.value, std::move(permutation)), Shape(dims));
  return {letters + letter, slice(flat, -1, 0, -1, size.value() + 1)};
}

Term without_repeats(Term term) {
  for (size_t i = 0; i < term.letters.size(); ++i) {
    const size_t again = term.letters.find(term.letters[i], i + 1);
    if (again != std::string::npos) return without_repeats(take_diagonal(term, i, again));
  }
  return term;
}

// Sums over the letters that nobody needs any more.
Term sum_unneeded(Term term, std::string_view needed) {
  std::vector<int> axes;
  std::string kept;
  for (const char letter : term.letters) {
    if (has(needed, letter)) {
      kept += letter;
    } else {
      axes.push_back(axis_of(term.letters, letter));
    }
  }
  if (axes.empty()) return term;
  return {kept, sum(term.value, std::move(axes))};
}

// The letters of a pair of terms by what becomes of them.
struct Roles {
  std::string batch;       // in both, and needed
  std::string contracted;  // in both, and not needed
  std::string rows;        // in a alone
  std::string cols;        // in b alone
};

Roles roles_of(const Term& a, const Term& b, std::string_view needed) {
  Roles roles;
  for (const char letter : a.letters) {
    if (!has(b.letters, letter)) {
      roles.rows += letter;
      continue;
    }
    check_equal(a.value.dim(axis_of(a.letters, letter)), b.value.dim(axis_of(b.letters, letter)),
                letter);
    (has(needed, letter) ? roles.batch : roles.contracted) += letter;
  }
  for (const char letter : b.letters) {
    if (!has(a.letters, letter)) roles.cols += letter;
  }
  return roles;
}

std::vector<Dim> dims_of(const Term& term, std::string_view letters) {
  std::vector<Dim> dims;
  for (const char letter : letters) dims.push_back(term.value.dim(axis_of(term.letters, letter)));
  return dims;
}

Dim product(const std::vector<Dim>& dims) {
  Dim out = 1;
  for (const Dim& dim : dims) out = out * dim;
  return out;
}

// The term as [batch..., group, group], whatever number of letters (0 too) a group has.
Value as_matrix(const Term& term, const std::string& batch, const std::string& first,
                const std::string& second) {
  const Term ordered = reorder(term, batch + first + second);
  if (first.size() == 1 && second.size() == 1) return ordered.value;
  std::vector<Dim> dims = dims_of(ordered, batch);
  dims.push_back(product(dims_of(ordered, first)));
  dims.push_back(product(dims_of(ordered, second)));
  return reshape(ordered.value, Shape(dims));
}

Term contract(const Term& a, const Term& b, const Roles& roles) {
  const Value left = as_matrix(a, roles.batch, roles.rows, roles.contracted);
  const bool as_stored = b.letters == roles.batch + roles.cols + roles.contracted;
  const Value right = as_stored ? as_matrix(b, roles.batch, roles.cols, roles.contracted)
                                : as_matrix(b, roles.batch, roles.contracted, roles.cols);
  Term out{roles.batch + roles.rows + roles.cols,
           left.network().add_one(ops::MatMul{.transpose_b = as_stored}, {left, right})};
  if (roles.rows.size() == 1 && roles.cols.size() == 1) return out;
  std::vector<Dim> dims = dims_of(a, roles.batch + roles.rows);
  for (const Dim& dim : dims_of(b, roles.cols)) dims.push_back(dim);
  out.value = reshape(out.value, Shape(dims));
  return out;
}

// The term with an axis of size 1 for every letter that it lacks.
Value spread(const Term& term, const std::string& letters) {
  std::string own;
  std::vector<Dim> dims;
  for (const char letter : letters) {
    const bool mine = has(term.letters, letter);
    if (mine) own += letter;
    dims.push_back(mine ? term.value.dim(axis_of(term.letters, letter)) : Dim(1));
  }
  const Term ordered = reorder(term, own);
  return own == letters ? ordered.value : reshape(ordered.value, Shape(dims));
}

Term combine(const Term& a, const Term& b, std::string_view needed) {
  const Roles roles = roles_of(a, b, needed);
  if (!roles.contracted.empty()) return contract(a, b, roles);
  const std::string letters = roles.batch + roles.rows + roles.cols;
  return {letters, spread(a, letters) * spread(b, letters)};
}

Value rewrite(const Equation& equation, std::span<const Value> operands) {
  std::vector<Term> terms;
  for (size_t i = 0; i < operands.size(); ++i) {
    terms.push_back(without_repeats({equation.operands[i], operands[i]}));
  }
  // Letters of the result and of the terms from `first` on, without those of term `but`.
  const auto needed = [&](size_t first, size_t but) {
    std::string letters = equation.result;
    for (size_t i = first; i < terms.size(); ++i) {
      if (i != but) letters += terms[i].letters;
    }
    return letters;
  };
  for (size_t i = 0; i < terms.size(); ++i) terms[i] = sum_unneeded(terms[i], needed(0, i));
  Term out = terms[0];
  for (size_t i = 1; i < terms.size(); ++i) out = combine(out, terms[i], needed(i, i));
  return reorder(out, equation.result).value;
}

}  // namespace

Value einsum(std::string_view equation, std::span<const Value> operands) {
  return with_context(cat("einsum ", quote(equation)), [&] {
    const Equation parsed = parse(equation);
    check_operands(parsed, operands);
    return rewrite(parsed, operands);
  });
}

}  // namespace lathe::graph
