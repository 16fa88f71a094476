// SPDX-License-Identifier: Apache-2.0
// Finds activation functions that are written in primitives: one line a spelling.
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/graph/functions.h"
#include "lathe/graph/pattern.h"

namespace lathe::builder::passes {

namespace {

using graph::pattern::any;
using graph::pattern::binary;
using graph::pattern::negated;
using graph::pattern::number;
using graph::pattern::one_of;
using graph::pattern::Pattern;
using graph::pattern::quotient;
using graph::pattern::reciprocal;
using graph::pattern::unary;
using ops::BinaryKind;
using ops::UnaryKind;

struct Spelling {
  UnaryKind kind;
  Pattern pattern;  // over "x"; where it is over "factor" too, the activation times that
};

// a * b * c in any order and association.
Pattern product(const Pattern& a, const Pattern& b, const Pattern& c) {
  return one_of({(a * b) * c, (a * c) * b, (b * c) * a});
}

// x / 2 * tail in any order and association.
Pattern half_of_product(const Pattern& x, const Pattern& tail) {
  return one_of({product(number(0.5), x, tail), (x / number(2)) * tail, x * (tail / number(2)),
                 (x * tail) / number(2)});
}

// sqrt(2 / pi) * (x + 0.044715 x^3), factored out or not.
Pattern tanh_argument(const Pattern& x) {
  const Pattern square = graph::pattern::square("x");
  const Pattern cube =
      one_of({binary(BinaryKind::kPow, x, number(3)), square * x, product(x, x, x)});
  const Pattern scale = number(0.7978845608028654), factor = number(0.044715);
  const Pattern square_term = one_of({factor * square, product(factor, x, x)});
  const Pattern cube_term = one_of({factor * cube, product(factor, square, x), square_term * x});
  return one_of({scale * (x + cube_term), product(scale, x, number(1) + square_term)});
}

// The sigmoid of "x", and what it is multiplied with.
struct Logistic {
  Pattern x = any("x"), one = number(1), half = number(0.5);
  Pattern rising = unary(UnaryKind::kExp, x);
  Pattern denominator = one + one_of({unary(UnaryKind::kExp, negated(x)), reciprocal(rising)});
  Pattern tanh = unary(UnaryKind::kTanh, one_of({x * half, x / number(2)}));

  Pattern sigmoid() const {
    return one_of({reciprocal(denominator), quotient(rising, one + rising), half * (one + tanh),
                   (one + tanh) / number(2), half + half * tanh, half + tanh / number(2)});
  }
  // Sigmoids are recognised before what they are multiplied with.
  Pattern silu() const {
    const Pattern known = unary(UnaryKind::kSigmoid, one_of({x, x * one}));
    return one_of({x * known, quotient(x, denominator), quotient(x * rising, one + rising),
                   half_of_product(x, one + tanh)});
  }
  // The factor stands between x and its sigmoid.
  Pattern silu_times_factor() const {
    const Pattern factor = any("factor"), known = unary(UnaryKind::kSigmoid, x);
    return one_of({(x * factor) * known, (factor * known) * x, quotient(x * factor, denominator),
                   quotient(factor, denominator) * x});
  }
};

std::vector<Spelling> spellings() {
  const Pattern x = any("x"), one = number(1);
  const Logistic logistic;
  const Pattern erf = unary(
      UnaryKind::kErf, one_of({x / number(1.4142135623730951), x * number(0.7071067811865476)}));
  const Pattern tanh = unary(UnaryKind::kTanh, tanh_argument(x));
  return {
      {UnaryKind::kSigmoid, logistic.sigmoid()},
      {UnaryKind::kSilu, logistic.silu()},
      {UnaryKind::kSilu, logistic.silu_times_factor()},
      {UnaryKind::kRelu, binary(BinaryKind::kMax, x, number(0))},
      {UnaryKind::kGelu, half_of_product(x, one + erf)},
      {UnaryKind::kGeluTanh, half_of_product(x, one + tanh)},
      {UnaryKind::kQuickGelu, x * unary(UnaryKind::kSigmoid, x * number(1.702))},
  };
}

bool recognise(Network& network, NodeId id, const std::vector<Spelling>& all) {
  if (!network.node(id).op.is<ops::Binary>() && !network.node(id).op.is<ops::Unary>()) return false;
  const Value root = network.value(network.node(id).outputs[0]);
  if (!is_floating(root.dtype())) return false;  // activations are of floats, maximum(x, 0) is not
  for (const Spelling& spelling : all) {
    const auto found = spelling.pattern.match(root);
    if (!found || (*found)["x"].type() != root.type()) continue;
    const InsertBefore place(network, id);
    Value result = network.add_one(ops::Unary{.kind = spelling.kind}, {(*found)["x"]});
    if (const std::optional<Value> factor = found->find("factor")) result = result * *factor;
    substitute(root, result);
    return true;
  }
  return false;
}

void run(Network& network, PassContext& context) {
  const std::vector<Spelling> all = spellings();
  const int count = rewrite_nodes(network, [&](NodeId id) { return recognise(network, id, all); });
  note_count(context, count, "activations recognised");
}

}  // namespace

const Pass kRecogniseActivations{.name = "recognise_activations",
                                 .purpose = "find silu, gelu and others written in primitives",
                                 .guarantees = "activations are unary ops of their kind",
                                 .after = {"fold_constants", "share_common"},
                                 .run = run};

}  // namespace lathe::builder::passes
