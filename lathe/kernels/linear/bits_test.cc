// SPDX-License-Identifier: Apache-2.0
// Every packed kernel of linear gives the reference's very bits, whatever the rows of x, the rows
// of the weight, the columns, the fusions and the instruction set; packing in slices gives the same
// bytes. (Functions that references take from libm are left out: kernels/README.md.)
#include <gtest/gtest.h>

#include <cstring>

#include "lathe/base/random.h"
#include "lathe/kernels/kernel.h"
#include "lathe/kernels/linear/records.h"
#include "lathe/kernels/linear/row_tiles.h"
#include "lathe/ops/linear.h"

namespace lathe::kernels {
namespace {

// Draws that a seed and a name give.
class Draw {
 public:
  explicit Draw(uint64_t seed) : seed_(seed) {}
  Tensor floats(std::vector<int64_t> sizes, float deviation) {
    Tensor out(DType::kF32, std::move(sizes));
    for (float& value : out.values<float>()) value = deviation * normal_at(seed_, 1, next_++);
    return out;
  }
  Tensor codes(DType dtype, std::vector<int64_t> sizes) {
    Tensor out(dtype, std::move(sizes));
    auto* bytes = static_cast<uint8_t*>(out.data());
    for (int64_t i = 0; i < out.num_bytes(); ++i) bytes[i] = static_cast<uint8_t>(below(256));
    return out;
  }
  int64_t below(int64_t count) {
    const float value = normal_at(seed_, 2, next_++);
    uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof(bits));
    return static_cast<int64_t>((bits * 2654435761u) >> 8) % count;
  }
  int64_t one_of(std::initializer_list<int64_t> choices) {
    return choices.begin()[below(static_cast<int64_t>(choices.size()))];
  }

 private:
  uint64_t seed_;
  uint64_t next_ = 0;
};

const ops::WeightFormatDesc kFormats[] = {
    {.name = "q8_0", .code_dtype = DType::kI8, .block_cols = 32},
    {.name = "q4_0", .code_dtype = DType::kU4, .block_cols = 32, .code_offset = 8},
    {.name = "q4_1", .code_dtype = DType::kU4, .block_cols = 32, .has_minimums = true},
    {.code_dtype = DType::kF32},
    {.code_dtype = DType::kBf16},
    {.code_dtype = DType::kF16},
};

struct Random {
  ops::Linear op;
  ops::CanonicalTensor weight;
  std::vector<Tensor> x;     // floating, or codes and scales
  std::vector<Tensor> rest;  // bias, residual
  int64_t rows, outputs;
};

ops::CanonicalTensor draw_weight(const ops::WeightFormatDesc& format, int64_t rows, int64_t cols,
                                 Draw& draw) {
  ops::CanonicalTensor out{.format = format, .values = {}, .scales = {}, .minimums = {}};
  if (format.is_plain()) {
    out.values = draw.floats({rows, cols}, 0.1f).to(format.code_dtype);
    return out;
  }
  out.values = draw.codes(format.code_dtype, {rows, cols});
  out.scales = draw.floats({rows, cols / 32}, 0.01f).to(DType::kF16);
  if (format.has_minimums) out.minimums = draw.floats({rows, cols / 32}, 0.1f).to(DType::kF16);
  return out;
}

std::vector<Tensor> draw_x(const ops::Linear& op, int64_t rows, int64_t cols, Draw& draw) {
  if (op.input_block == 0) return {draw.floats({rows, cols}, 1)};
  Tensor codes = draw.codes(DType::kI8, {rows, cols});
  for (int8_t& code : codes.values<int8_t>()) code = std::max<int8_t>(code, -127);
  return {codes, draw.floats({rows, cols / 32}, 0.01f)};
}

Random draw_problem(const ops::WeightFormatDesc& format, bool gated, Draw& draw) {
  Random out;
  out.rows = draw.one_of({1, 2, 3, 5, 12, 13, 15, 29, 97, 170});
  // Of one row, enough for two threads to take several panels at once.
  out.outputs = out.rows == 1 ? draw.one_of({1, 33, 130, 2200})
                              : draw.one_of({1, 15, 16, 17, 32, 33, 70, 130});
  const int64_t blocks = 1 + draw.below(20);
  const int64_t cols = format.is_plain() ? draw.one_of({1, 7, 32, 96, 513, 1100}) : 32 * blocks;
  const int64_t weight_rows = gated ? 2 * out.outputs : out.outputs;
  out.op = {.format = format,
            .input_block = format.is_plain() ? 0 : 32,
            .bias = draw.below(2) == 1,
            .gated = gated,
            .residual = draw.below(2) == 1,
            .dtype = DType::kF32};
  if (gated || draw.below(2) == 1) out.op.activation = ops::UnaryKind::kRelu;
  if (out.op.activation && draw.below(2) == 1) out.op.activation = ops::UnaryKind::kAbs;
  out.weight = draw_weight(format, weight_rows, cols, draw);
  out.x = draw_x(out.op, out.rows, cols, draw);
  if (out.op.bias) out.rest.push_back(draw.floats({weight_rows}, 1).to(DType::kBf16));
  if (out.op.residual) out.rest.push_back(draw.floats({out.rows, out.outputs}, 1));
  return out;
}

std::vector<Tensor> canonical(const ops::CanonicalTensor& weight) {
  std::vector<Tensor> out = {weight.values, weight.scales, weight.minimums};
  out.resize(static_cast<size_t>(weight.format.num_tensors()));
  return out;
}

Problem problem_of(const Random& random) {
  Problem problem{random.op, {}, {}};
  for (const auto& tensors : {random.x, canonical(random.weight), random.rest}) {
    for (const Tensor& tensor : tensors) {
      const std::vector<Dim> dims(tensor.sizes().begin(), tensor.sizes().end());
      problem.inputs.push_back({tensor.dtype(), Shape(dims)});
    }
  }
  problem.outputs = problem.op.infer(problem.inputs);
  return problem;
}

Tensor run(const Kernel& kernel, const Problem& problem, const Random& random,
           const std::vector<Tensor>& weight) {
  static ThreadPool pool(2);
  std::vector<TensorView> inputs;
  for (const auto& tensors : {random.x, weight, random.rest}) {
    for (const Tensor& tensor : tensors) inputs.push_back(tensor.view());
  }
  Tensor y(DType::kF32, {random.rows, random.outputs});
  const TensorView outputs[] = {y.view()};
  const int64_t bytes =
      kernel.workspace_bytes == nullptr ? 0 : kernel.workspace_bytes(problem).value();
  Tensor workspace(DType::kU8, {bytes});
  kernel.run({.op = problem.op,
              .inputs = inputs,
              .outputs = outputs,
              .workspace = {static_cast<std::byte*>(workspace.data()), static_cast<size_t>(bytes)},
              .pool = pool});
  return y;
}

// Padding is whatever was there: nothing may depend on it.
Tensor pack(const Layout& layout, const ops::CanonicalTensor& weight) {
  const int64_t rows = weight.values.size(0);
  Tensor out(DType::kU8, {layout.packed_bytes(weight.format, rows, weight.values.size(1))});
  std::memset(out.data(), 0xff, static_cast<size_t>(out.num_bytes()));
  layout.pack(weight, 0, rows, static_cast<std::byte*>(out.data()));
  return out;
}

// Where the two differ first, or -1.
int64_t first_difference(const Tensor& a, const Tensor& b) {
  const auto x = a.values<uint32_t>();
  const auto y = b.values<uint32_t>();
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] != y[i]) return static_cast<int64_t>(i);
  }
  return -1;
}

class LinearBits : public ::testing::TestWithParam<size_t> {};

TEST_P(LinearBits, AreTheReferences) {
  const ops::WeightFormatDesc& format = kFormats[GetParam()];
  const Target target{.isa = machine_isa()};
  Draw draw(GetParam());
  int runs = 0;
  for (int turn = 0; turn < 60; ++turn) {
    const Random random = draw_problem(format, turn % 2 == 1, draw);
    const Problem problem = problem_of(random);
    const Tensor expected = run(kLinearCpuRef, problem, random, canonical(random.weight));
    for (const Kernel* kernel : kernels_for("linear")) {
      if (kernel->layout == nullptr || !kernel->supports(problem, target).ok) continue;
      const Tensor y = run(*kernel, problem, random, {pack(*kernel->layout, random.weight)});
      EXPECT_EQ(first_difference(y, expected), -1)
          << kernel->name << ": " << problem.op.attributes_json().dump() << ", x "
          << problem.inputs[0].to_string() << ", y " << problem.outputs[0].to_string();
      ++runs;
    }
  }
  EXPECT_GE(runs, 60);
}

std::string format_name(const ::testing::TestParamInfo<size_t>& info) {
  const ops::WeightFormatDesc& format = kFormats[info.param];
  return format.is_plain() ? std::string(to_string(format.code_dtype)) : format.name;
}

INSTANTIATE_TEST_SUITE_P(Formats, LinearBits, ::testing::Range<size_t>(0, std::size(kFormats)),
                         format_name);

TEST(RowTiles, CutEvenlyAndCoverAll) {
  for (const int64_t rows : {1, 13, 14, 15, 29, 512}) {
    const RowTiles tiles(rows, 14);
    int64_t sum = 0;
    for (int64_t i = 0; i < tiles.num_tiles(); ++i) {
      EXPECT_EQ(tiles.begin(i), sum);
      EXPECT_LE(tiles.rows(i), 14);
      EXPECT_GE(tiles.rows(i) + 1, tiles.rows(0));
      sum += tiles.rows(i);
    }
    EXPECT_EQ(sum, rows);
    EXPECT_EQ(tiles.begin(tiles.num_tiles()), rows);
  }
}

TEST(TileTasks, CoverEachTileOnce) {
  for (const int64_t row_tiles : {1, 2, 43}) {
    const TileTasks tasks({.tiles = row_tiles,
                           .tiles_per_block = 8,
                           .panels = 18,
                           .panel_bytes = 11520,
                           .threads = 2});
    std::vector<int> seen(static_cast<size_t>(row_tiles * 18), 0);
    for (int64_t i = 0; i < tasks.size(); ++i) {
      const TileTask task = tasks[i];
      EXPECT_LE(task.end_tile - task.first_tile, 8);
      for (int64_t tile = task.first_tile; tile < task.end_tile; ++tile) {
        for (int64_t panel = task.first_panel; panel < task.end_panel; ++panel) {
          ++seen[static_cast<size_t>(tile * 18 + panel)];
        }
      }
    }
    EXPECT_EQ(seen, std::vector<int>(seen.size(), 1));
  }
}

TEST(TileTasks, OfALoneTileAreWholeGroups) {
  for (const int64_t panels : {2, 3, 64, 99, 1000}) {
    const TileTasks tasks({.tiles = 1,
                           .tiles_per_block = 8,
                           .panels = panels,
                           .panel_bytes = 1 << 17,
                           .panels_at_once = 4,
                           .threads = 2});
    int64_t covered = 0;
    for (int64_t i = 0; i < tasks.size(); ++i) {
      EXPECT_EQ(tasks[i].first_panel, covered);
      const int64_t count = tasks[i].end_panel - covered;
      const bool whole = count % 4 == 0 || i + 1 == tasks.size();
      EXPECT_TRUE(whole || panels < 64) << count << " of " << panels;
      covered += count;
    }
    EXPECT_EQ(covered, panels);
    EXPECT_GE(tasks.size(), std::min<int64_t>(panels, 16)) << "work for both until the end";
  }
}

}  // namespace
}  // namespace lathe::kernels
