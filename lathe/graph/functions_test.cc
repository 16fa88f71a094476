// SPDX-License-Identifier: Apache-2.0
#include "lathe/graph/functions.h"

#include <gtest/gtest.h>

#include "lathe/base/error.h"
#include "lathe/graph/network.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/matmul.h"
#include "lathe/ops/norm.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::graph {
namespace {

const Dim kTokens = Dim::symbol("tokens");

struct Functions : testing::Test {
  Network net;
  Value input(std::string_view name, Shape shape, DType dtype = DType::kF32) {
    return net.input(name, {dtype, std::move(shape)});
  }
  Value x = input("x", {kTokens, 16});

  const Node& node_of(Value value) { return net.node(*net.producer(value)); }
  std::vector<std::string> op_names() {
    std::vector<std::string> names;
    for (const NodeId id : net.nodes()) names.emplace_back(net.node(id).op.name());
    return names;
  }
  Value operand(Value value, size_t index) { return net.value(node_of(value).inputs[index]); }
};

template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

using Names = std::vector<std::string>;

TEST_F(Functions, OperatorsBuildSilu) {
  const Value y = x * sigmoid(x);
  EXPECT_EQ(y.type(), x.type());
  EXPECT_EQ(op_names(), (Names{"unary", "binary"}));
  EXPECT_EQ(node_of(y).op.as<ops::Binary>()->kind, ops::BinaryKind::kMul);
  EXPECT_EQ(operand(y, 0), x);
}

TEST_F(Functions, EveryUnaryHasItsKind) {
  const auto kind = [&](Value y) { return node_of(y).op.as<ops::Unary>()->kind; };
  EXPECT_EQ(kind(neg(x)), ops::UnaryKind::kNeg);
  EXPECT_EQ(kind(-x), ops::UnaryKind::kNeg);
  EXPECT_EQ(kind(abs(x)), ops::UnaryKind::kAbs);
  EXPECT_EQ(kind(exp(x)), ops::UnaryKind::kExp);
  EXPECT_EQ(kind(log(x)), ops::UnaryKind::kLog);
  EXPECT_EQ(kind(sqrt(x)), ops::UnaryKind::kSqrt);
  EXPECT_EQ(kind(rsqrt(x)), ops::UnaryKind::kRsqrt);
  EXPECT_EQ(kind(sigmoid(x)), ops::UnaryKind::kSigmoid);
  EXPECT_EQ(kind(tanh(x)), ops::UnaryKind::kTanh);
  EXPECT_EQ(kind(erf(x)), ops::UnaryKind::kErf);
  EXPECT_EQ(kind(relu(x)), ops::UnaryKind::kRelu);
  EXPECT_EQ(kind(silu(x)), ops::UnaryKind::kSilu);
  EXPECT_EQ(kind(gelu(x)), ops::UnaryKind::kGelu);
  EXPECT_EQ(kind(gelu_tanh(x)), ops::UnaryKind::kGeluTanh);
}

TEST_F(Functions, EveryBinaryHasItsKind) {
  const auto kind = [&](Value y) { return node_of(y).op.as<ops::Binary>()->kind; };
  EXPECT_EQ(kind(x + x), ops::BinaryKind::kAdd);
  EXPECT_EQ(kind(x - x), ops::BinaryKind::kSub);
  EXPECT_EQ(kind(x * x), ops::BinaryKind::kMul);
  EXPECT_EQ(kind(x / x), ops::BinaryKind::kDiv);
  EXPECT_EQ(kind(pow(x, x)), ops::BinaryKind::kPow);
  EXPECT_EQ(kind(maximum(x, x)), ops::BinaryKind::kMax);
  EXPECT_EQ(kind(minimum(x, x)), ops::BinaryKind::kMin);
}

TEST_F(Functions, NumbersBecomeConstantsOfTheOtherDtype) {
  const Value h = input("h", {kTokens, 4}, DType::kBf16);
  const Value y = 2.0 - h;
  EXPECT_EQ(y.type(), h.type());
  const auto* constant = node_of(operand(y, 0)).op.as<ops::Constant>();
  ASSERT_NE(constant, nullptr);
  EXPECT_EQ(constant->dtype, DType::kBf16);
  EXPECT_EQ(constant->shape.rank(), 0);
  EXPECT_EQ(constant->values, std::vector<double>{2.0});
  EXPECT_EQ(operand(h - 2.0, 0), h);
  for (const Value z : {h + 1.0, 1.0 + h, h * 3.0, 3.0 * h, h / 3.0, 3.0 / h, pow(h, 2.0)}) {
    EXPECT_EQ(z.type(), h.type());
  }
}

TEST_F(Functions, FractionsNextToIntegersAreRefused) {
  const Value ids = input("ids", {kTokens}, DType::kI32);
  EXPECT_EQ((ids + 1.0).dtype(), DType::kI32);
  const std::string message = message_of([&] { ids * 0.5; });
  EXPECT_NE(message.find("0.5 next to a value of dtype i32"), std::string::npos) << message;
}

TEST_F(Functions, BroadcastingFollowsNumpy) {
  const Value row = input("row", {16});
  const Value column = input("column", {kTokens, 1});
  EXPECT_EQ((row + column).shape(), (Shape{kTokens, 16}));
  const Value wrong = input("wrong", {17});
  const std::string message = message_of([&] { x + wrong; });
  EXPECT_NE(message.find("binary"), std::string::npos) << message;
  EXPECT_NE(message.find("[17]"), std::string::npos) << message;
}

TEST_F(Functions, MixedDtypesAreRefused) {
  const Value h = input("h", {kTokens, 16}, DType::kBf16);
  EXPECT_THROW(x + h, Error);
  EXPECT_EQ((x + cast(h, DType::kF32)).dtype(), DType::kF32);
}

TEST_F(Functions, CastToTheSameDtypeIsTheValueItself) {
  EXPECT_EQ(cast(x, DType::kF32), x);
  EXPECT_TRUE(net.nodes().empty());
  EXPECT_EQ(cast(x, DType::kF16).dtype(), DType::kF16);
}

TEST_F(Functions, WhereSelects) {
  const Value mask = compare(ops::CompareKind::kLt, x, x);
  EXPECT_EQ(mask.dtype(), DType::kBool);
  EXPECT_EQ(where(mask, x, x).type(), x.type());
  EXPECT_THROW(where(x, x, x), Error);
}

TEST_F(Functions, Reductions) {
  EXPECT_EQ(mean(x, {-1}).shape(), Shape{kTokens});
  EXPECT_EQ(sum(x, {-1}, true).shape(), (Shape{kTokens, 1}));
  EXPECT_EQ(max(x, {1}).shape(), Shape{kTokens});
  EXPECT_EQ(softmax(x).type(), x.type());
  EXPECT_EQ(cumsum(x).type(), x.type());
  const auto [values, indices] = top_k(x, 3);
  EXPECT_EQ(values.shape(), (Shape{kTokens, 3}));
  EXPECT_EQ(indices.dtype(), DType::kI32);
}

TEST_F(Functions, Products) {
  const Value b = input("b", {16, 8});
  EXPECT_EQ(matmul(x, b).shape(), (Shape{kTokens, 8}));
  const Value weight = net.parameter("weight", {DType::kF32, {8, 16}});
  const Value bias = net.parameter("bias", {DType::kF32, {8}});
  EXPECT_EQ(linear(x, weight).shape(), (Shape{kTokens, 8}));
  const Value y = linear(x, weight, bias);
  EXPECT_TRUE(node_of(y).op.as<ops::Linear>()->bias);
  EXPECT_EQ(node_of(y).inputs.size(), 3u);
}

TEST_F(Functions, LinearNamesTheMisshapenWeight) {
  const Value weight = net.parameter("weight", {DType::kF32, {8, 12}});
  const std::string message = message_of([&] { linear(x, weight); });
  EXPECT_NE(message.find("linear: x: axis -1"), std::string::npos) << message;
  EXPECT_NE(message.find("16"), std::string::npos) << message;
  EXPECT_NE(message.find("12"), std::string::npos) << message;
}

TEST_F(Functions, MovingElements) {
  EXPECT_EQ(reshape(x, {kTokens, 4, 4}).shape(), (Shape{kTokens, 4, 4}));
  EXPECT_EQ(transpose(x, {1, 0}).shape(), (Shape{16, kTokens}));
  EXPECT_EQ(slice(x, 1, 2, 6).shape(), (Shape{kTokens, 4}));
  const std::vector<Value> parts = split(x, {12, 4}, 1);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[1].shape(), (Shape{kTokens, 4}));
  EXPECT_EQ(concat(parts, 1).shape(), x.shape());
  EXPECT_THROW(concat({}, 0), Error);
  const Value rows = input("rows", {Dim::symbol("logit_rows")}, DType::kI32);
  EXPECT_EQ(gather(x, rows).shape(), (Shape{Dim::symbol("logit_rows"), 16}));
  const Value updates = input("updates", {Dim::symbol("logit_rows"), 16});
  EXPECT_EQ(scatter(x, rows, updates, ops::ScatterKind::kAdd).type(), x.type());
  EXPECT_EQ(broadcast_to(input("one", {1, 16}), {kTokens, 16}).shape(), x.shape());
  EXPECT_EQ(iota(net, kTokens).type(), (TensorType{DType::kI32, {kTokens}}));
  EXPECT_EQ(constant(net, DType::kF32, {2, 3}, {0.5}).shape(), (Shape{2, 3}));
}

TEST_F(Functions, StepInputsAreDeclaredOnce) {
  const Value ids = step_input(net, "token_ids");
  EXPECT_EQ(step_input(net, "token_ids"), ids);
  EXPECT_EQ(ids.type(), (TensorType{DType::kI32, {kTokens}}));
  EXPECT_THROW(step_input(net, "no_such_input"), Error);
}

TEST_F(Functions, EmbeddingHasTheDtypeOfItsTable) {
  const Value table = net.parameter("table", {DType::kBf16, {100, 16}});
  const Value y = embedding(step_input(net, "token_ids"), table);
  EXPECT_EQ(y.type(), (TensorType{DType::kBf16, {kTokens, 16}}));
}

TEST_F(Functions, Norms) {
  const Value weight = net.parameter("weight", {DType::kF32, {16}});
  const Value bias = net.parameter("bias", {DType::kF32, {16}});
  EXPECT_EQ(node_of(rms_norm(x, weight, 1e-6f)).op.as<ops::RmsNorm>()->eps, 1e-6f);
  EXPECT_EQ(node_of(layer_norm(x, weight, bias, 1e-5f)).inputs.size(), 3u);
  EXPECT_EQ(node_of(layer_norm(x, weight, {}, 1e-5f)).inputs.size(), 2u);
}

TEST_F(Functions, GatedActivationHalvesTheLastAxis) {
  EXPECT_EQ(gated_activation(x, ops::UnaryKind::kSilu).shape(), (Shape{kTokens, 8}));
}

TEST_F(Functions, RopeTakesLengthsWhereItsScalingNeedsThem) {
  const Value heads = reshape(x, {kTokens, 2, 8});
  const Value positions = step_input(net, "positions");
  EXPECT_EQ(rope(heads, positions, {.rotary_dims = 8, .scaling = {}}).type(), heads.type());
  const ops::Rope dynamic{
      .rotary_dims = 8, .scaling = ops::DynamicScaling{.factor = 2, .original_max_positions = 32}};
  EXPECT_EQ(rope(heads, positions, dynamic, step_input(net, "lengths")).type(), heads.type());
  EXPECT_THROW(rope(heads, positions, dynamic), Error);
}

TEST_F(Functions, AttentionWithAndWithoutLengths) {
  const Value q = reshape(x, {kTokens, 4, 4});
  const Value k = input("k", {kTokens, 2, 4});
  const Value lengths = step_input(net, "cu_q_lengths");
  EXPECT_EQ(attention(q, k, k, {.scale = 0.5f, .alibi_slopes = {}}).type(), q.type());
  EXPECT_EQ(attention(q, k, k, {.scale = 0.5f, .alibi_slopes = {}}, lengths).type(), q.type());
  const Value odd = input("odd", {kTokens, 3, 4});
  EXPECT_THROW(attention(q, odd, odd, {.scale = 0.5f, .alibi_slopes = {}}), Error);
}

TEST_F(Functions, CachedAttentionWritesThenReads) {
  const Value q = reshape(x, {kTokens, 4, 4});
  const Value k = input("k", {kTokens, 2, 4});
  const Value cache = net.state("layers.0.kv", {.kv_heads = 2, .head_dim = 4});
  const Value y =
      cached_attention(q, k, k, cache, {.scale = 0.5f, .window = 8, .alibi_slopes = {}});
  EXPECT_EQ(y.type(), q.type());
  EXPECT_EQ(op_names(), (Names{"reshape", "kv_write", "paged_attention"}));
  EXPECT_EQ(operand(operand(y, 1), 0), cache);
  EXPECT_EQ(node_of(y).op.as<ops::PagedAttention>()->options.window, 8);
  for (const char* name : {"positions", "cu_q_lengths", "kv_lengths", "block_tables"}) {
    EXPECT_TRUE(net.find(name)) << name;
  }
}

TEST_F(Functions, QuantizeGivesCodesAndScales) {
  const auto [codes, scales] = quantize(x, 8);
  EXPECT_EQ(codes.type(), (TensorType{DType::kI8, {kTokens, 16}}));
  EXPECT_EQ(scales.type(), (TensorType{DType::kF32, {kTokens, 2}}));
}

}  // namespace
}  // namespace lathe::graph
