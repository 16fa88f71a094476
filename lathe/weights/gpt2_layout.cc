// SPDX-License-Identifier: Apache-2.0
#include "lathe/weights/gpt2_layout.h"

#include <algorithm>
#include <utility>

namespace lathe::weights {

bool is_gpt2(const Json& config) {
  const Json* type = config.find("model_type");
  return type != nullptr && type->is_string() && type->as_string() == "gpt2";
}

void mark_conv1d(std::vector<TensorInfo>& tensors) {
  static constexpr std::string_view kConv1d[] = {".c_attn.weight", ".c_proj.weight", ".c_fc.weight",
                                                 ".q_attn.weight"};
  for (TensorInfo& tensor : tensors) {
    const auto ends = [&](std::string_view end) { return tensor.name.ends_with(end); };
    if (tensor.shape.size() != 2 || !std::ranges::any_of(kConv1d, ends)) continue;
    std::swap(tensor.shape[0], tensor.shape[1]);
    tensor.row_order = RowOrder::kTransposed;
  }
}

}  // namespace lathe::weights
