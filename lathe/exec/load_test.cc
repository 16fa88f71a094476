// SPDX-License-Identifier: Apache-2.0
// Weights on their way from a reader into memory.
#include <gtest/gtest.h>

#include <cmath>

#include "lathe/exec/weight_storage.h"
#include "lathe/quant/coding.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_plan.h"

namespace lathe::exec {
namespace {

using testing::error_of;

const ops::WeightFormatDesc kQ8{.name = "q8_0", .code_dtype = DType::kI8, .block_cols = 32};

engine::PlanWeight plan_weight(std::vector<int64_t> shape, const ops::WeightFormatDesc& format) {
  const int64_t rows = shape[0];
  return {.name = "w",
          .sources = {{.tensor = "w"}},
          .source_rows = {rows},
          .shape = std::move(shape),
          .format = format};
}

Tensor load(const engine::PlanWeight& weight, const RowReader& rows) {
  engine::Plan plan;
  plan.name = "p";
  plan.weights = {weight};
  ThreadPool pool(2);
  return load_weights(plan, {true}, rows, pool)[0];
}

Tensor counting(std::vector<int64_t> sizes) {
  Tensor out(DType::kF32, std::move(sizes));
  float next = 0;
  for (float& value : out.values<float>()) value = next++;
  return out;
}

TEST(Load, ConvertsPlainRows) {
  const Tensor w = load(plan_weight({3, 4}, {.code_dtype = DType::kBf16}),
                        memory_rows({{"w", counting({3, 4})}}));
  EXPECT_EQ(w.dtype(), DType::kBf16);
  EXPECT_EQ(load_element(w.data(), w.dtype(), 11), 11);
}

TEST(Load, JoinsSourcesAlongRows) {
  engine::PlanWeight weight = plan_weight({5, 2}, {});
  weight.sources = {{.tensor = "a"}, {.tensor = "b"}};
  weight.source_rows = {2, 3};
  const RowReader rows = memory_rows({{"a", counting({2, 2})}, {"b", counting({3, 2})}});
  const Tensor canonical = load(weight, rows);
  EXPECT_EQ(canonical.values<float>()[3], 3);
  EXPECT_EQ(canonical.values<float>()[4], 0);
  EXPECT_EQ(canonical.values<float>()[9], 5);
  weight.layout = "f32.panel32";
  const Tensor packed = load(weight, rows);  // [column][32 rows]
  EXPECT_EQ(packed.num_bytes(), 2 * 32 * 4);
  const auto* values = static_cast<const float*>(packed.data());
  EXPECT_EQ(values[32 + 1], 3);
  EXPECT_EQ(values[2], 0);
  EXPECT_EQ(values[32 + 4], 5);
}

// More rows than one slice holds.
TEST(Load, PacksInSlicesWhatItPacksWhole) {
  const Tensor values = counting({3000, 256});
  engine::PlanWeight weight = plan_weight({3000, 256}, {});
  weight.layout = "f32.panel32.gated";
  const Tensor sliced = load(weight, memory_rows({{"w", values}}));
  Tensor whole(DType::kU8, sliced.sizes());
  ops::CanonicalTensor rows;
  rows.values = values;
  kernels::find_layout(weight.layout)->pack(rows, 0, 3000, static_cast<std::byte*>(whole.data()));
  EXPECT_TRUE(std::ranges::equal(sliced.values<uint8_t>(), whole.values<uint8_t>()));
}

TEST(Load, BlocksStayOrBecomeValues) {
  const Tensor values = counting({2, 64});
  const ops::CanonicalTensor coded = quant::encode(values, kQ8);
  const RowReader rows = [&](const engine::PlanWeight&, size_t, quant::RowRange range) {
    EXPECT_EQ(range.size(), 2);
    return ops::CanonicalTensor(coded);
  };
  engine::PlanWeight weight = plan_weight({2, 64}, kQ8);
  EXPECT_EQ(load(weight, rows).dtype(), DType::kI8);
  weight.part = ops::WeightPart::kScales;
  const Tensor scales = load(weight, rows);
  EXPECT_EQ(scales.dtype(), DType::kF16);
  EXPECT_EQ(scales.sizes(), (std::vector<int64_t>{2, 2}));
  const Tensor decoded = load(plan_weight({2, 64}, {}), rows);
  EXPECT_EQ(decoded.dtype(), DType::kF32);
  EXPECT_NEAR(decoded.values<float>()[127], 127, 0.5);
}

TEST(Load, ErrorsNameTheWeight) {
  EXPECT_EQ(error_of([] {
              load(plan_weight({3, 4}, {}), memory_rows({}));
            }),
            "weight 'w': no weight is called 'w'");
  EXPECT_EQ(error_of([] {
              load(plan_weight({3, 4}, {}), memory_rows({{"w", counting({4, 3})}}));
            }),
            "weight 'w': weight 'w' is f32[4, 3], expected a floating [3, 4]");
}

TEST(Dummy, NormsStandAroundOneAndRowsDoNotDependOnTheSlice) {
  engine::PlanWeight weight = plan_weight({64, 32}, {});
  weight.sources[0].tensor = "model.layers.0.mlp.up_proj.weight";
  const RowReader rows = dummy_rows(7);
  const Tensor w = rows(weight, 0, {0, 64}).values;
  double sum = 0, squares = 0;
  for (const float value : w.values<float>()) sum += value, squares += value * value;
  EXPECT_NEAR(sum / 2048, 0, 2e-3);
  EXPECT_NEAR(std::sqrt(squares / 2048), 0.02, 2e-3);
  const Tensor slice = rows(weight, 0, {10, 11}).values;
  EXPECT_EQ(slice.values<float>()[5], w.values<float>()[10 * 32 + 5]);
  EXPECT_NE(dummy_rows(8)(weight, 0, {0, 1}).values.values<float>()[0], w.values<float>()[0]);
  engine::PlanWeight norm = plan_weight({512}, {});
  norm.sources[0].tensor = "model.norm.weight";
  const Tensor ones = rows(norm, 0, {0, 512}).values;
  for (const float value : ones.values<float>()) EXPECT_NEAR(value, 1, 0.1);
}

TEST(Dummy, BlockFormatsAreCoded) {
  const engine::PlanWeight weight = plan_weight({4, 64}, kQ8);
  const ops::CanonicalTensor rows = dummy_rows(3)(weight, 0, {0, 4});
  EXPECT_EQ(rows.format, kQ8);
  EXPECT_EQ(rows.scales.sizes(), (std::vector<int64_t>{4, 2}));
}

}  // namespace
}  // namespace lathe::exec
