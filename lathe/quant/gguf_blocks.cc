// SPDX-License-Identifier: Apache-2.0
#include "lathe/quant/gguf_blocks.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <string>

#include "lathe/base/error.h"
#include "lathe/base/float16.h"
#include "lathe/quant/row_order.h"

namespace lathe::quant {

namespace {

// Eight bytes whose high nibbles are 0 -> four bytes of two nibbles each.
uint32_t join_neighbours(uint64_t nibbles) {
  uint64_t pairs = (nibbles | nibbles >> 4) & 0x00ff00ff00ff00ff;
  pairs = (pairs | pairs >> 8) & 0x0000ffff0000ffff;
  return static_cast<uint32_t>(pairs | pairs >> 16);
}

std::byte* bytes_of(const Tensor& tensor) { return static_cast<std::byte*>(tensor.data()); }

std::byte* row_of(const Tensor& tensor, int64_t row) {
  if (tensor.empty()) return nullptr;
  return bytes_of(tensor) + row * (tensor.num_bytes() / tensor.size(0));
}

ops::CanonicalTensor empty_rows(const ops::WeightFormatDesc& format, int64_t rows, int64_t cols) {
  const std::vector<int64_t> per_block = {rows, cols / format.block_cols};
  ops::CanonicalTensor out;
  out.format = format;
  out.values = Tensor(format.code_dtype, {rows, cols});
  out.scales = Tensor(format.scale_dtype, per_block);
  if (format.has_minimums) out.minimums = Tensor(format.scale_dtype, per_block);
  return out;
}

// Which tensor's blocks are looked at, from which of them on.
struct StoredBlocks {
  const weights::CheckpointReader& checkpoint;
  const weights::TensorInfo& tensor;
  int64_t first;
};

bool is_finite(uint16_t half) { return (half & 0x7c00) != 0x7c00; }

// `what`: "scale" or "minimum". An infinite or NaN one would reach the logits without a word.
void check_finite(std::span<const uint16_t> halves, std::string_view what,
                  const StoredBlocks& blocks) {
  const auto bad = std::find_if_not(halves.begin(), halves.end(), is_finite);
  if (bad == halves.end()) return;
  const std::string value = std::isnan(to_float(Fp16{*bad})) ? "NaN" : *bad >> 15 ? "-inf" : "inf";
  fail(ErrorCode::kCorrupt, blocks.checkpoint.source(), ": tensor ", quote(blocks.tensor.name, 200),
       ": the ", what, " of block ", blocks.first + (bad - halves.begin()), " is ", value,
       ", expected a finite one");
}

std::span<const uint16_t> halves_of(const Tensor& tensor, int64_t row) {
  if (tensor.empty()) return {};
  const auto per_row = static_cast<size_t>(tensor.size(1));
  return tensor.values<uint16_t>().subspan(static_cast<size_t>(row) * per_row, per_row);
}

}  // namespace

void unpack_nibbles(const std::byte* stored, std::byte* codes) {
  constexpr uint64_t kLow = 0x0f0f0f0f0f0f0f0f;
  for (int64_t half = 0; half < 2; ++half) {
    uint64_t pairs = 0;
    std::memcpy(&pairs, stored + 8 * half, sizeof(pairs));
    const uint32_t first = join_neighbours(pairs & kLow);
    const uint32_t second = join_neighbours(pairs >> 4 & kLow);
    std::memcpy(codes + 4 * half, &first, sizeof(first));
    std::memcpy(codes + 8 + 4 * half, &second, sizeof(second));
  }
}

std::optional<Weight> GgufBlocks::recognise(const weights::CheckpointReader& checkpoint,
                                            const ops::WeightSource& source) const {
  const weights::TensorInfo& tensor = checkpoint.tensor(source.tensor);
  const bool readable = tensor.storage == block_.format.name && tensor.shape.size() == 2 &&
                        !source.transposed && tensor.row_order != weights::RowOrder::kTransposed;
  if (!readable) return std::nullopt;
  if (tensor.shape[1] % block_.format.block_cols != 0) {
    fail(ErrorCode::kCorrupt, checkpoint.source(), ": tensor ", quote(tensor.name, 200),
         ": rows of ", tensor.shape[1], " are no whole blocks of ", block_.format.block_cols);
  }
  return Weight{.desc = block_.format, .shape = tensor.shape, .format = this};
}

ops::CanonicalTensor GgufBlocks::read(const weights::CheckpointReader& checkpoint,
                                      const ops::WeightSource& source, RowRange rows) const {
  const weights::TensorInfo& tensor = checkpoint.tensor(source.tensor);
  check_rows(tensor, rows, tensor.shape[0]);
  const std::byte* stored = checkpoint.bytes(source.tensor).data();
  const ops::WeightFormatDesc& format = block_.format;
  const int64_t blocks = tensor.shape[1] / format.block_cols;
  const int64_t code_bytes = bytes_for(format.code_dtype, format.block_cols);
  const int64_t scale_bytes = bytes_for(format.scale_dtype, 1);
  ops::CanonicalTensor out = empty_rows(format, rows.size(), tensor.shape[1]);
  for (int64_t row = 0; row < rows.size(); ++row) {
    const StoredBlocks from{checkpoint, tensor, stored_row(tensor, rows.begin + row) * blocks};
    const std::byte* block = stored + from.first * block_.block_bytes;
    BlockParts to{row_of(out.values, row), row_of(out.scales, row), row_of(out.minimums, row)};
    for (int64_t i = 0; i < blocks; ++i, block += block_.block_bytes) {
      block_.unpack(block, to);
      to.codes += code_bytes;
      to.scale += scale_bytes;
      if (to.minimum != nullptr) to.minimum += scale_bytes;
    }
    check_finite(halves_of(out.scales, row), "scale", from);
    check_finite(halves_of(out.minimums, row), "minimum", from);
  }
  return out;
}

}  // namespace lathe::quant
