// SPDX-License-Identifier: Apache-2.0
// Rows of weights from memory and drawn: whatever slice is asked for, and what does not fit.
#include "lathe/exec/weight_rows.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lathe/exec/byte_table.h"
#include "tests/support/error_code_of.h"
#include "tests/support/temp_dir.h"

namespace lathe::exec {
namespace {

using testing::code_of;
using testing::error_of;
using testing::TempDir;

engine::PlanWeight weight_of(std::string_view name, std::vector<int64_t> shape) {
  engine::PlanWeight out;
  out.name = name;
  out.sources = {{.tensor = std::string(name)}};
  out.source_rows = {shape[0]};
  out.shape = std::move(shape);
  return out;
}

std::vector<float> values_of(const ops::CanonicalTensor& rows) {
  const auto values = rows.values.values<float>();
  return {values.begin(), values.end()};
}

TEST(MemoryRows, AreThoseOfTheTensor) {
  const std::vector<float> numbers = {0, 1, 2, 3, 4, 5, 6, 7};
  const RowReader rows = memory_rows({{"w", Tensor::from<float>(DType::kF32, {4, 2}, numbers)}});
  EXPECT_EQ(values_of(rows(weight_of("w", {4, 2}), 0, {1, 3})), (std::vector<float>{2, 3, 4, 5}));
  EXPECT_EQ(rows(weight_of("w", {4, 2}), 0, {2, 2}).values.num_elements(), 0);
}

TEST(MemoryRows, ThatDoNotFitAreRefusedWithBothShapes) {
  const RowReader rows =
      memory_rows({{"w", Tensor(DType::kF32, {4, 2})}, {"codes", Tensor(DType::kI8, {4, 2})}});
  EXPECT_EQ(error_of([&] { rows(weight_of("v", {4, 2}), 0, {0, 1}); }), "no weight is called 'v'");
  EXPECT_EQ(code_of([&] { rows(weight_of("v", {4, 2}), 0, {0, 1}); }), ErrorCode::kNotFound);
  EXPECT_EQ(error_of([&] {
              rows(weight_of("w", {2, 4}), 0, {0, 1});
            }),
            "weight 'w' is f32[4, 2], expected a floating [2, 4]");
  EXPECT_EQ(error_of([&] {
              rows(weight_of("codes", {4, 2}), 0, {0, 1});
            }),
            "weight 'codes' is i8[4, 2], expected a floating [4, 2]");
}

TEST(DummyRows, AreTheSameHoweverTheyAreCut) {
  const engine::PlanWeight weight = weight_of("model.layers.0.mlp.up_proj.weight", {6, 5});
  const RowReader rows = dummy_rows(7);
  const std::vector<float> whole = values_of(rows(weight, 0, {0, 6}));
  std::vector<float> pieces;
  for (const auto& range : {quant::RowRange{0, 1}, {1, 4}, {4, 6}}) {
    const std::vector<float> piece = values_of(rows(weight, 0, range));
    pieces.insert(pieces.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(pieces, whole);
}

TEST(DummyRows, DependOnSeedAndNameAlone) {
  const engine::PlanWeight a = weight_of("a.weight", {4, 8}), b = weight_of("b.weight", {4, 8});
  const auto drawn = [](int64_t seed, const engine::PlanWeight& weight) {
    return values_of(dummy_rows(seed)(weight, 0, {0, 4}));
  };
  EXPECT_EQ(drawn(1, a), drawn(1, a));
  EXPECT_NE(drawn(1, a), drawn(2, a));
  EXPECT_NE(drawn(1, a), drawn(1, b));
}

// Norms near 1, everything else near 0, and as wide as real weights.
TEST(DummyRows, AreLikeRealWeights) {
  for (const auto& [name, mean] : {std::pair("model.norm.weight", 1.0),
                                   {"h.0.ln_1.weight", 1.0},
                                   {"lm_head.weight", 0.0},
                                   {"h.0.attn.c_attn.bias", 0.0}}) {
    EXPECT_EQ(dummy_mean(name), static_cast<float>(mean)) << name;
    const std::vector<float> values =
        values_of(dummy_rows(3)(weight_of(name, {100, 100}), 0, {0, 100}));
    double sum = 0, squares = 0;
    for (const float value : values) {
      sum += value;
      squares += (value - mean) * (value - mean);
    }
    const auto count = static_cast<double>(values.size());
    EXPECT_NEAR(sum / count, mean, 1e-3) << name;
    EXPECT_NEAR(std::sqrt(squares / count), 0.02, 1e-3) << name;
  }
}

TEST(ByteTable, GivesBackWhatItsHeaderSays) {
  const TempDir temp;
  const std::vector<ByteTensor> tensors = {
      {"first", {2, 3}}, {"an odd name | x", {4}}, {"empty", {0}}};
  const std::string header = byte_table_header(tensors);
  EXPECT_EQ(header.size() % 64, 0u) << "data begins at a cache line";
  const ByteTable table(temp.write("t", header + "abcdefWXYZ"));
  const auto text = [&](const ByteTensor& tensor) {
    const auto bytes = table.at(tensor);
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  EXPECT_EQ(text(tensors[0]), "abcdef");
  EXPECT_EQ(text(tensors[1]), "WXYZ");
  EXPECT_EQ(text(tensors[2]), "");
}

TEST(ByteTable, NamesWhatIsMissingOrMisshapen) {
  const TempDir temp;
  const std::vector<ByteTensor> tensors = {{"w", {6}}};
  const auto path = temp.write("t", byte_table_header(tensors) + "abcdef");
  const ByteTable table(path);
  EXPECT_EQ(error_of([&] {
              (void)table.at({"v", {6}});
            }),
            cat(path.string(), ": tensor 'v' is missing; rebuild the engine with `lathe build`"));
  EXPECT_EQ(error_of([&] {
              (void)table.at({"w", {2, 3}});
            }),
            cat(path.string(),
                ": tensor 'w' has another shape than the plan says; rebuild the engine "
                "with `lathe build`"));
  EXPECT_EQ(code_of([&] { ByteTable(temp.write("cut", byte_table_header(tensors) + "abc")); }),
            ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace lathe::exec
