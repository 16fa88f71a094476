// SPDX-License-Identifier: Apache-2.0
// Values as they are: f32, f16 or bf16 of any rank above 0, stored in any row order or transposed.
#include <cstring>
#include <numeric>

#include "lathe/base/error.h"
#include "lathe/quant/formats.h"
#include "lathe/quant/row_order.h"

namespace lathe::quant {

namespace {

std::optional<DType> plain_dtype(std::string_view storage) {
  const std::optional<DType> dtype = dtype_from_name(storage);
  const bool plain = dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBf16;
  return plain ? dtype : std::nullopt;
}

int64_t row_elements(std::span<const int64_t> shape) {
  return std::accumulate(shape.begin() + 1, shape.end(), int64_t{1}, std::multiplies<>());
}

void copy_rows(const weights::TensorInfo& tensor, std::span<const std::byte> stored, RowRange rows,
               Tensor& out) {
  auto* to = static_cast<std::byte*>(out.data());
  const int64_t row_bytes = bytes_for(out.dtype(), row_elements(out.sizes()));
  for (int64_t row = rows.begin; row < rows.end; ++row, to += row_bytes) {
    std::memcpy(to, stored.data() + stored_row(tensor, row) * row_bytes,
                static_cast<size_t>(row_bytes));
  }
}

// Rows of a matrix whose transpose [cols, num_rows] is stored. Source bytes need no alignment.
template <class Element>
void copy_columns(std::span<const std::byte> stored, int64_t num_rows, RowRange rows, Tensor& out) {
  const int64_t cols = out.size(1);
  auto* to = static_cast<Element*>(out.data());
  for (int64_t col = 0; col < cols; ++col) {
    const std::byte* from =
        stored.data() + (col * num_rows + rows.begin) * static_cast<int64_t>(sizeof(Element));
    for (int64_t row = 0; row < rows.size(); ++row) {
      std::memcpy(to + row * cols + col, from + row * static_cast<int64_t>(sizeof(Element)),
                  sizeof(Element));
    }
  }
}

class Plain final : public WeightFormat {
 public:
  std::optional<Weight> recognise(const weights::CheckpointReader& checkpoint,
                                  const ops::WeightSource& source) const override {
    const weights::TensorInfo& tensor = checkpoint.tensor(source.tensor);
    const std::optional<DType> dtype = plain_dtype(tensor.storage);
    if (!dtype || tensor.shape.empty()) return std::nullopt;
    const bool transposed = source.transposed || tensor.row_order == weights::RowOrder::kTransposed;
    if (transposed && tensor.shape.size() != 2) return std::nullopt;
    if (source.transposed && regroups_rows(tensor)) return std::nullopt;
    return Weight{
        .desc = {.code_dtype = *dtype}, .shape = logical_shape(tensor, source), .format = this};
  }

  ops::CanonicalTensor read(const weights::CheckpointReader& checkpoint,
                            const ops::WeightSource& source, RowRange rows) const override {
    const weights::TensorInfo& tensor = checkpoint.tensor(source.tensor);
    const Weight weight = *recognise(checkpoint, source);
    check_rows(tensor, rows, weight.shape[0]);
    std::vector<int64_t> sizes = weight.shape;
    sizes[0] = rows.size();
    Tensor values(weight.desc.code_dtype, std::move(sizes));
    const std::span<const std::byte> stored = checkpoint.bytes(source.tensor);
    if (!is_stored_transposed(tensor, source)) {
      copy_rows(tensor, stored, rows, values);
    } else if (values.dtype() == DType::kF32) {
      copy_columns<uint32_t>(stored, weight.shape[0], rows, values);
    } else {
      copy_columns<uint16_t>(stored, weight.shape[0], rows, values);
    }
    return {.format = weight.desc, .values = std::move(values), .scales = {}, .minimums = {}};
  }
};

}  // namespace

const WeightFormat& plain_format() {
  static const Plain format;
  return format;
}

}  // namespace lathe::quant
