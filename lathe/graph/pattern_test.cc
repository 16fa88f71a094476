// SPDX-License-Identifier: Apache-2.0
#include "lathe/graph/pattern.h"

#include <gtest/gtest.h>

#include "lathe/graph/functions.h"

namespace lathe::graph {
namespace {

namespace p = pattern;

struct PatternTest : testing::Test {
  Network net;
  Value x = net.input("x", {DType::kF32, {Dim::symbol("tokens"), 8}});
  Value w = net.input("w", {DType::kF32, {8}});
};

TEST_F(PatternTest, BindsNamesAndNumbers) {
  const auto found = (p::any("a") * p::number("scale")).match(x * 0.25);
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)["a"], x);
  EXPECT_EQ(found->number("scale"), 0.25);
  EXPECT_FALSE(found->find("b"));
  EXPECT_THROW((*found)["b"], Error);
}

TEST_F(PatternTest, SumsAndProductsCommute) {
  const p::Pattern pattern = p::unary(ops::UnaryKind::kExp, p::any("a")) + p::any("b");
  EXPECT_TRUE(pattern.match(exp(x) + w));
  const auto commuted = pattern.match(w + exp(x));
  ASSERT_TRUE(commuted);
  EXPECT_EQ((*commuted)["b"], w);
  const p::Pattern difference = p::unary(ops::UnaryKind::kExp, p::any("a")) - p::any("b");
  EXPECT_TRUE(difference.match(exp(x) - w));
  EXPECT_FALSE(difference.match(w - exp(x)));
}

TEST_F(PatternTest, OneNameIsOneValue) {
  const p::Pattern twice = p::any("a") * p::unary(ops::UnaryKind::kSigmoid, p::any("a"));
  EXPECT_TRUE(twice.match(sigmoid(x) * x));
  EXPECT_FALSE(twice.match(sigmoid(x) * w));
}

TEST_F(PatternTest, BacktracksOverOperandOrders) {
  // The first order of the outer sum fits only with the second one of the inner product.
  const p::Pattern pattern =
      (p::any("a") * p::unary(ops::UnaryKind::kExp, p::any("b"))) + p::any("b");
  const auto found = pattern.match(x + exp(x) * w);
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)["a"], w);
}

TEST_F(PatternTest, NumbersSeeThroughCastsAndBroadcasts) {
  const Value one = broadcast_to(cast(constant(net, DType::kF16, {}, {1}), DType::kF32), {8});
  EXPECT_TRUE((p::any("a") + p::number(1)).match(w + one));
  EXPECT_FALSE((p::any("a") + p::number(2)).match(w + one));
  EXPECT_FALSE((p::any("a") + p::number("n"))
                   .match(w + constant(net, DType::kF32, {8}, {1, 2, 3, 4, 5, 6, 7, 8})));
}

TEST_F(PatternTest, SquareHasThreeSpellings) {
  for (const Value square : {x * x, pow(x, 2), unary(ops::UnaryKind::kSquare, x)}) {
    const auto found = p::square("x").match(square);
    ASSERT_TRUE(found);
    EXPECT_EQ((*found)["x"], x);
  }
  EXPECT_FALSE(p::square("x").match(pow(x, 3)));
  EXPECT_FALSE(p::square("x").match(x * w));
}

TEST_F(PatternTest, MeanIsASumDividedByItsCount) {
  const p::Pattern mean_of = p::mean_of_last(p::any("x"));
  EXPECT_TRUE(mean_of.match(mean(x, {-1}, true)));
  EXPECT_TRUE(mean_of.match(mean(x, {1}, true)));
  EXPECT_TRUE(mean_of.match(sum(x, {-1}, true) / 8));
  const auto scaled = mean_of.match(0.125 * sum(x, {-1}, true));
  ASSERT_TRUE(scaled);
  EXPECT_EQ(scaled->values.size(), 1u);
  EXPECT_TRUE(scaled->numbers.empty());
  EXPECT_FALSE(mean_of.match(sum(x, {-1}, true) / 7));
  EXPECT_FALSE(mean_of.match(mean(x, {0}, true)));
  EXPECT_FALSE(mean_of.match(sum(x, {-1}, true)));
}

TEST_F(PatternTest, MeanMayBePutBackByAReshape) {
  const p::Pattern mean_of = p::mean_of_last(p::any("x"));
  const Dim tokens = Dim::symbol("tokens");
  EXPECT_TRUE(mean_of.match(reshape(mean(x, {-1}), {tokens, 1})));
  EXPECT_TRUE(mean_of.match(reshape(sum(x, {1}), {tokens, 1}) / 8));
  EXPECT_FALSE(mean_of.match(mean(x, {-1})));
  EXPECT_FALSE(mean_of.match(reshape(mean(x, {-1}), {1, tokens})));
  EXPECT_FALSE(mean_of.match(reshape(mean(x, {-1}, true), {tokens, 1, 1})));
  EXPECT_FALSE(mean_of.match(reshape(mean(x, {0}), {8, 1})));
}

TEST_F(PatternTest, MeanMayBeASumOfParts) {
  const p::Pattern mean_of = p::mean_of_last(p::square("x"));
  const auto divided = mean_of.match(sum(x * x / 8, {-1}, true));
  ASSERT_TRUE(divided);
  EXPECT_EQ((*divided)["x"], x);
  EXPECT_TRUE(mean_of.match(sum(0.125 * pow(x, 2), {-1}, true)));
  EXPECT_FALSE(mean_of.match(sum(x * x / 4, {-1}, true)));
  EXPECT_FALSE(mean_of.match(mean(x * x / 8, {-1}, true)));
}

TEST_F(PatternTest, NegationHasFourSpellings) {
  const p::Pattern pattern = p::negated(p::any("x"));
  for (const Value value : {-x, 0 - x, x * -1, -1 * x, x / -1}) {
    const auto found = pattern.match(value);
    ASSERT_TRUE(found);
    EXPECT_EQ((*found)["x"], x);
  }
  for (const Value value : {x - 0, 1 - x, x * -2, -1 / x}) EXPECT_FALSE(pattern.match(value));
}

TEST_F(PatternTest, ReciprocalHasThreeSpellings) {
  const p::Pattern pattern = p::reciprocal(p::any("x"));
  for (const Value value : {1 / x, pow(x, -1), unary(ops::UnaryKind::kReciprocal, x)}) {
    EXPECT_TRUE(pattern.match(value));
    EXPECT_TRUE(p::quotient(p::any("a"), p::any("x")).match(w * value));
  }
  for (const Value value : {2 / x, x / 1, pow(x, -2)}) EXPECT_FALSE(pattern.match(value));
}

TEST_F(PatternTest, InverseSquareRootHasManySpellings) {
  const p::Pattern pattern = p::inverse_sqrt(p::any("x"));
  for (const Value value :
       {rsqrt(x), 1 / sqrt(x), 1 / pow(x, 0.5), pow(x, -0.5), pow(sqrt(x), -1), sqrt(1 / x),
        unary(ops::UnaryKind::kReciprocal, sqrt(x)), sqrt(unary(ops::UnaryKind::kReciprocal, x))}) {
    EXPECT_TRUE(pattern.match(value));
  }
  EXPECT_FALSE(pattern.match(2 / sqrt(x)));
  EXPECT_FALSE(pattern.match(sqrt(2 / x)));
}

}  // namespace
}  // namespace lathe::graph
