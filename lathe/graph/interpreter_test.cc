// SPDX-License-Identifier: Apache-2.0
#include "lathe/graph/interpreter.h"

#include <gtest/gtest.h>

#include "lathe/base/error.h"
#include "lathe/graph/functions.h"

namespace lathe::graph {
namespace {

const Dim kTokens = Dim::symbol("tokens");

Tensor floats(std::vector<int64_t> sizes, std::vector<float> values) {
  return Tensor::from(DType::kF32, std::move(sizes), std::span<const float>(values));
}

Tensor no_parameter(Value parameter) {
  fail(ErrorCode::kNotFound, "no parameter ", parameter.name());
}

std::vector<float> values_of(const Tensor& tensor) {
  const std::span<float> values = tensor.values<float>();
  return {values.begin(), values.end()};
}

std::string message_of(Interpreter& interpreter, const NamedTensors& inputs) {
  try {
    interpreter.run(inputs);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.message();
  }
  return "no error";
}

using Floats = std::vector<float>;

struct InterpreterTest : testing::Test {
  Network net;
  ThreadPool pool{2};
  Value x = net.input("x", {DType::kF32, {kTokens, 2}});
};

TEST_F(InterpreterTest, RunsAnExpressionOnAnyNumberOfTokens) {
  net.mark_output("y", x * 2.0 + sum(x, {-1}, true));
  Interpreter interpreter(net, no_parameter, pool);
  EXPECT_EQ(values_of(interpreter.run({{"x", floats({1, 2}, {1, 2})}}).at("y")), (Floats{5, 7}));
  EXPECT_EQ(values_of(interpreter.run({{"x", floats({2, 2}, {1, 2, 3, -4})}}).at("y")),
            (Floats{5, 7, 5, -9}));
  EXPECT_EQ(interpreter.run({{"x", floats({0, 2}, {})}}).at("y").sizes(),
            (std::vector<int64_t>{0, 2}));
}

// [1 2; 3 4] * [1 1; 0 2] = [1 5; 3 11], then max(0, . - 4)
TEST_F(InterpreterTest, MultipliesByAParameter) {
  const Value w = net.parameter("w", {DType::kF32, {2, 2}});
  net.mark_output("y", maximum(matmul(x, w) - 4.0, constant(net, DType::kF32, {}, {0})));
  int loads = 0;
  const ParameterSource source = [&](Value parameter) {
    EXPECT_EQ(parameter.name(), "w");
    ++loads;
    return floats({2, 2}, {1, 1, 0, 2});
  };
  Interpreter interpreter(net, source, pool);
  const NamedTensors inputs{{"x", floats({2, 2}, {1, 2, 3, 4})}};
  EXPECT_EQ(values_of(interpreter.run(inputs).at("y")), (Floats{0, 1, 0, 7}));
  EXPECT_EQ(values_of(interpreter.run(inputs).at("y")), (Floats{0, 1, 0, 7}));
  EXPECT_EQ(loads, 1) << "a parameter is read once";
}

// The mean of the squares of 3 and 4 is 12.5.
TEST_F(InterpreterTest, NormalisesWithPrimitives) {
  net.mark_output("y", x * rsqrt(mean(pow(x, 2.0), {-1}, true) + 3.5));
  Interpreter interpreter(net, no_parameter, pool);
  EXPECT_EQ(values_of(interpreter.run({{"x", floats({1, 2}, {3, 4})}}).at("y")),
            (Floats{0.75f, 1}));
}

TEST_F(InterpreterTest, MovesElements) {
  const Value turned = transpose(reshape(x, {kTokens, 2, 1}), {1, 0, 2});
  const std::vector<Value> halves = split(turned, {1, 1}, 0);
  const Value swapped[] = {halves[1], halves[0]};
  net.mark_output("y", concat(swapped, 0));
  net.mark_output("last", slice(x, 1, 1));
  const Value rows = constant(net, DType::kI32, {3}, {1, 0, 1});
  net.mark_output("picked", gather(x, rows));
  Interpreter interpreter(net, no_parameter, pool);
  const NamedTensors out = interpreter.run({{"x", floats({2, 2}, {1, 2, 3, 4})}});
  EXPECT_EQ(out.at("y").sizes(), (std::vector<int64_t>{2, 2, 1}));
  EXPECT_EQ(values_of(out.at("y")), (Floats{2, 4, 1, 3}));
  EXPECT_EQ(values_of(out.at("last")), (Floats{2, 4}));
  EXPECT_EQ(values_of(out.at("picked")), (Floats{3, 4, 1, 2, 3, 4}));
}

TEST_F(InterpreterTest, KeepsIntegersAndComputesEveryFloatInF32) {
  const Value half = net.input("half", {DType::kBf16, {1}});
  const Value ids = net.input("ids", {DType::kI64, {2}});
  net.mark_output("sum", half + 1.0 / 512);  // bf16 would round this back to 1
  net.mark_output("ids", ids * ids);
  Interpreter interpreter(net, no_parameter, pool);
  const std::vector<int64_t> numbers = {3, int64_t{1} << 31};
  const NamedTensors out =
      interpreter.run({{"x", floats({1, 2}, {0, 0})},
                       {"half", floats({1}, {1}).to(DType::kBf16)},
                       {"ids", Tensor::from(DType::kI64, {2}, std::span<const int64_t>(numbers))}});
  EXPECT_EQ(values_of(out.at("sum")), (Floats{1.001953125f}));
  EXPECT_EQ(out.at("ids").dtype(), DType::kI64);
  EXPECT_EQ(out.at("ids").values<int64_t>()[1], int64_t{1} << 62);
}

TEST_F(InterpreterTest, ChoosesByComparison) {
  const Value least = constant(net, DType::kF32, {}, {1.5});
  net.mark_output("y", where(compare(ops::CompareKind::kGt, x, least), x, -x));
  const TopKResult top = top_k(x, 1);
  net.mark_output("top", top.indices);
  Interpreter interpreter(net, no_parameter, pool);
  const NamedTensors out = interpreter.run({{"x", floats({2, 2}, {1, 2, 3, 0})}});
  EXPECT_EQ(values_of(out.at("y")), (Floats{-1, 2, 3, -0.0f}));
  EXPECT_EQ(out.at("top").values<int32_t>()[0], 1);
  EXPECT_EQ(out.at("top").values<int32_t>()[1], 0);
}

TEST_F(InterpreterTest, ShowsEveryResultToTheTap) {
  const Value doubled = x + x;
  net.mark_output("y", doubled * doubled);
  Interpreter interpreter(net, no_parameter, pool);
  std::vector<Floats> seen;
  interpreter.run({{"x", floats({1, 2}, {1, 2})}}, [&](NodeId, std::span<const Tensor> outputs) {
    seen.push_back(values_of(outputs[0]));
  });
  EXPECT_EQ(seen, (std::vector<Floats>{{2, 4}, {4, 16}}));
}

TEST_F(InterpreterTest, EvaluatesOneValueFromKnownOnes) {
  const Value sum = x + x;
  const Value y = neg(x - sum);
  net.mark_output("y", y);
  Interpreter interpreter(net, no_parameter, pool);
  const Tensor given = floats({1, 2}, {5, 6});
  // From the input alone, and from a sum that is not what the network would compute.
  EXPECT_EQ(values_of(interpreter.evaluate(y, {{x.id(), given}}, {{"tokens", 1}})), (Floats{5, 6}));
  EXPECT_EQ(values_of(interpreter.evaluate(y, {{x.id(), given}, {sum.id(), floats({1, 2}, {1, 1})}},
                                           {{"tokens", 1}})),
            (Floats{-4, -5}));
}

TEST_F(InterpreterTest, NamesWhatIsWrongWithAnInput) {
  net.mark_output("y", x + x);
  Interpreter interpreter(net, no_parameter, pool);
  EXPECT_EQ(message_of(interpreter, {}), "input 'x' is missing");
  EXPECT_EQ(message_of(interpreter, {{"z", floats({1}, {1})}}), "the network has no input 'z'");
  EXPECT_EQ(message_of(interpreter, {{"x", floats({2}, {1, 2})}}),
            "input 'x': expected f32[tokens, 2], got f32 of rank 1");
  EXPECT_EQ(message_of(interpreter, {{"x", Tensor(DType::kI32, {1, 2})}}),
            "input 'x': expected f32[tokens, 2], got i32 of rank 2");
  EXPECT_NE(message_of(interpreter, {{"x", floats({1, 3}, {1, 2, 3})}}), "no error");
}

TEST_F(InterpreterTest, NamesTheNodeWhoseOperandsAreWrong) {
  const Value indices = net.input("indices", {DType::kI32, {1}});
  net.mark_output("y", gather(x, indices));
  Interpreter interpreter(net, no_parameter, pool);
  const int32_t beyond[] = {7};
  const Tensor at = Tensor::from(DType::kI32, {1}, std::span<const int32_t>(beyond));
  const std::string message =
      message_of(interpreter, {{"x", floats({2, 2}, {1, 2, 3, 4})}, {"indices", at}});
  EXPECT_EQ(message, "%2: indices: element 0 is 7, expected 0 or more and less than 2");
}

}  // namespace
}  // namespace lathe::graph
