// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "lathe/base/float16.h"
#include "lathe/kernels/linear/panels.h"

namespace lathe::kernels {

namespace {

// Byte of a panel at which a lane's value of a column stands.
int64_t dense_offset(DenseFormat format, int64_t col, int64_t lane) {
  switch (format) {
    case DenseFormat::kF32:
      return (col * kPanelRows + lane) * 4;
    case DenseFormat::kF16:
      return (col * kPanelRows + lane) * 2;
    case DenseFormat::kBf16:
      break;
  }
  return (col / 2 * kPanelRows + lane) * 4 + col % 2 * 2;
}

template <class Element, DenseFormat kFormat>
void pack_row(const Element* row, int64_t cols, int64_t lane, std::byte* panel) {
  for (int64_t col = 0; col < cols; ++col) {
    std::memcpy(panel + dense_offset(kFormat, col, lane), row + col, sizeof(Element));
  }
}

template <class Element, DenseFormat kFormat, PanelOrder kOrder>
void pack(const ops::CanonicalTensor& slice, int64_t first_row, int64_t rows, std::byte* out) {
  const int64_t cols = slice.values.size(1);
  const auto values = slice.values.values<Element>();
  for (int64_t row = 0; row < slice.values.size(0); ++row) {
    const PanelSlot slot = panel_slot(kOrder, first_row + row, rows);
    pack_row<Element, kFormat>(values.data() + row * cols, cols, slot.lane,
                               out + slot.panel * dense_panel_bytes(kFormat, cols));
  }
}

template <DenseFormat kFormat, PanelOrder kOrder>
int64_t packed_bytes(const ops::WeightFormatDesc&, int64_t rows, int64_t cols) {
  return num_panels(kOrder, rows) * dense_panel_bytes(kFormat, cols);
}

template <class Element, DenseFormat kFormat, PanelOrder kOrder>
constexpr Layout layout(std::string_view id) {
  return {.id = id,
          .row_multiple = 1,
          .packed_bytes = packed_bytes<kFormat, kOrder>,
          .pack = pack<Element, kFormat, kOrder>};
}

constexpr Layout kLayouts[3][2] = {
    {layout<float, DenseFormat::kF32, PanelOrder::kPlain>("f32.panel32"),
     layout<float, DenseFormat::kF32, PanelOrder::kGated>("f32.panel32.gated")},
    {layout<uint16_t, DenseFormat::kF16, PanelOrder::kPlain>("f16.panel32"),
     layout<uint16_t, DenseFormat::kF16, PanelOrder::kGated>("f16.panel32.gated")},
    {layout<uint16_t, DenseFormat::kBf16, PanelOrder::kPlain>("bf16.panel32"),
     layout<uint16_t, DenseFormat::kBf16, PanelOrder::kGated>("bf16.panel32.gated")},
};

template <class Element>
void unpack_row(DenseFormat format, const std::byte* panel, int64_t lane, std::span<float> out) {
  for (size_t col = 0; col < out.size(); ++col) {
    Element value;
    std::memcpy(&value, panel + dense_offset(format, static_cast<int64_t>(col), lane),
                sizeof(value));
    out[col] = to_float(value);
  }
}

}  // namespace

void unpack_dense_row(DenseFormat format, const std::byte* panel, int64_t lane,
                      std::span<float> out) {
  if (format == DenseFormat::kBf16) return unpack_row<Bf16>(format, panel, lane, out);
  if (format == DenseFormat::kF16) return unpack_row<Fp16>(format, panel, lane, out);
  for (size_t col = 0; col < out.size(); ++col) {
    std::memcpy(&out[col], panel + dense_offset(format, static_cast<int64_t>(col), lane),
                sizeof(float));
  }
}

int64_t dense_panel_bytes(DenseFormat format, int64_t cols) {
  const int64_t padded = format == DenseFormat::kBf16 ? (cols + 1) / 2 * 2 : cols;
  return padded * kPanelRows * (format == DenseFormat::kF32 ? 4 : 2);
}

const Layout& dense_layout(DenseFormat format, PanelOrder order) {
  return kLayouts[static_cast<size_t>(format)][static_cast<size_t>(order)];
}

std::optional<DenseFormat> dense_format(const ops::WeightFormatDesc& format) {
  if (!format.is_plain()) return std::nullopt;
  if (format.code_dtype == DType::kF32) return DenseFormat::kF32;
  if (format.code_dtype == DType::kF16) return DenseFormat::kF16;
  if (format.code_dtype == DType::kBf16) return DenseFormat::kBf16;
  return std::nullopt;
}

}  // namespace lathe::kernels
