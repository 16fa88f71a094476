// SPDX-License-Identifier: Apache-2.0
// Finds activation functions that are written in primitives: one line a spelling.
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/graph/pattern.h"

namespace lathe::builder::passes {

namespace {

using graph::pattern::any;
using graph::pattern::binary;
using graph::pattern::number;
using graph::pattern::one_of;
using graph::pattern::Pattern;
using graph::pattern::quotient;
using graph::pattern::unary;
using ops::BinaryKind;
using ops::UnaryKind;

struct Spelling {
  UnaryKind kind;
  Pattern pattern;  // over "x"
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

std::vector<Spelling> spellings() {
  const Pattern x = any("x"), one = number(1);
  const Pattern denominator = one + unary(UnaryKind::kExp, unary(UnaryKind::kNeg, x));
  const Pattern erf = unary(
      UnaryKind::kErf, one_of({x / number(1.4142135623730951), x * number(0.7071067811865476)}));
  const Pattern tanh = unary(UnaryKind::kTanh, tanh_argument(x));
  return {
      {UnaryKind::kSigmoid,
       one_of({one / denominator, unary(UnaryKind::kReciprocal, denominator)})},
      {UnaryKind::kSilu, x * unary(UnaryKind::kSigmoid, x)},
      {UnaryKind::kSilu, quotient(x, denominator)},
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
    substitute(root, network.add_one(ops::Unary{.kind = spelling.kind}, {(*found)["x"]}));
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
