// SPDX-License-Identifier: Apache-2.0
// A fault of 1 % in any op is found, and named exactly, with all fusions on.
#include "lathe/builder/diff.h"

#include <gtest/gtest.h>

#include <set>

#include "lathe/base/random.h"
#include "lathe/builder/build.h"
#include "lathe/builder/parameters.h"
#include "lathe/graph/functions.h"

namespace lathe::builder {
namespace {

using graph::NamedTensors;
using graph::Network;
using graph::Value;

constexpr int64_t kTokens = 6, kHidden = 32, kHeads = 4, kHeadDim = 8, kVocab = 24;

Tensor random_tensor(std::vector<int64_t> sizes, uint64_t seed) {
  Tensor out(DType::kF32, std::move(sizes));
  const auto values = out.values<float>();
  for (size_t i = 0; i < values.size(); ++i) values[i] = 0.5f * normal_at(seed, 0, i);
  return out;
}

Tensor ints(std::vector<int64_t> sizes, const std::vector<int32_t>& values) {
  return Tensor::from<int32_t>(DType::kI32, std::move(sizes), values);
}

// A network that uses as many ops as one can: two layers of a decoder, one written for the fusions
// and one that they leave alone, and a tail of primitives.
class Zoo {
 public:
  Zoo() {
    Value x = embedding(step_input(net, "token_ids"), weight("embed", {kVocab, kHidden}));
    x = x + fused_attention(rms_norm(x, weight("norm", {kHidden}), 1e-5f));
    x = x + mlp(rms_norm(x, weight("norm2", {kHidden}), 1e-5f));
    x = plain_attention(layer_norm(x, weight("ln", {kHidden}), weight("ln_b", {kHidden}), 1e-5f));
    x = moved(x);
    x = counted(x);
    net.mark_output("y", gather(x, step_input(net, "logit_rows")));
    net.mark_output("top", top_k(x, 3).values);
    // Picked before the norm, which a factor does not change.
    const Value normed = rms_norm(x * x, weight("last", {kHidden}), 1e-5f);
    net.mark_output("last", gather(normed, step_input(net, "logit_rows")));
  }

  Value weight(const std::string& name, std::vector<int64_t> sizes) {
    Shape shape(std::vector<Dim>(sizes.begin(), sizes.end()));
    weights[name] = random_tensor(std::move(sizes), weights.size() + 1);
    return net.parameter(name, {DType::kF32, std::move(shape)});
  }

  std::shared_ptr<const exec::Engine> engine() const {
    engine::EngineData data;
    BuildOptions options;
    options.catalog = memory_catalog(weights);
    data.manifest.plans.push_back(build(net, options).plan);
    return exec::Engine::from_memory(std::move(data), exec::memory_rows(weights),
                                     {.threads = 2, .isa = {}, .weights = {}});
  }

  DiffReport diff_with(const exec::Plant& plant) const {
    BuildOptions options;
    options.catalog = memory_catalog(weights);
    return diff(
        engine(), *bind(net, options), parameters_from(exec::memory_rows(weights)), inputs(),
        {.limits =
             {{"tokens", kTokens}, {"sequences", 1}, {"logit_rows", kTokens}, {"table_width", 1}},
         .num_blocks = 1,
         .plant = plant});
  }

  Network net;
  std::map<std::string, Tensor, std::less<>> weights;

 private:
  static Value heads_of(Value x) { return reshape(x, {x.dim(0), kHeads, kHeadDim}); }
  static Value merged(Value x) { return reshape(x, {x.dim(0), kHidden}); }

  Value project(Value x, const std::string& name) {
    return linear(x, weight(name, {kHidden, kHidden}));
  }

  // q/k/v join, the rotation and the write fuse.
  Value fused_attention(Value x) {
    const Value cache = net.state("layers.0.kv", {.kv_heads = kHeads, .head_dim = kHeadDim});
    const ops::Rope rope_options{.rotary_dims = kHeadDim};
    const Value positions = step_input(net, "positions");
    const Value q = rope(heads_of(project(x, "q")), positions, rope_options);
    const Value k = rope(heads_of(project(x, "k")), positions, rope_options);
    return project(
        merged(cached_attention(q, k, heads_of(project(x, "v")), cache, {.scale = 0.35f})), "o");
  }

  // Nothing fuses: queries alone are rotated, the projection is one and is split.
  Value plain_attention(Value x) {
    const Value cache = net.state("layers.1.kv", {.kv_heads = kHeads, .head_dim = kHeadDim});
    const std::vector<Value> qkv =
        split(linear(x, weight("qkv", {3 * kHidden, kHidden})), {kHidden, kHidden, kHidden}, -1);
    const Value q = rope(heads_of(qkv[0]), step_input(net, "positions"), {.rotary_dims = kHeadDim});
    const Value cached =
        merged(cached_attention(q, heads_of(qkv[1]), heads_of(qkv[2]), cache, {.scale = 0.35f}));
    const Value again = merged(attention(q, heads_of(qkv[1]), heads_of(qkv[2]), {.scale = 0.35f}));
    return concat(std::vector<Value>{slice(cached, -1, 0, 16), slice(again, -1, 16)}, -1);
  }

  Value mlp(Value x) {
    const Value gate_up = linear(x, weight("gate_up", {48, kHidden}));
    net.mark_output("gate_up", gate_up);  // keeps the gate from going into the linear
    return linear(gated_activation(gate_up, ops::UnaryKind::kSilu), weight("down", {kHidden, 24}));
  }

  // Transposed there and back with a product in between, rows moved about.
  Value moved(Value x) {
    const Value product = matmul(transpose(x, {1, 0}), x);  // [hidden, hidden]
    const Value row = broadcast_to(slice(product, 0, 0, 1), {kHidden, kHidden});
    const Value mixed = softmax(matmul(x, row)) + x;
    return scatter(mixed, constant(net, DType::kI32, {1}, {0}), slice(mixed, 0, 1, 2),
                   ops::ScatterKind::kAdd);
  }

  Value counted(Value x) {
    const graph::QuantizeResult codes = quantize(x, 8);
    const Value scale = cumsum(sum(codes.scales, {-1}, true), 0);
    return cast(cast(x, DType::kF16), DType::kF32) * broadcast_to(scale, x.shape());
  }

  NamedTensors inputs() const {
    return {{"token_ids", ints({kTokens}, {3, 1, 4, 1, 5, 9})},
            {"positions", ints({kTokens}, {0, 1, 2, 3, 4, 5})},
            {"cu_q_lengths", ints({2}, {0, kTokens})},
            {"kv_lengths", ints({1}, {kTokens})},
            {"block_tables", ints({1, 1}, {0})},
            {"logit_rows", ints({3}, {5, 0, 2})}};
  }
};

std::set<std::string> ops_of(const engine::Plan& plan) {
  std::set<std::string> out;
  for (const engine::PlanStep& step : plan.steps) out.insert(step.op);
  return out;
}

TEST(Diff, AnEngineWithoutFaultsDoesNotDrift) {
  const DiffReport report = Zoo().diff_with({});
  EXPECT_FALSE(report.first) << to_text(report);
  EXPECT_GE(report.values_compared, 30);
  EXPECT_LE(report.worst_error, 5e-4);  // the cast to f16 rounds
}

TEST(Diff, NamesExactlyTheOpWithThePlant) {
  const Zoo zoo;
  const std::set<std::string> ops = ops_of(zoo.engine()->plan());
  EXPECT_TRUE(ops.contains("rope_kv_write"));
  int found = 0;
  for (const std::string& op : ops) {
    if (op == "constant") continue;  // of integers
    const DiffReport report = zoo.diff_with({.op = op});
    ASSERT_TRUE(report.first) << op;
    EXPECT_EQ(report.first->op, op) << to_text(report);
    ++found;
  }
  EXPECT_GE(found, 20);
}

// A pass has moved the gather: no value of the source network is its result.
TEST(Diff, NamesAnOpThatAPassHasMoved) {
  const Zoo zoo;
  const auto engine = zoo.engine();
  const auto& steps = engine->plan().steps;
  const auto moved = [](const engine::PlanStep& step) {
    return step.op == "gather" && step.computes[0].empty();
  };
  ASSERT_EQ(std::ranges::count_if(steps, moved), 1);
  const DiffReport report = Zoo().diff_with({.op = "gather"});
  ASSERT_TRUE(report.first);
  EXPECT_EQ(report.first->op, "gather") << to_text(report);
}

TEST(Diff, ADriftIsToldWithBothValues) {
  const DiffReport report = Zoo().diff_with({.op = "softmax"});
  ASSERT_TRUE(report.first);
  EXPECT_EQ(report.first->kernel.substr(0, 8), "softmax.");
  EXPECT_NEAR(report.first->got, report.first->expected * 1.01, 1e-6);
  EXPECT_NE(to_text(report).find("the interpreter says"), std::string::npos);
}

TEST(Diff, AnEngineOfAnotherNetworkIsRefused) {
  const Zoo zoo;
  Network other;
  const Value x = other.input("x", {DType::kF32, {Dim::symbol("tokens"), 4}});
  other.mark_output("y", x + x);
  EXPECT_THROW(diff(zoo.engine(), other, {}, {{"x", random_tensor({2, 4}, 1)}},
                    {.limits = {{"tokens", kTokens},
                                {"sequences", 1},
                                {"logit_rows", kTokens},
                                {"table_width", 1}},
                     .num_blocks = 1}),
               Error);
}

}  // namespace
}  // namespace lathe::builder
