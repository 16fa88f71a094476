// SPDX-License-Identifier: Apache-2.0
#include "lathe/quant/weight_format.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "lathe/base/float16.h"
#include "lathe/base/safetensors.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/temp_dir.h"

namespace lathe::quant {
namespace {

using testing::error_of;
using testing::GgufBuilder;
using testing::little_endian;
using weights::RowOrder;

// One tensor whose bytes the test wrote, starting at an odd address.
class OneTensor final : public weights::CheckpointReader {
 public:
  OneTensor(weights::TensorInfo info, std::string bytes)
      : infos_{std::move(info)}, bytes_('x' + std::move(bytes)) {}
  const std::string& source() const override { return source_; }
  const Json& config() const override { return config_; }
  const Json& generation_config() const override { return config_; }
  const std::vector<weights::TensorInfo>& tensors() const override { return infos_; }
  std::span<const std::byte> bytes(std::string_view name) const override {
    (void)tensor(name);
    return testing::as_bytes(bytes_).subspan(1);
  }
  void drop(std::string_view) const override {}
  weights::TokenizerFiles tokenizer_files() const override { return {}; }

 private:
  std::vector<weights::TensorInfo> infos_;
  std::string bytes_;
  std::string source_ = "memory";
  Json config_ = Json::object();
};

const ops::WeightSource kW{.tensor = "w"};
const ops::WeightSource kTransposedW{.tensor = "w", .transposed = true};

OneTensor floats(std::vector<int64_t> shape, RowOrder order = RowOrder::kPlain, int64_t heads = 0) {
  const int64_t count =
      std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
  std::string bytes;
  for (int64_t i = 0; i < count; ++i) bytes += little_endian(static_cast<float>(i));
  return {{.name = "w",
           .storage = "f32",
           .shape = std::move(shape),
           .num_bytes = static_cast<int64_t>(bytes.size()),
           .row_order = order,
           .rope_heads = heads},
          bytes};
}

std::vector<float> read_floats(const weights::CheckpointReader& checkpoint,
                               const ops::WeightSource& source, RowRange rows) {
  const Weight weight = find_weight(checkpoint, source);
  const ops::CanonicalTensor out = weight.format->read(checkpoint, source, rows);
  EXPECT_EQ(out.format, weight.desc);
  const auto values = out.values.values<float>();
  return {values.begin(), values.end()};
}

std::string half(float value) { return little_endian(to_fp16(value).bits); }

double value_at(const ops::CanonicalTensor& rows, int64_t row, int64_t col) {
  const int64_t cols = rows.values.size(1);
  const int64_t block = (row * cols + col) / rows.format.block_cols;
  const double code = load_element(rows.values.data(), rows.values.dtype(), row * cols + col);
  const double scale = load_element(rows.scales.data(), rows.scales.dtype(), block);
  const double minimum = rows.format.has_minimums
                             ? load_element(rows.minimums.data(), rows.minimums.dtype(), block)
                             : 0;
  return (code - rows.format.code_offset) * scale + minimum;
}

TEST(Plain, RowsOfAMatrix) {
  const OneTensor checkpoint = floats({3, 2});
  const Weight weight = find_weight(checkpoint, kW);
  EXPECT_TRUE(weight.desc.is_plain());
  EXPECT_EQ(weight.desc.code_dtype, DType::kF32);
  EXPECT_EQ(weight.shape, (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(read_floats(checkpoint, kW, {1, 3}), (std::vector<float>{2, 3, 4, 5}));
  EXPECT_TRUE(read_floats(checkpoint, kW, {2, 2}).empty());
}

TEST(Plain, EveryFloatingStorageAndVectors) {
  for (const auto& [storage, dtype] :
       {std::pair("f16", DType::kF16), std::pair("bf16", DType::kBf16)}) {
    const OneTensor checkpoint(
        {.name = "w", .storage = storage, .shape = {3}, .num_bytes = 6},
        little_endian(uint16_t{1}) + little_endian(uint16_t{2}) + little_endian(uint16_t{3}));
    const Weight weight = find_weight(checkpoint, kW);
    EXPECT_EQ(weight.desc.code_dtype, dtype);
    const ops::CanonicalTensor rows = weight.format->read(checkpoint, kW, {1, 3});
    EXPECT_EQ(rows.values.sizes(), std::vector<int64_t>{2});
    EXPECT_EQ(rows.values.values<uint16_t>()[1], 3);
  }
}

TEST(Plain, TransposedOnceOrTwice) {
  // Stored [in 2, out 3]: 0 1 2 / 3 4 5.
  const OneTensor conv = floats({3, 2}, RowOrder::kTransposed);
  EXPECT_EQ(read_floats(conv, kW, {0, 3}), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(read_floats(conv, kW, {1, 2}), (std::vector<float>{1, 4}));
  EXPECT_EQ(find_weight(conv, kTransposedW).shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(read_floats(conv, kTransposedW, {1, 2}), (std::vector<float>{3, 4, 5}));

  const OneTensor straight = floats({2, 3});
  EXPECT_EQ(find_weight(straight, kTransposedW).shape, (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(read_floats(straight, kTransposedW, {0, 3}), (std::vector<float>{0, 3, 1, 4, 2, 5}));
}

TEST(Plain, RotaryRowsComeBackInHuggingFaceOrder) {
  // Two heads of 4 rows; logical row h·4 + j·2 + i is stored as h·4 + 2·i + j.
  const std::vector<float> expected = {0, 2, 1, 3, 4, 6, 5, 7};
  EXPECT_EQ(read_floats(floats({8, 1}, RowOrder::kGgufRopeInterleaved, 2), kW, {0, 8}), expected);
  EXPECT_EQ(read_floats(floats({8}, RowOrder::kGgufRopeInterleaved, 2), kW, {0, 8}), expected);
  EXPECT_EQ(read_floats(floats({8}, RowOrder::kGgufRopeInterleaved, 2), kW, {5, 7}),
            (std::vector<float>{6, 5}));
}

TEST(Formats, RefusalsNameTensorAndStorage) {
  const OneTensor buffer({.name = "w", .storage = "i64", .shape = {2, 2}, .num_bytes = 32}, "");
  EXPECT_EQ(error_of([&] { find_weight(buffer, kW); }),
            "memory: tensor 'w' is stored as 'i64' with 2 dims, row order plain, and wanted as it "
            "is; no weight format reads that");
  const OneTensor regrouped = floats({8, 1}, RowOrder::kGgufRopeInterleaved, 2);
  EXPECT_NE(error_of([&] { find_weight(regrouped, kTransposedW); }).find("wanted transposed"),
            std::string::npos);
  EXPECT_NE(error_of([&] { find_weight(buffer, {.tensor = "v"}); }).find("no tensor 'v'"),
            std::string::npos);
  const OneTensor ragged({.name = "w", .storage = "q8_0", .shape = {2, 33}, .num_bytes = 68}, "");
  EXPECT_EQ(error_of([&] { find_weight(ragged, kW); }),
            "memory: tensor 'w': rows of 33 are no whole blocks of 32");
}

TEST(Blocks, Q8_0) {
  std::string bytes;
  for (int row = 0; row < 2; ++row) {
    bytes += half(0.5f + static_cast<float>(row));
    for (int i = 0; i < 32; ++i) bytes += static_cast<char>(row == 0 ? i - 16 : 127 - i);
  }
  const OneTensor checkpoint({.name = "w", .storage = "q8_0", .shape = {2, 32}, .num_bytes = 68},
                             bytes);
  const Weight weight = find_weight(checkpoint, kW);
  EXPECT_EQ(weight.desc.name, "q8_0");
  EXPECT_EQ(weight.desc.num_bytes(2, 32), 68);
  const ops::CanonicalTensor rows = weight.format->read(checkpoint, kW, {0, 2});
  EXPECT_EQ(value_at(rows, 0, 0), -8.0);
  EXPECT_EQ(value_at(rows, 0, 31), 7.5);
  EXPECT_EQ(value_at(rows, 1, 0), 190.5);
  const ops::CanonicalTensor second = weight.format->read(checkpoint, kW, {1, 2});
  EXPECT_EQ(value_at(second, 0, 31), 144.0);
}

// A block whose code at column i is i / 2 (so that neighbours differ from halves).
std::string nibbles() {
  std::string out;
  for (int j = 0; j < 16; ++j) out += static_cast<char>(j / 2 | (j + 16) / 2 << 4);
  return out;
}

double code_at(int64_t col) {
  const int64_t code = col / 2;
  return static_cast<double>(code);
}

TEST(Blocks, Q4_0) {
  const OneTensor checkpoint({.name = "w", .storage = "q4_0", .shape = {1, 64}, .num_bytes = 36},
                             half(2) + nibbles() + half(-1) + nibbles());
  const Weight weight = find_weight(checkpoint, kW);
  EXPECT_EQ(weight.desc.num_bytes(1, 64), 36);
  const ops::CanonicalTensor rows = weight.format->read(checkpoint, kW, {0, 1});
  for (int64_t i = 0; i < 32; ++i) {
    EXPECT_EQ(value_at(rows, 0, i), 2.0 * (code_at(i) - 8)) << i;
    EXPECT_EQ(value_at(rows, 0, 32 + i), 8 - code_at(i)) << i;
  }
}

TEST(Blocks, Q4_1) {
  const OneTensor checkpoint({.name = "w", .storage = "q4_1", .shape = {1, 32}, .num_bytes = 20},
                             half(0.25f) + half(-3) + nibbles());
  const Weight weight = find_weight(checkpoint, kW);
  EXPECT_EQ(weight.desc.num_bytes(1, 32), 20);
  const ops::CanonicalTensor rows = weight.format->read(checkpoint, kW, {0, 1});
  for (int64_t i = 0; i < 32; ++i) {
    EXPECT_EQ(value_at(rows, 0, i), 0.25 * code_at(i) - 3) << i;
  }
}

TEST(Blocks, TransposedBlocksAreRefused) {
  const OneTensor checkpoint({.name = "w", .storage = "q8_0", .shape = {32, 32}, .num_bytes = 1088},
                             std::string(1088, '\0'));
  EXPECT_NE(error_of([&] { find_weight(checkpoint, kTransposedW); }).find("wanted transposed"),
            std::string::npos);
}

// A llama of one layer whose query projection is coded: rows of blocks move whole.
TEST(Blocks, RegroupedRowsOfAGgufFile) {
  constexpr uint32_t kF32 = 0, kQ8 = 8;
  std::string projection;
  for (int row = 0; row < 8; ++row) {
    projection += half(static_cast<float>(row)) + std::string(32, '\1');
  }
  GgufBuilder gguf;
  gguf.text("general.architecture", "llama")
      .number("llama.block_count", uint32_t{1})
      .number("llama.embedding_length", uint32_t{32})
      .number("llama.feed_forward_length", uint32_t{32})
      .number("llama.attention.head_count", uint32_t{2})
      .number("llama.attention.key_length", uint32_t{4})
      .number("llama.context_length", uint32_t{64})
      .number("llama.attention.layer_norm_rms_epsilon", 1e-5f)
      .tensor("token_embd.weight", {2, 32}, kF32, std::string(256, '\0'))
      .tensor("blk.0.attn_q.weight", {8, 32}, kQ8, projection);
  const testing::TempDir folder;
  const auto checkpoint = weights::open_checkpoint(folder.write("m.gguf", gguf.bytes()));
  const ops::WeightSource source{.tensor = "model.layers.0.self_attn.q_proj.weight"};
  const Weight weight = find_weight(*checkpoint, source);
  EXPECT_EQ(weight.desc.name, "q8_0");
  const ops::CanonicalTensor rows = weight.format->read(*checkpoint, source, {0, 8});
  const double expected[] = {0, 2, 1, 3, 4, 6, 5, 7};
  for (int64_t row = 0; row < 8; ++row) EXPECT_EQ(value_at(rows, row, 31), expected[row]) << row;
}

}  // namespace
}  // namespace lathe::quant
