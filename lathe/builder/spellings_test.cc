// SPDX-License-Identifier: Apache-2.0
// The ways to write a formula with primitives: each row becomes the op that it spells, and gives
// the values that it gave; each row of the second tables is one step away from one.
#include <gtest/gtest.h>

#include "lathe/builder/pipeline.h"
#include "lathe/graph/functions.h"
#include "tests/support/pass_cases.h"

namespace lathe::builder {
namespace {

using graph::Value;
using ops::UnaryKind;

constexpr int64_t kWidth = 8;

// What a formula is over: x and u are [tokens, kWidth], w is [kWidth].
struct Operands {
  Value x, u, w;
  Value one() const { return graph::constant(x.network(), DType::kF32, {}, {1}); }
};

struct Formula {
  std::string_view name;
  Value (*write)(const Operands& in);
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest's name
void PrintTo(const Formula& formula, std::ostream* out) { *out << formula.name; }

Value reciprocal(Value x) { return graph::unary(UnaryKind::kReciprocal, x); }
Value square(Value x) { return graph::unary(UnaryKind::kSquare, x); }
Value mean_square(Value x) { return graph::mean(x * x, {-1}, true); }
Value with_eps(Value x) { return mean_square(x) + 1e-5; }

const Formula kSilus[] = {
    {"x_sigmoid", [](const Operands& in) { return in.x * sigmoid(in.x); }},
    {"sigmoid_x", [](const Operands& in) { return sigmoid(in.x) * in.x; }},
    {"sigmoid_of_1_x", [](const Operands& in) { return in.x * sigmoid(1.0 * in.x); }},
    {"quotient", [](const Operands& in) { return in.x / (1.0 + exp(-in.x)); }},
    {"quotient_commuted", [](const Operands& in) { return in.x / (exp(-in.x) + 1.0); }},
    {"quotient_0_minus_x", [](const Operands& in) { return in.x / (1.0 + exp(0.0 - in.x)); }},
    {"quotient_x_times_minus_1",
     [](const Operands& in) { return in.x / (1.0 + exp(in.x * -1.0)); }},
    {"quotient_x_by_minus_1", [](const Operands& in) { return in.x / (1.0 + exp(in.x / -1.0)); }},
    {"quotient_1_by_exp", [](const Operands& in) { return in.x / (1.0 + 1.0 / exp(in.x)); }},
    {"x_by_reciprocal", [](const Operands& in) { return in.x * reciprocal(1.0 + exp(-in.x)); }},
    {"power_of_minus_1", [](const Operands& in) { return in.x * pow(1.0 + exp(-in.x), -1.0); }},
    {"x_by_1_over", [](const Operands& in) { return 1.0 / (1.0 + exp(-in.x)) * in.x; }},
    {"rising", [](const Operands& in) { return in.x * (exp(in.x) / (1.0 + exp(in.x))); }},
    {"rising_x_first", [](const Operands& in) { return in.x * exp(in.x) / (exp(in.x) + 1.0); }},
    {"tanh", [](const Operands& in) { return in.x * (0.5 * (1.0 + tanh(in.x * 0.5))); }},
    {"tanh_of_half", [](const Operands& in) { return in.x * (0.5 + 0.5 * tanh(in.x / 2.0)); }},
    {"tanh_halved_last", [](const Operands& in) { return in.x * (1.0 + tanh(0.5 * in.x)) / 2.0; }},
    {"tanh_x_first", [](const Operands& in) { return 0.5 * in.x * (tanh(in.x / 2.0) + 1.0); }},
};

// silu(x) * u
const Formula kGatedSilus[] = {
    {"u_last", [](const Operands& in) { return in.x * sigmoid(in.x) * in.u; }},
    {"u_first", [](const Operands& in) { return in.u * (sigmoid(in.x) * in.x); }},
    {"u_beside_x", [](const Operands& in) { return in.x * in.u * sigmoid(in.x); }},
    {"x_outside", [](const Operands& in) { return in.x * (sigmoid(in.x) * in.u); }},
    {"x_outside_commuted", [](const Operands& in) { return in.u * sigmoid(in.x) * in.x; }},
    {"quotient_of_both", [](const Operands& in) { return in.u * in.x / (1.0 + exp(-in.x)); }},
    {"quotient_of_u", [](const Operands& in) { return in.u / (1.0 + exp(-in.x)) * in.x; }},
};

const Formula kNotSilus[] = {
    {"sigmoid_of_another", [](const Operands& in) { return in.x * sigmoid(in.u); }},
    {"rising_exponent", [](const Operands& in) { return in.x / (1.0 + exp(in.x)); }},
    {"another_one", [](const Operands& in) { return in.x / (2.0 + exp(-in.x)); }},
    {"another_numerator", [](const Operands& in) { return in.u / (1.0 + exp(-in.x)); }},
    {"twice_x", [](const Operands& in) { return in.x * sigmoid(2.0 * in.x); }},
    {"exponent_of_minus_2", [](const Operands& in) { return in.x / (1.0 + exp(in.x * -2.0)); }},
    {"power_of_minus_2", [](const Operands& in) { return in.x * pow(1.0 + exp(-in.x), -2.0); }},
    {"tanh_of_x", [](const Operands& in) { return in.x * (0.5 + 0.5 * tanh(in.x)); }},
    {"tanh_of_another", [](const Operands& in) { return in.x * (0.5 + 0.5 * tanh(in.u / 2.0)); }},
    {"product_over_another", [](const Operands& in) { return in.u * in.w / (1.0 + exp(-in.x)); }},
};

Value unkept_mean(Value x) {
  const Dim tokens = x.shape()[0];
  return graph::reshape(graph::mean(x * x, {-1}), {tokens, 1});
}

const Formula kRmsNorms[] = {
    {"root", [](const Operands& in) { return in.x / sqrt(with_eps(in.x)) * in.w; }},
    {"root_weight_first", [](const Operands& in) { return in.w * (in.x / sqrt(with_eps(in.x))); }},
    {"rsqrt", [](const Operands& in) { return in.x * rsqrt(with_eps(in.x)) * in.w; }},
    {"rsqrt_commuted", [](const Operands& in) { return in.w * (rsqrt(with_eps(in.x)) * in.x); }},
    {"weight_beside_x", [](const Operands& in) { return in.x * in.w * rsqrt(with_eps(in.x)); }},
    {"weight_beside_x_root", [](const Operands& in) { return in.w * in.x / sqrt(with_eps(in.x)); }},
    {"weight_beside_rsqrt",
     [](const Operands& in) { return in.x * (in.w * rsqrt(with_eps(in.x))); }},
    {"weight_over_root", [](const Operands& in) { return in.x * (in.w / sqrt(with_eps(in.x))); }},
    {"one_over_root",
     [](const Operands& in) { return in.x * (1.0 / sqrt(with_eps(in.x))) * in.w; }},
    {"reciprocal_root",
     [](const Operands& in) { return in.x * reciprocal(sqrt(with_eps(in.x))) * in.w; }},
    {"root_of_reciprocal",
     [](const Operands& in) { return in.x * sqrt(reciprocal(with_eps(in.x))) * in.w; }},
    {"root_of_1_over", [](const Operands& in) { return in.x * sqrt(1.0 / with_eps(in.x)) * in.w; }},
    {"root_to_minus_1",
     [](const Operands& in) { return in.x * pow(sqrt(with_eps(in.x)), -1.0) * in.w; }},
    {"to_minus_half", [](const Operands& in) { return in.x * pow(with_eps(in.x), -0.5) * in.w; }},
    {"to_half", [](const Operands& in) { return in.x / pow(with_eps(in.x), 0.5) * in.w; }},
    {"eps_first", [](const Operands& in) { return in.x * rsqrt(1e-5 + mean_square(in.x)) * in.w; }},
    {"pow_2",
     [](const Operands& in) {
       return in.x / sqrt(graph::mean(pow(in.x, 2.0), {-1}, true) + 1e-5) * in.w;
     }},
    {"square_op",
     [](const Operands& in) {
       return in.x / sqrt(graph::mean(square(in.x), {1}, true) + 1e-5) * in.w;
     }},
    {"sum_by_n",
     [](const Operands& in) {
       return in.x * rsqrt(graph::sum(in.x * in.x, {-1}, true) / 8.0 + 1e-5) * in.w;
     }},
    {"sum_times_1_by_n",
     [](const Operands& in) {
       return in.x * rsqrt(0.125 * graph::sum(in.x * in.x, {-1}, true) + 1e-5) * in.w;
     }},
    {"sum_of_squares_by_n",
     [](const Operands& in) {
       return in.x * rsqrt(graph::sum(square(in.x) / 8.0, {-1}, true) + 1e-5) * in.w;
     }},
    {"mean_put_back_by_a_reshape",
     [](const Operands& in) { return in.x * rsqrt(unkept_mean(in.x) + 1e-5) * in.w; }},
    {"weight_as_a_row",
     [](const Operands& in) {
       return in.x * rsqrt(with_eps(in.x)) * graph::reshape(in.w, {1, kWidth});
     }},
    {"weight_repeated",
     [](const Operands& in) {
       return in.x * rsqrt(with_eps(in.x)) * graph::broadcast_to(in.w, in.x.shape());
     }},
};

const Formula kNotRmsNorms[] = {
    {"of_another", [](const Operands& in) { return in.x * rsqrt(with_eps(in.u)) * in.w; }},
    {"eps_outside_the_root",
     [](const Operands& in) { return in.x / (sqrt(mean_square(in.x)) + 1e-5) * in.w; }},
    {"multiplied_by_the_root",
     [](const Operands& in) { return in.x * sqrt(with_eps(in.x)) * in.w; }},
    {"two_over_the_root",
     [](const Operands& in) { return in.x * (2.0 / sqrt(with_eps(in.x))) * in.w; }},
    {"another_count",
     [](const Operands& in) {
       return in.x * rsqrt(graph::sum(in.x * in.x, {-1}, true) / 7.0 + 1e-5) * in.w;
     }},
    {"divided_twice",
     [](const Operands& in) {
       return in.x * rsqrt(graph::sum(square(in.x) / 8.0, {-1}, true) / 8.0 + 1e-5) * in.w;
     }},
    {"mean_along_tokens",
     [](const Operands& in) {
       return in.x * rsqrt(graph::mean(in.x * in.x, {0}, true) + 1e-5) * in.w;
     }},
    {"weight_of_every_token",
     [](const Operands& in) { return in.x * rsqrt(with_eps(in.x)) * in.u; }},
    {"weight_of_one_number",
     [](const Operands& in) { return in.x * rsqrt(with_eps(in.x)) * in.one(); }},
    {"root_over_the_weight",
     [](const Operands& in) { return in.x * (sqrt(with_eps(in.x)) / in.w); }},
};

struct Written {
  explicit Written(const Formula& formula) {
    const Shape shape{Dim::symbol("tokens"), kWidth};
    const Operands in{network.input("x", {DType::kF32, shape}),
                      network.input("u", {DType::kF32, shape}),
                      network.input("w", {DType::kF32, {kWidth}})};
    network.mark_output("y", formula.write(in));
  }
  void recognise() {
    std::vector<const Pass*> passes;
    for (const char* name : {"fold_constants", "share_common", "remove_dead",
                             "recognise_activations", "recognise_norms", "remove_dead"}) {
      passes.push_back(testing::find_pass(name));
    }
    testing::run_named_passes(passes, network);
  }
  // "silu mul": what is left, in order.
  std::string ops() const {
    std::vector<std::string> out;
    for (const graph::NodeId id : network.nodes()) {
      const ops::Op& op = network.node(id).op;
      const auto* unary = op.as<ops::Unary>();
      const auto* binary = op.as<ops::Binary>();
      out.emplace_back(unary != nullptr    ? to_string(unary->kind)
                       : binary != nullptr ? to_string(binary->kind)
                                           : op.name());
    }
    return join(out, " ");
  }
  graph::Network network;
};

void expect_same_values(const graph::Network& got, const graph::Network& wanted) {
  const Tensor found = testing::values_of(got)[0], expected = testing::values_of(wanted)[0];
  ASSERT_EQ(found.sizes(), expected.sizes());
  for (size_t i = 0; i < found.values<float>().size(); ++i) {
    EXPECT_NEAR(found.values<float>()[i], expected.values<float>()[i], 1e-5) << i;
  }
}

// A table, and the ops that each of its formulas becomes.
template <const auto& kFormulas>
class Spelled : public ::testing::TestWithParam<Formula> {
 protected:
  void expect_ops(std::string_view ops) const {
    const Written before(GetParam());
    Written after(GetParam());
    after.recognise();
    EXPECT_EQ(after.ops(), ops);
    expect_same_values(after.network, before.network);
  }
  void expect_none_of(std::string_view op) const {
    const Written before(GetParam());
    Written after(GetParam());
    after.recognise();
    EXPECT_EQ(after.ops().find(op), std::string::npos) << after.ops();
    expect_same_values(after.network, before.network);
  }
};

std::string formula_name(const ::testing::TestParamInfo<Formula>& info) {
  return std::string(info.param.name);
}

using Silu = Spelled<kSilus>;
TEST_P(Silu, BecomesOneOp) { expect_ops("silu"); }
INSTANTIATE_TEST_SUITE_P(Spellings, Silu, ::testing::ValuesIn(kSilus), formula_name);

using GatedSilu = Spelled<kGatedSilus>;
TEST_P(GatedSilu, BecomesAnActivationAndAProduct) { expect_ops("silu mul"); }
INSTANTIATE_TEST_SUITE_P(Spellings, GatedSilu, ::testing::ValuesIn(kGatedSilus), formula_name);

using NoSilu = Spelled<kNotSilus>;
TEST_P(NoSilu, IsMade) { expect_none_of("silu"); }
INSTANTIATE_TEST_SUITE_P(Spellings, NoSilu, ::testing::ValuesIn(kNotSilus), formula_name);

using RmsNorm = Spelled<kRmsNorms>;
TEST_P(RmsNorm, BecomesOneOp) { expect_ops("rms_norm"); }
INSTANTIATE_TEST_SUITE_P(Spellings, RmsNorm, ::testing::ValuesIn(kRmsNorms), formula_name);

using NoRmsNorm = Spelled<kNotRmsNorms>;
TEST_P(NoRmsNorm, IsMade) { expect_none_of("rms_norm"); }
INSTANTIATE_TEST_SUITE_P(Spellings, NoRmsNorm, ::testing::ValuesIn(kNotRmsNorms), formula_name);

}  // namespace
}  // namespace lathe::builder
