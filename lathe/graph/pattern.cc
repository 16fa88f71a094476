// SPDX-License-Identifier: Apache-2.0
#include "lathe/graph/pattern.h"

#include <cmath>

#include "lathe/base/error.h"
#include "lathe/ops/layout.h"

namespace lathe::graph::pattern {

namespace {

using ops::BinaryKind;
using ops::UnaryKind;

// The node that makes the value as its only output; null for inputs, parameters, states.
const Node* maker(Value value) {
  const std::optional<NodeId> producer = value.network().producer(value);
  if (!producer) return nullptr;
  const Node& node = value.network().node(*producer);
  return node.outputs.size() == 1 ? &node : nullptr;
}

Value operand(Value user, const Node& node, size_t index) {
  return user.network().value(node.inputs[index]);
}

bool keeps_numbers(const Node& node) {
  return node.op.is<ops::Cast>() || node.op.is<ops::Reshape>() || node.op.is<ops::BroadcastTo>();
}

// The one number that all elements of a constant are.
std::optional<double> number_of(Value value) {
  const Node* node = maker(value);
  while (node != nullptr && keeps_numbers(*node)) {
    value = operand(value, *node, 0);
    node = maker(value);
  }
  if (node == nullptr) return std::nullopt;
  const auto* constant = node->op.as<ops::Constant>();
  if (constant == nullptr || constant->values.size() != 1) return std::nullopt;
  return constant->values[0];
}

// Constants that were rounded to f32 on their way still count.
bool close(double a, double b) { return std::abs(a - b) <= 1e-6 * std::abs(b); }

std::vector<Match> bind(const std::string& name, Value value, const Match& so_far) {
  const auto known = so_far.values.find(name);
  if (known != so_far.values.end() && known->second != value) return {};
  Match out = so_far;
  out.values[name] = value;
  return {std::move(out)};
}

// All ways to match `node`'s operands with the patterns in this order.
std::vector<Match> match_operands(Value value, const Node& node,
                                  const std::vector<Pattern>& patterns, const Match& so_far) {
  std::vector<Match> found = {so_far};
  for (size_t i = 0; i < patterns.size(); ++i) {
    std::vector<Match> next;
    for (const Match& match : found) {
      for (Match& longer : patterns[i].matches(operand(value, node, i), match)) {
        next.push_back(std::move(longer));
      }
    }
    found = std::move(next);
  }
  return found;
}

bool is_commutative(BinaryKind kind) {
  return kind == BinaryKind::kAdd || kind == BinaryKind::kMul || kind == BinaryKind::kMax ||
         kind == BinaryKind::kMin;
}

// Whether a reshape puts a last axis of 1 behind the others.
bool appends_one(const Shape& before, const Shape& after) {
  if (after.rank() != before.rank() + 1 || after.back() != Dim(1)) return false;
  for (int axis = 0; axis < before.rank(); ++axis) {
    if (after[axis] != before[axis]) return false;
  }
  return true;
}

// The reduction that makes `value` and keeps its last axis as 1, by itself or by a reshape behind
// it; null where there is none.
const Node* kept_reduction(Value value) {
  const Node* node = maker(value);
  const bool reshaped = node != nullptr && node->op.is<ops::Reshape>();
  if (reshaped) {
    const Value reduced = operand(value, *node, 0);
    node = appends_one(reduced.shape(), value.shape()) ? maker(reduced) : nullptr;
  }
  const auto* reduce = node == nullptr ? nullptr : node->op.as<ops::Reduce>();
  return reduce != nullptr && reduce->keep_dims != reshaped ? node : nullptr;
}

Pattern reduce_of_last(ops::ReduceKind kind, Pattern x) {
  return Pattern([kind, x = std::move(x)](Value value, const Match& so_far) -> std::vector<Match> {
    const Node* made_by = kept_reduction(value);
    if (made_by == nullptr) return {};
    const auto* reduce = made_by->op.as<ops::Reduce>();
    const Value reduced = operand(value, *made_by, 0);
    if (reduce->kind != kind || reduce->axes.size() != 1) return {};
    if (reduce->axes[0] != -1 && reduce->axes[0] != reduced.shape().rank() - 1) return {};
    return x.matches(reduced, so_far);
  });
}

// Elements that a matched sum has added up, where that is a number.
std::optional<int64_t> summed_elements(Value sum) {
  return operand(sum, *kept_reduction(sum), 0).shape().back().constant();
}

}  // namespace

Value Match::operator[](std::string_view name) const {
  const auto found = values.find(name);
  LATHE_CHECK(found != values.end(), "the pattern has no such name", name);
  return found->second;
}

double Match::number(std::string_view name) const {
  const auto found = numbers.find(name);
  LATHE_CHECK(found != numbers.end(), "the pattern has no such number", name);
  return found->second;
}

std::optional<Value> Match::find(std::string_view name) const {
  const auto found = values.find(name);
  if (found == values.end()) return std::nullopt;
  return found->second;
}

std::optional<Match> Pattern::match(Value value) const {
  std::vector<Match> found = matches(value, {});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

Pattern any(std::string name) {
  return Pattern([name = std::move(name)](Value value, const Match& so_far) {
    return bind(name, value, so_far);
  });
}

Pattern number(std::string name) {
  return Pattern([name = std::move(name)](Value value, const Match& so_far) -> std::vector<Match> {
    const std::optional<double> found = number_of(value);
    if (!found) return {};
    Match out = so_far;
    const auto [known, added] = out.numbers.emplace(name, *found);
    if (!added && known->second != *found) return {};
    return {std::move(out)};
  });
}

Pattern number(double wanted) {
  return Pattern([wanted](Value value, const Match& so_far) -> std::vector<Match> {
    const std::optional<double> found = number_of(value);
    if (!found || !close(*found, wanted)) return {};
    return {so_far};
  });
}

Pattern named(std::string name, Pattern pattern) {
  return Pattern([name = std::move(name), pattern = std::move(pattern)](
                     Value value, const Match& so_far) -> std::vector<Match> {
    std::vector<Match> out;
    for (const Match& match : pattern.matches(value, so_far)) {
      for (Match& longer : bind(name, value, match)) out.push_back(std::move(longer));
    }
    return out;
  });
}

Pattern one_of(std::vector<Pattern> alternatives) {
  return Pattern([alternatives = std::move(alternatives)](Value value, const Match& so_far) {
    std::vector<Match> out;
    for (const Pattern& alternative : alternatives) {
      for (Match& match : alternative.matches(value, so_far)) out.push_back(std::move(match));
    }
    return out;
  });
}

Pattern node(std::string_view op, std::function<bool(const Node&)> accepts,
             std::vector<Pattern> operands) {
  return Pattern([op, accepts = std::move(accepts), operands = std::move(operands)](
                     Value value, const Match& so_far) -> std::vector<Match> {
    const Node* made_by = maker(value);
    if (made_by == nullptr || made_by->op.name() != op) return {};
    if (made_by->inputs.size() != operands.size() || !accepts(*made_by)) return {};
    return match_operands(value, *made_by, operands, so_far);
  });
}

Pattern unary(UnaryKind kind, Pattern x) {
  return node(ops::Unary::kInfo.name,
              [kind](const Node& found) { return found.op.as<ops::Unary>()->kind == kind; },
              {std::move(x)});
}

Pattern binary(BinaryKind kind, const Pattern& a, const Pattern& b) {
  const auto of_kind = [kind](const Node& found) {
    return found.op.as<ops::Binary>()->kind == kind;
  };
  Pattern as_written = node(ops::Binary::kInfo.name, of_kind, {a, b});
  if (!is_commutative(kind)) return as_written;
  return one_of({std::move(as_written), node(ops::Binary::kInfo.name, of_kind, {b, a})});
}

Pattern operator+(const Pattern& a, const Pattern& b) { return binary(BinaryKind::kAdd, a, b); }
Pattern operator-(const Pattern& a, const Pattern& b) { return binary(BinaryKind::kSub, a, b); }
Pattern operator*(const Pattern& a, const Pattern& b) { return binary(BinaryKind::kMul, a, b); }
Pattern operator/(const Pattern& a, const Pattern& b) { return binary(BinaryKind::kDiv, a, b); }

namespace {

// Whether a cast between floating dtypes keeps every value as it is.
bool widens(DType from, DType to) { return from == to || to == DType::kF32; }

}  // namespace

Pattern uncast(Pattern x) {
  return Pattern([x = std::move(x)](Value value, const Match& so_far) {
    const Value outermost = value;
    std::vector<Match> out = x.matches(value, so_far);
    const Node* cast = maker(value);
    while (out.empty() && cast != nullptr && cast->op.is<ops::Cast>()) {
      const Value inner = operand(value, *cast, 0);
      if (!is_floating(inner.dtype()) || !is_floating(value.dtype())) break;
      if (value != outermost && !widens(inner.dtype(), value.dtype())) break;
      value = inner;
      out = x.matches(value, so_far);
      cast = maker(value);
    }
    return out;
  });
}

Pattern sqrt(const Pattern& x) {
  return one_of({unary(UnaryKind::kSqrt, x), binary(BinaryKind::kPow, x, number(0.5))});
}

Pattern square(std::string name) {
  const Pattern x = uncast(any(std::move(name)));
  return one_of({unary(UnaryKind::kSquare, x), x * x, binary(BinaryKind::kPow, x, number(2))});
}

Pattern negated(const Pattern& x) {
  return one_of({unary(UnaryKind::kNeg, x), number(0) - x, number(-1) * x,
                 binary(BinaryKind::kDiv, x, number(-1))});
}

Pattern reciprocal(const Pattern& x) {
  return one_of(
      {unary(UnaryKind::kReciprocal, x), number(1) / x, binary(BinaryKind::kPow, x, number(-1))});
}

Pattern quotient(const Pattern& a, const Pattern& b) { return one_of({a / b, a * reciprocal(b)}); }

Pattern inverse_sqrt(const Pattern& x) {
  return one_of({unary(UnaryKind::kRsqrt, x), reciprocal(sqrt(x)), sqrt(reciprocal(x)),
                 binary(BinaryKind::kPow, x, number(-0.5))});
}

Pattern sum_of_last(Pattern x) { return reduce_of_last(ops::ReduceKind::kSum, std::move(x)); }

Pattern max_of_last(Pattern x) { return reduce_of_last(ops::ReduceKind::kMax, std::move(x)); }

Pattern mean_of_last(Pattern x) {
  // Names that no caller writes; they are taken out again.
  const std::string sum = "(sum)", divisor = "(divisor)", factor = "(factor)";
  const Pattern summed = named(sum, sum_of_last(x));
  const Pattern spelled_out =
      one_of({summed / number(divisor), summed * number(factor),
              named(sum, sum_of_last(one_of({x / number(divisor), x * number(factor)})))});
  const Pattern plain = reduce_of_last(ops::ReduceKind::kMean, std::move(x));
  return Pattern([=](Value value, const Match& so_far) {
    std::vector<Match> out = plain.matches(value, so_far);
    for (Match& match : spelled_out.matches(value, so_far)) {
      const std::optional<int64_t> count = summed_elements(match[sum]);
      const bool divides = match.numbers.contains(divisor);
      const double wanted = !count ? 0 : divides ? double(*count) : 1.0 / double(*count);
      if (!count || !close(match.number(divides ? divisor : factor), wanted)) continue;
      match.values.erase(sum);
      match.numbers.erase(divides ? divisor : factor);
      out.push_back(std::move(match));
    }
    return out;
  });
}

}  // namespace lathe::graph::pattern
