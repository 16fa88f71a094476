// SPDX-License-Identifier: Apache-2.0
// In what format a weight is kept: by how it is stored, what the build asks for, and who reads it.
#include <gtest/gtest.h>

#include <set>

#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/graph/text.h"
#include "lathe/ops/quantize.h"
#include "tests/support/temp_dir.h"

namespace lathe::builder {
namespace {

using ops::WeightFormatDesc;
using testing::error_of;

WeightFormatDesc plain(DType dtype) { return {.code_dtype = dtype}; }
WeightFormatDesc q8_0() { return {.name = "q8_0", .code_dtype = DType::kI8, .block_cols = 32}; }
WeightFormatDesc q4_1() {
  return {.name = "q4_1", .code_dtype = DType::kU4, .block_cols = 32, .has_minimums = true};
}

// A linear with a weight, a norm in front of it, and what else reads the weight.
std::unique_ptr<Network> network_of(std::string_view more = "", std::string_view spec = "") {
  return graph::parse(cat(R"(network main {
  input %x: f32[tokens, 64]
  parameter %w: f32[8, 64] )",
                          spec, R"(
  parameter %n: f32[64]
  %0: f32[tokens, 64] = rms_norm(%x, %n)
  %1: f32[tokens, 8] = linear(%0, %w)
  output y = %1
)",
                          more, "}\n"),
                      "test");
}

WeightCatalog catalog_of(std::map<std::string, StoredWeight> weights) {
  WeightCatalog out{.origin = "test", .find = {}, .names = {}, .unused_names = {}};
  for (const auto& [name, weight] : weights) out.names.push_back(name);
  out.find = [weights = std::move(weights)](const ops::WeightSource& source) {
    const auto found = weights.find(source.tensor);
    return found == weights.end() ? std::nullopt : std::optional(found->second);
  };
  return out;
}

void bind_to(Network& network, const WeightCatalog& catalog, std::optional<DType> dtype = {}) {
  PassContext context;
  context.catalog = &catalog;
  context.weight_dtype = dtype;
  passes::kBind.run(network, context);
}

// "w: bf16[8, 64]" and the like, without the norm's.
std::set<std::string> weights_of(const Network& network) {
  std::set<std::string> out;
  for (const Value parameter : network.parameters()) {
    if (parameter.name() != "n") out.insert(parameter.name() + ": " + parameter.type().to_string());
  }
  return out;
}

// The op that makes the linear's weight of what is stored; empty where it is the parameter itself.
std::string maker_of_weight(const Network& network) {
  for (const NodeId id : network.nodes()) {
    const Node& node = network.node(id);
    if (node.op.name() != "linear") continue;
    const auto producer = network.producer(network.value(node.inputs[1]));
    return producer ? std::string(network.node(*producer).op.name()) : "";
  }
  return "no linear";
}

struct Case {
  std::string_view what;
  WeightFormatDesc stored;
  std::optional<DType> asked;
  std::string_view more;  // lines that read the weight too
  std::set<std::string> kept;
  std::string_view maker;
};

TEST(Bind, KeepsAWeightAsItIsStoredOrAsAsked) {
  constexpr std::string_view kReadTwice =
      "  %2: f32[8, 64] = unary(%w) {\"kind\":\"neg\"}\n  output z = %2\n";
  const Case cases[] = {
      {"as declared", plain(DType::kF32), {}, "", {"w: f32[8, 64]"}, ""},
      {"narrower, as stored", plain(DType::kBf16), {}, "", {"w: bf16[8, 64]"}, "cast"},
      {"narrower, f32 asked", plain(DType::kBf16), DType::kF32, "", {"w: f32[8, 64]"}, ""},
      {"f32, narrower asked", plain(DType::kF32), DType::kF16, "", {"w: f16[8, 64]"}, "cast"},
      {"blocks, as stored", q8_0(), {}, "", {"w: i8[8, 64]", "w.scales: f16[8, 2]"}, "dequantize"},
      {"blocks with minimums",
       q4_1(),
       {},
       "",
       {"w: u4[8, 64]", "w.scales: f16[8, 2]", "w.minimums: f16[8, 2]"},
       "dequantize"},
      {"blocks, bf16 asked", q8_0(), DType::kBf16, "", {"w: bf16[8, 64]"}, "cast"},
      {"blocks, f32 asked", q8_0(), DType::kF32, "", {"w: f32[8, 64]"}, ""},
      {"narrower, and no weight of a linear alone",
       plain(DType::kBf16),
       {},
       kReadTwice,
       {"w: f32[8, 64]"},
       ""},
      {"blocks, and no weight of a linear alone",
       q8_0(),
       {},
       kReadTwice,
       {"w: i8[8, 64]", "w.scales: f16[8, 2]"},
       "dequantize"},
      {"blocks, read by others, bf16 asked",
       q8_0(),
       DType::kBf16,
       kReadTwice,
       {"w: f32[8, 64]"},
       ""},
  };
  for (const Case& one : cases) {
    const auto network = network_of(one.more);
    bind_to(*network,
            catalog_of({{"w", {one.stored, {8, 64}}}, {"n", {plain(DType::kBf16), {64}}}}),
            one.asked);
    EXPECT_EQ(weights_of(*network), one.kept) << one.what;
    EXPECT_EQ(maker_of_weight(*network), one.maker) << one.what;
    EXPECT_EQ(network->find("n")->type().to_string(), "f32[64]") << "vectors convert at load";
  }
}

TEST(Bind, EveryPartKnowsItsSourceAndItsRows) {
  const auto network = network_of();
  bind_to(*network, catalog_of({{"w", {q4_1(), {8, 64}}}, {"n", {plain(DType::kF32), {64}}}}));
  const std::pair<const char*, ops::WeightPart> parts[] = {
      {"w", ops::WeightPart::kValues},
      {"w.scales", ops::WeightPart::kScales},
      {"w.minimums", ops::WeightPart::kMinimums}};
  for (const auto& [name, part] : parts) {
    const graph::ParameterSpec& spec = network->parameter_spec(*network->find(name));
    EXPECT_EQ(spec.part, part) << name;
    EXPECT_EQ(spec.format, q4_1()) << name;
    EXPECT_EQ(spec.source_rows, std::vector<int64_t>{8}) << name;
    EXPECT_EQ(spec.sources[0].tensor, "w") << name;
  }
}

constexpr std::string_view kTwoSources =
    R"({"sources":[{"tensor":"top","transposed":false},{"tensor":"bottom","transposed":false}]})";

TEST(Bind, RowsOfSeveralTensorsAddUp) {
  const auto network = network_of("", kTwoSources);
  bind_to(*network, catalog_of({{"top", {q8_0(), {3, 64}}},
                                {"bottom", {q8_0(), {5, 64}}},
                                {"n", {plain(DType::kF32), {64}}}}));
  const graph::ParameterSpec& spec = network->parameter_spec(*network->find("w"));
  EXPECT_EQ(spec.source_rows, (std::vector<int64_t>{3, 5}));
}

std::string bind_error(std::map<std::string, StoredWeight> weights, std::string_view spec = "") {
  weights.insert({"n", {plain(DType::kF32), {64}}});
  const auto network = network_of("", spec);
  return error_of([&] { bind_to(*network, catalog_of(std::move(weights))); });
}

TEST(Bind, TensorsThatDoNotGoTogetherAreNamed) {
  EXPECT_EQ(
      bind_error({{"top", {q8_0(), {3, 64}}}, {"bottom", {plain(DType::kF32), {5, 64}}}},
                 kTwoSources),
      "test: the weights do not fit the network; misshapen: w (joins q8_0[3, 64] with plain[5, "
      "64])");
  EXPECT_EQ(bind_error({{"top", {q8_0(), {3, 64}}}, {"bottom", {q8_0(), {4, 64}}}}, kTwoSources),
            "test: the weights do not fit the network; misshapen: w ([7, 64], expected [8, 64])");
  EXPECT_EQ(
      bind_error({{"top", {q8_0(), {3, 64}}}, {"bottom", {q8_0(), {5, 32}}}}, kTwoSources),
      "test: the weights do not fit the network; misshapen: w (joins q8_0[3, 64] with q8_0[5, "
      "32])");
  EXPECT_EQ(bind_error({{"top", {q8_0(), {3, 64}}}}, kTwoSources),
            "test: the weights do not fit the network; missing: bottom");
}

TEST(Bind, LongListsAreCutShort) {
  std::map<std::string, StoredWeight> weights = {{"w", {plain(DType::kF32), {8, 64}}}};
  for (int i = 0; i < 12; ++i) weights[cat("left_", i)] = {plain(DType::kF32), {4}};
  const std::string message = bind_error(weights);
  EXPECT_TRUE(message.ends_with(" and 4 more")) << message;
}

TEST(Catalogs, SayWhatTheyHold) {
  const WeightCatalog memory = memory_catalog({{"w", Tensor(DType::kBf16, {8, 64})}});
  EXPECT_EQ(memory.origin, "memory");
  EXPECT_EQ(memory.names, std::vector<std::string>{"w"});
  EXPECT_EQ(memory.find({.tensor = "w"})->format.code_dtype, DType::kBf16);
  EXPECT_EQ(memory.find({.tensor = "w"})->shape, (std::vector<int64_t>{8, 64}));
  EXPECT_FALSE(memory.find({.tensor = "v"}).has_value());
}

// Weights that are drawn have the network's names, whatever tensors a checkpoint would join.
TEST(Catalogs, OfDeclaredWeightsGoByTheParameter) {
  const auto network = network_of("", kTwoSources);
  const WeightCatalog declared = declared_catalog(*network, DType::kF32);
  EXPECT_EQ(declared.find({.tensor = "w"})->shape, (std::vector<int64_t>{8, 64}));
  bind_to(*network, declared);
  const graph::ParameterSpec& spec = network->parameter_spec(*network->find("w"));
  EXPECT_EQ(spec.sources.size(), 1u);
  EXPECT_EQ(spec.sources[0].tensor, "w");
  EXPECT_EQ(spec.source_rows, std::vector<int64_t>{8});
}

}  // namespace
}  // namespace lathe::builder
