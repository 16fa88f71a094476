// SPDX-License-Identifier: Apache-2.0
#include "lathe/quant/weight_format.h"

#include "lathe/quant/formats.h"

namespace lathe::quant {

std::span<const WeightFormat* const> weight_formats() {
  static const WeightFormat* const all[] = {&plain_format(), &q8_0_format(), &q4_0_format(),
                                            &q4_1_format()};
  return all;
}

Weight find_weight(const weights::CheckpointReader& checkpoint, const ops::WeightSource& source) {
  const weights::TensorInfo& tensor = checkpoint.tensor(source.tensor);
  for (const WeightFormat* format : weight_formats()) {
    if (std::optional<Weight> found = format->recognise(checkpoint, source)) return *found;
  }
  fail(ErrorCode::kUnsupported, checkpoint.source(), ": tensor ", quote(source.tensor, 200),
       " is stored as ", quote(tensor.storage), " with ", tensor.shape.size(), " dims, row order ",
       to_string(tensor.row_order), ", and wanted ", source.transposed ? "transposed" : "as it is",
       "; no weight format reads that");
}

}  // namespace lathe::quant
