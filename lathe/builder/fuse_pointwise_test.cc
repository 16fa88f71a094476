// SPDX-License-Identifier: Apache-2.0
// Random pointwise networks: each is built into one kernel, which gives what the interpreter gives
// for the ops one by one. Every value carries a bound of its error, so that the tolerance is as
// tight as the expression allows.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "lathe/builder/build.h"
#include "lathe/exec/session.h"
#include "lathe/graph/functions.h"
#include "lathe/graph/interpreter.h"
#include "lathe/graph/text.h"

namespace lathe::builder {
namespace {

using graph::NamedTensors;
using graph::Value;
using ops::BinaryKind;
using ops::UnaryKind;

const Dim kTokens = Dim::symbol("tokens");
constexpr double kRounding = 8 * 0x1p-24;  // of one op, relative to the size of its result

// A value with what is known of its elements.
struct Known {
  Value value;
  double size = 1;   // greatest magnitude
  double error = 0;  // greatest difference between two right evaluations; 0: none at all
  bool is_float() const { return value.dtype() == DType::kF32; }
  bool is_bool() const { return value.dtype() == DType::kBool; }
};

// A function with the greatest slope and result over arguments of a size.
struct Function {
  UnaryKind kind;
  double (*slope)(double size);
  double (*result)(double size);
};

constexpr Function kFunctions[] = {
    {UnaryKind::kNeg, [](double) { return 1.0; }, [](double size) { return size; }},
    {UnaryKind::kAbs, [](double) { return 1.0; }, [](double size) { return size; }},
    {UnaryKind::kRelu, [](double) { return 1.0; }, [](double size) { return size; }},
    {UnaryKind::kTanh, [](double) { return 1.0; }, [](double) { return 1.0; }},
    {UnaryKind::kErf, [](double) { return 1.2; }, [](double) { return 1.0; }},
    {UnaryKind::kSigmoid, [](double) { return 0.3; }, [](double) { return 1.0; }},
    {UnaryKind::kSin, [](double) { return 1.0; }, [](double) { return 1.0; }},
    {UnaryKind::kCos, [](double) { return 1.0; }, [](double) { return 1.0; }},
    {UnaryKind::kSilu, [](double) { return 1.2; }, [](double size) { return size; }},
    {UnaryKind::kGelu, [](double) { return 1.2; }, [](double size) { return size; }},
    {UnaryKind::kGeluTanh, [](double) { return 1.2; }, [](double size) { return size; }},
    {UnaryKind::kQuickGelu, [](double) { return 1.2; }, [](double size) { return size; }},
    {UnaryKind::kSquare, [](double size) { return 2 * size; },
     [](double size) { return size * size; }},
};

// Functions of |x| + 1/2, whose slopes there have a bound.
constexpr Function kFunctionsAwayFromZero[] = {
    {UnaryKind::kSqrt, [](double) { return 0.8; }, [](double size) { return std::sqrt(size); }},
    {UnaryKind::kRsqrt, [](double) { return 1.5; }, [](double) { return 1.5; }},
    {UnaryKind::kReciprocal, [](double) { return 4.0; }, [](double) { return 2.0; }},
    {UnaryKind::kLog, [](double) { return 2.0; },
     [](double size) { return 1 + std::log(1 + size); }},
};

class RandomNetwork {
 public:
  explicit RandomNetwork(uint32_t seed) : random_(seed), columns_(one_of(1, 40)) {
    add_inputs();
    for (int left = one_of(5, 30); left > 0; --left) add_op();
    while (sinks().size() > 1) join_two_sinks();
    net.mark_output("y", pool_[sinks().front()].value);
    outputs["y"] = pool_[sinks().front()];
    for (int extra = one_of(0, 2); extra > 0; --extra) mark_some_value(cat("extra", extra));
  }

  graph::Network net{"pointwise"};
  NamedTensors inputs;
  std::map<std::string, Known> outputs;

 private:
  int one_of(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  template <class T, size_t kCount>
  const T& any_of(const T (&items)[kCount]) {
    return items[static_cast<size_t>(one_of(0, kCount - 1))];
  }
  template <class Wanted>
  Known pick(Wanted wanted) {
    std::vector<Known> fitting;
    for (const Known& known : pool_) {
      if (wanted(known)) fitting.push_back(known);
    }
    // The last ones more often: deeper expressions.
    const int last = static_cast<int>(fitting.size()) - 1;
    return fitting[static_cast<size_t>(std::max(one_of(0, last), one_of(0, last)))];
  }
  Known pick_float() {
    return pick([](const Known& known) { return known.is_float(); });
  }
  Known pick_exact() {
    return pick([](const Known& known) { return known.is_float() && known.error == 0; });
  }
  Known pick_integer() {
    return pick([](const Known& known) { return known.value.dtype() == DType::kI32; });
  }
  Known pick_bool() {
    return pick([](const Known& known) { return known.is_bool(); });
  }

  Known keep(Value value, double size, double error) {
    pool_.push_back({value, size, error});
    return pool_.back();
  }

  void add_inputs() {
    const Shape shapes[] = {{kTokens, columns_}, {columns_}, {kTokens, 1}, {1, columns_}, {}};
    const int64_t tokens = one_of(0, 9) == 0 ? 0 : one_of(1, 70);
    const int count = one_of(1, 4);
    for (int i = 0; i < count; ++i) {
      const Shape& shape = i == 0 ? shapes[0] : any_of(shapes);
      const std::string name = cat("x", i);
      Tensor tensor(DType::kF32, shape.evaluate({{"tokens", tokens}}));
      for (float& x : tensor.values<float>()) x = static_cast<float>(one_of(-48, 48)) / 16;
      inputs[name] = tensor;
      keep(net.input(name, {DType::kF32, shape}), 3, 0);
    }
    Tensor integers(DType::kI32, {columns_});
    for (int32_t& x : integers.values<int32_t>()) x = one_of(-20, 20);
    inputs["n"] = integers;
    const Known n = keep(net.input("n", {DType::kI32, {columns_}}), 20, 0);
    keep(compare(ops::CompareKind::kGt, n.value, constant(net, DType::kI32, {}, {1})), 1, 0);
  }

  void add_op() {
    using Maker = void (RandomNetwork::*)();
    static constexpr Maker kMakers[] = {
        &RandomNetwork::add_function, &RandomNetwork::add_function,
        &RandomNetwork::add_binary,   &RandomNetwork::add_binary,
        &RandomNetwork::add_binary,   &RandomNetwork::add_away_from_zero,
        &RandomNetwork::add_exp,      &RandomNetwork::add_quotient,
        &RandomNetwork::add_scaled,   &RandomNetwork::add_compare,
        &RandomNetwork::add_where,    &RandomNetwork::add_rounded,
        &RandomNetwork::add_integer,  &RandomNetwork::add_logic,
        &RandomNetwork::add_cast,     &RandomNetwork::add_broadcast};
    (this->*any_of(kMakers))();
  }

  void add_function() { apply(any_of(kFunctions), pick_float()); }
  Known apply(const Function& function, const Known& x) {
    const bool exact =
        x.error == 0 && (function.kind == UnaryKind::kNeg || function.kind == UnaryKind::kAbs ||
                         function.kind == UnaryKind::kRelu);
    const double size = function.result(x.size);
    const double error = function.slope(x.size) * x.error + kRounding * std::max(size, 1.0);
    return bounded(unary(function.kind, x.value), size, exact ? 0 : error);
  }

  // Sizes and errors stay small: a larger value goes on as its tanh, or as a small part of it.
  Known bounded(Value value, double size, double error) {
    if (error > 1e-3) {
      const double part = std::exp2(-std::ceil(std::log2(error / 1e-4)));
      return bounded(value * part, size * part, error * part);
    }
    if (size <= 50) return keep(value, size, error);
    return keep(tanh(value), 1, error + kRounding);
  }

  void add_binary() {
    static constexpr BinaryKind kKinds[] = {BinaryKind::kAdd, BinaryKind::kSub, BinaryKind::kMul,
                                            BinaryKind::kMax, BinaryKind::kMin};
    const Known a = pick_float();
    combine(any_of(kKinds), a, pick_float());
  }
  Known combine(BinaryKind kind, const Known& a, const Known& b) {
    const Value y = binary(kind, a.value, b.value);
    if (kind == BinaryKind::kMax || kind == BinaryKind::kMin) {
      return keep(y, std::max(a.size, b.size), std::max(a.error, b.error));
    }
    const bool product = kind == BinaryKind::kMul;
    const double size = product ? a.size * b.size : a.size + b.size;
    const double carried = product ? a.size * b.error + b.size * a.error : a.error + b.error;
    return bounded(y, size, carried + kRounding * size);
  }

  Known away_from_zero(const Known& x) {
    return {abs(x.value) + 0.5, x.size + 0.5, x.error + kRounding * x.size};
  }
  void add_away_from_zero() { apply(any_of(kFunctionsAwayFromZero), away_from_zero(pick_float())); }
  void add_exp() {
    const Known x = pick_float();
    keep(exp(tanh(x.value)), 3, 3 * (x.error + kRounding) + 3 * kRounding);
  }
  void add_quotient() {
    const Known a = pick_float();
    const Known b = away_from_zero(pick_float());
    const double size = 2 * a.size;
    bounded(a.value / b.value, size, 2 * a.error + 4 * a.size * b.error + kRounding * size);
  }
  void add_scaled() {
    const Known x = pick_float();
    const double factor = one_of(1, 30) / 16.0;
    bounded(x.value * factor + 0.25, factor * x.size + 0.25,
            factor * x.error + kRounding * (factor * x.size + 0.25));
  }

  // Only of exact values: a rounding may not tip them over.
  void add_compare() {
    const Known a = pick_exact();
    keep(compare(any_of(kComparisons), a.value, pick_exact().value), 1, 0);
  }
  void add_rounded() {
    static constexpr UnaryKind kKinds[] = {UnaryKind::kFloor, UnaryKind::kCeil, UnaryKind::kRound};
    const Known x = pick_exact();
    keep(unary(any_of(kKinds), x.value), x.size + 1, 0);
  }
  void add_where() {
    const Known a = pick_float();
    const Known b = pick_float();
    keep(where(pick_bool().value, a.value, b.value), std::max(a.size, b.size),
         std::max(a.error, b.error));
  }
  void add_integer() {
    static constexpr BinaryKind kKinds[] = {BinaryKind::kAdd, BinaryKind::kSub, BinaryKind::kMul,
                                            BinaryKind::kDiv, BinaryKind::kMod, BinaryKind::kMax,
                                            BinaryKind::kMin, BinaryKind::kPow};
    const Known a = pick_integer();
    keep(binary(any_of(kKinds), a.value, pick_integer().value), 0, 0);
  }
  void add_logic() {
    const Known a = pick_bool();
    const BinaryKind kind = one_of(0, 1) == 0 ? BinaryKind::kAnd : BinaryKind::kOr;
    keep(binary(kind, unary(UnaryKind::kNot, a.value), pick_bool().value), 1, 0);
  }
  void add_cast() {
    switch (one_of(0, 3)) {
      case 0:
        keep(cast(pick_exact().value, DType::kI32), 0, 0);
        return;
      case 1:
        keep(cast(pick_bool().value, DType::kF32), 1, 0);
        return;
      case 2:
        keep(cast(pick_exact().value, DType::kBool), 1, 0);
        return;
      default:
        as_float(pick_integer());
    }
  }
  Known as_float(const Known& known) {
    if (known.is_float()) return known;
    if (known.is_bool()) return {cast(known.value, DType::kF32), 1, 0};
    const Value small = binary(BinaryKind::kMod, known.value, constant(net, DType::kI32, {}, {31}));
    return keep(cast(small, DType::kF32), 31, 0);
  }
  void add_broadcast() {
    const Known x = pick_float();
    keep(broadcast_to(x.value, {kTokens, columns_}), x.size, x.error);
  }

  std::vector<size_t> sinks() const {
    std::vector<size_t> out;
    for (size_t i = 0; i < pool_.size(); ++i) {
      if (net.users(pool_[i].value).empty()) out.push_back(i);
    }
    return out;
  }
  void join_two_sinks() {
    const std::vector<size_t> open = sinks();
    const Known a = as_float(pool_[open[0]]);
    combine(BinaryKind::kAdd, a, as_float(pool_[open[1]]));
  }
  void mark_some_value(const std::string& name) {
    const Known known = pick([&](const Known& k) { return !net.is_input(k.value); });
    net.mark_output(name, known.value);
    outputs[name] = known;
  }

  static constexpr ops::CompareKind kComparisons[] = {ops::CompareKind::kEq, ops::CompareKind::kNe,
                                                      ops::CompareKind::kLt, ops::CompareKind::kLe,
                                                      ops::CompareKind::kGt, ops::CompareKind::kGe};

  std::mt19937 random_;
  int64_t columns_;
  std::vector<Known> pool_;
};

NamedTensors interpreted(const RandomNetwork& random) {
  ThreadPool pool(1);
  graph::Interpreter interpreter(
      random.net, [](Value) { return Tensor(); }, pool);
  return interpreter.run(random.inputs);
}

void expect_close(const TensorView& got, const Tensor& expected, const Known& known) {
  ASSERT_EQ(got.dtype, expected.dtype());
  ASSERT_EQ(got.num_elements(), expected.num_elements());
  for (int64_t i = 0; i < got.num_elements(); ++i) {
    const double value = load_element(got.data, got.dtype, i);
    ASSERT_NEAR(value, load_element(expected.data(), got.dtype, i), known.error) << i;
  }
}

void expect_one_fast_kernel(const engine::Plan& plan) {
  ASSERT_EQ(plan.steps.size(), 1u);
  EXPECT_EQ(plan.steps[0].op, "pointwise_group");
  for (const engine::ChoiceTable& table : plan.steps[0].kernels) {
    ASSERT_EQ(table.choices.size(), 1u);
    EXPECT_FALSE(table.choices[0].kernel.ends_with(".ref")) << table.choices[0].kernel;
  }
}

void expect_engine_agrees(const RandomNetwork& random, const engine::Plan& plan,
                          std::optional<kernels::CpuIsa> isa) {
  engine::EngineData data;
  data.manifest.plans.push_back(plan);
  exec::Session session(exec::Engine::from_memory(std::move(data), exec::memory_rows({}),
                                                  {.threads = 2, .isa = isa, .weights = {}}),
                        {.plan = 0, .limits = {{"tokens", 80}}, .num_blocks = 0, .plant = {}});
  std::vector<exec::NamedView> inputs;
  for (const auto& [name, tensor] : random.inputs) inputs.push_back({name, tensor.view()});
  session.run(inputs);
  const NamedTensors expected = interpreted(random);
  for (const auto& [name, known] : random.outputs) {
    SCOPED_TRACE(name);
    expect_close(session.output(name), expected.at(name), known);
  }
}

class RandomPointwise : public testing::TestWithParam<uint32_t> {};

TEST_P(RandomPointwise, IsOneKernelThatAgreesWithTheInterpreter) {
  const RandomNetwork random(GetParam());
  SCOPED_TRACE(graph::print(random.net));
  const BuildResult built = build(random.net, {});
  expect_one_fast_kernel(built.plan);
  if (HasFatalFailure()) return;
  expect_engine_agrees(random, built.plan, kernels::CpuIsa::kAvx2);
  if (kernels::machine_isa() > kernels::CpuIsa::kAvx2) {
    expect_engine_agrees(random, built.plan, kernels::machine_isa());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomPointwise, testing::Range(0u, 200u));

}  // namespace
}  // namespace lathe::builder
