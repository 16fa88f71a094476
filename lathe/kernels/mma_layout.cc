// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/mma_layout.h"

#include <cstring>
#include <functional>

#include "lathe/base/error.h"

namespace lathe::kernels {
namespace {

int64_t divided_up(int64_t value, int64_t by) { return (value + by - 1) / by; }

int64_t bytes_of(const ops::WeightFormatDesc& format, int64_t packed_rows, int64_t columns) {
  LATHE_CHECK(format.is_plain() && bits_of(format.code_dtype) == 16, "no 16-bit weight");
  return mma_shape(packed_rows, columns).bytes();
}

template <Gate kGate>
int64_t packed_bytes(const ops::WeightFormatDesc& format, int64_t rows, int64_t columns) {
  return bytes_of(format, mma_packed_rows(rows, kGate), columns);
}

// The place of a pair of columns (an even one and the next) of a packed row, in bytes.
int64_t pair_offset(int64_t row, int64_t column, int64_t steps) {
  const int64_t chunk = row / kMmaGroupRows * steps + column / kMmaChunkColumns;
  const int64_t block = column % kMmaChunkColumns / 16;
  const int64_t lane = row % 8 * 4 + column % 8 / 2;
  const int64_t word = row % 16 / 8 + column % 16 / 8 * 2;
  return chunk * kMmaChunkBytes + block * 512 + lane * 16 + word * 4;
}

void pack_row(const uint16_t* values, int64_t columns, int64_t packed_row, std::byte* out) {
  const int64_t steps = divided_up(columns, kMmaChunkColumns);
  for (int64_t column = 0; column < steps * kMmaChunkColumns; column += 2) {
    const uint16_t pair[2] = {column < columns ? values[column] : uint16_t{0},
                              column + 1 < columns ? values[column + 1] : uint16_t{0}};
    std::memcpy(out + pair_offset(packed_row, column, steps), pair, sizeof pair);
  }
}

void pack_rows(const ops::CanonicalTensor& slice, int64_t first_row, std::byte* out,
               const std::function<int64_t(int64_t)>& packed_row) {
  LATHE_CHECK(slice.format.is_plain() && bits_of(slice.values.dtype()) == 16, "no 16-bit weight");
  const int64_t columns = slice.values.size(1);
  const auto* values = static_cast<const uint16_t*>(slice.values.data());
  for (int64_t i = 0; i < slice.values.size(0); ++i) {
    pack_row(values + i * columns, columns, packed_row(first_row + i), out);
  }
}

void pack_plain(const ops::CanonicalTensor& slice, int64_t first_row, int64_t, std::byte* out) {
  pack_rows(slice, first_row, out, [](int64_t row) { return row; });
}

void pack_gated(const ops::CanonicalTensor& slice, int64_t first_row, int64_t rows,
                std::byte* out) {
  pack_rows(slice, first_row, out, [rows](int64_t row) { return mma_gated_row(row, rows); });
}

}  // namespace

MmaShape mma_shape(int64_t rows, int64_t columns) {
  return {divided_up(rows, kMmaTileRows), divided_up(rows, kMmaGroupRows),
          divided_up(columns, kMmaChunkColumns)};
}

int64_t mma_packed_rows(int64_t rows, Gate gate) {
  return gate == Gate::kNone ? rows : divided_up(rows / 2, 8) * kMmaGroupRows;
}

int64_t mma_gated_row(int64_t row, int64_t rows) {
  const int64_t half = rows / 2, in_half = row % half;
  return in_half / 8 * 16 + (row < half ? 0 : 8) + in_half % 8;
}

const Layout kMmaLayout = {"mma", 1, packed_bytes<Gate::kNone>, pack_plain};
const Layout kMmaGatedLayout = {"mma.gated", 1, packed_bytes<Gate::kGated>, pack_gated};

}  // namespace lathe::kernels
