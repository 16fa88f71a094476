// SPDX-License-Identifier: Apache-2.0
// Finds RMSNorm and LayerNorm that are written in primitives. Statistics have to be in f32: of an
// activation in a narrower dtype the network casts to f32 first. A norm that does not is left as it
// is written, since the fused one computes something else.
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/graph/pattern.h"
#include "lathe/ops/layout.h"
#include "lathe/ops/norm.h"

namespace lathe::builder::passes {

namespace {

using graph::pattern::any;
using graph::pattern::inverse_sqrt;
using graph::pattern::Match;
using graph::pattern::mean_of_last;
using graph::pattern::named;
using graph::pattern::number;
using graph::pattern::one_of;
using graph::pattern::Pattern;
using graph::pattern::square;
using graph::pattern::uncast;

// x / sqrt(variance + eps) * w, scaled before or after the weight; a cast may stand in between.
Pattern scaled(const Pattern& x, const Pattern& variance, const Pattern& w) {
  const Pattern with_eps = variance + number("eps");
  const Pattern factor = inverse_sqrt(with_eps);
  const Pattern root = graph::pattern::sqrt(with_eps);
  return one_of({uncast(one_of({x * factor, x / root})) * w, (x * w) * factor, (x * w) / root,
                 x * (factor * w), x * (w / root)});
}

struct Norms {
  // Over "x", "w", "eps", and "b" of a LayerNorm.
  Pattern rms = uncast(scaled(any("x"), mean_of_last(square("x")), any("w")));
  Pattern centred = named("centred", any("x") - mean_of_last(any("x")));
  Pattern spread = uncast(scaled(centred, mean_of_last(square("centred")), any("w")));
  Pattern layer = one_of({uncast(spread + any("b")), spread});
};

// The normalised value before its cast to f32. Empty where the statistics are not in f32, or the
// result is not of its type.
std::optional<Value> source_of(Value x, Value result) {
  if (x.dtype() != DType::kF32) return std::nullopt;
  if (x.type() == result.type()) return x;
  if (made_by<ops::Cast>(x) == nullptr) return std::nullopt;
  const Value before = operands(x.network(), maker(x))[0];
  if (before.type() != result.type()) return std::nullopt;
  return before;
}

// Whether a vector may have been cast, or got axes before its own.
bool spreads(Value value) {
  if (made_by<ops::Cast>(value) != nullptr) return true;
  const bool reshaped = made_by<ops::Reshape>(value) != nullptr;
  return value.shape().rank() > 1 && (reshaped || made_by<ops::BroadcastTo>(value) != nullptr);
}

// A weight or bias [n] of the norm, before any cast of it and any axes before its own; empty where
// it is something else.
std::optional<Value> vector_of(Value w, Value x) {
  while (spreads(w) && w.shape().back() == x.shape().back()) {
    w = operands(w.network(), maker(w))[0];
  }
  if (w.shape().rank() != 1 || w.shape()[0] != x.shape().back()) return std::nullopt;
  if (!is_floating(w.dtype())) return std::nullopt;
  return w;
}

// Adds the norm that the match describes; invalid where it is none after all.
Value add_norm(const Match& found, Value root, const ops::Op& norm) {
  const std::optional<Value> x = source_of(found["x"], root);
  if (!x) return {};
  std::vector<Value> inputs = {*x};
  for (const std::string_view name : {"w", "b"}) {
    const std::optional<Value> vector = found.find(name);
    if (!vector) continue;
    const std::optional<Value> stored = vector_of(*vector, *x);
    if (!stored) return {};
    inputs.push_back(*stored);
  }
  return root.network().add(norm, inputs)[0];
}

// The norm that computes `root`; invalid where there is none.
Value recognised(Value root, const Norms& norms) {
  // Behind a subtraction of the mean an RMSNorm is a LayerNorm.
  if (const std::optional<Match> layer = norms.layer.match(root)) {
    return add_norm(*layer, root, ops::LayerNorm{.eps = static_cast<float>(layer->number("eps"))});
  }
  if (const std::optional<Match> rms = norms.rms.match(root)) {
    return add_norm(*rms, root, ops::RmsNorm{.eps = static_cast<float>(rms->number("eps"))});
  }
  return {};
}

bool recognise(Network& network, NodeId id, const Norms& norms) {
  const Node& node = network.node(id);
  if (!node.op.is<ops::Binary>() && !node.op.is<ops::Cast>()) return false;
  const Value root = network.value(node.outputs[0]);
  const InsertBefore place(network, id);
  const Value norm = recognised(root, norms);
  if (!norm.valid()) return false;
  substitute(root, norm);
  return true;
}

void run(Network& network, PassContext& context) {
  const Norms norms;
  const int count =
      rewrite_nodes_backwards(network, [&](NodeId id) { return recognise(network, id, norms); });
  note_count(context, count, "norms recognised");
}

}  // namespace

const Pass kRecogniseNorms{.name = "recognise_norms",
                           .purpose = "find rms_norm and layer_norm written in primitives",
                           .guarantees = "norms with f32 statistics are ops of their own",
                           .after = {"fold_constants", "share_common"},
                           .run = run};

}  // namespace lathe::builder::passes
