// SPDX-License-Identifier: Apache-2.0
// Patterns over the ops behind a value: written like the expression that they find.
//
//   using namespace lathe::graph::pattern;   // inside a .cc
//   const Pattern x = any("x");
//   const Pattern norm = x * inverse_sqrt(mean_of_last(square(x)) + number("eps")) * any("w");
//   if (const std::optional<Match> found = norm.match(value)) use((*found)["x"]);
//
// + and * (and max, min) match either order of their operands. A name that occurs twice stands for
// the same value. Immutable; copies share.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/graph/network.h"
#include "lathe/ops/elementwise.h"
#include "lathe/ops/reduce.h"

namespace lathe::graph::pattern {

// What the names of a pattern stand for.
struct Match {
  std::map<std::string, Value, std::less<>> values;
  std::map<std::string, double, std::less<>> numbers;
  Value operator[](std::string_view name) const;           // REQUIRES: the pattern has it
  double number(std::string_view name) const;              // REQUIRES: the pattern has it
  std::optional<Value> find(std::string_view name) const;  // where one of several has it
};

// All ways to match one value, given what is matched already.
using Matcher = std::function<std::vector<Match>(Value value, const Match& so_far)>;

class Pattern {
 public:
  explicit Pattern(Matcher matcher)
      : matcher_(std::make_shared<const Matcher>(std::move(matcher))) {}
  std::optional<Match> match(Value value) const;  // the first way
  std::vector<Match> matches(Value value, const Match& so_far) const {
    return (*matcher_)(value, so_far);
  }

 private:
  std::shared_ptr<const Matcher> matcher_;  // patterns contain patterns, often the same ones
};

// Leaves: any value; a constant of one value, however it is cast, reshaped or broadcast.
Pattern any(std::string name);
Pattern number(std::string name);
Pattern number(double value);                      // to six digits
Pattern named(std::string name, Pattern pattern);  // binds what the pattern matches
Pattern one_of(std::vector<Pattern> alternatives);

// The only output of an op of this name with attributes that `accepts` takes.
Pattern node(std::string_view op, std::function<bool(const Node&)> accepts,
             std::vector<Pattern> operands);
Pattern unary(ops::UnaryKind kind, Pattern x);
Pattern binary(ops::BinaryKind kind, const Pattern& a, const Pattern& b);
Pattern operator+(const Pattern& a, const Pattern& b);
Pattern operator-(const Pattern& a, const Pattern& b);
Pattern operator*(const Pattern& a, const Pattern& b);
Pattern operator/(const Pattern& a, const Pattern& b);

// Idioms that have several spellings.
Pattern uncast(Pattern x);          // x, or x behind casts of floats that do not round in between
Pattern sqrt(const Pattern& x);     // sqrt(x), x ^ 0.5
Pattern square(std::string name);   // square(x), x * x, x ^ 2
Pattern negated(const Pattern& x);  // -x, 0 - x, x * -1, x / -1
Pattern reciprocal(const Pattern& x);                  // reciprocal(x), 1 / x, x ^ -1
Pattern quotient(const Pattern& a, const Pattern& b);  // a / b, a * reciprocal(b)
Pattern inverse_sqrt(const Pattern& x);  // rsqrt(x), 1 / sqrt(x), sqrt(1 / x), x ^ -0.5
// Over the last axis, which stays as 1 or is put back by a reshape.
Pattern sum_of_last(Pattern x);
Pattern max_of_last(Pattern x);
Pattern mean_of_last(Pattern x);  // mean, sum / n, sum * (1 / n), the sum of what is divided by n

}  // namespace lathe::graph::pattern
