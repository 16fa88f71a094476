// SPDX-License-Identifier: Apache-2.0
// What weights there are to bind parameters to: names, formats and shapes, no values.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lathe/core/tensor.h"
#include "lathe/ops/weight_format.h"
#include "lathe/ops/weight_source.h"
#include "lathe/weights/checkpoint.h"

namespace lathe::graph {
class Network;
}

namespace lathe::builder {

struct StoredWeight {
  ops::WeightFormatDesc format;
  std::vector<int64_t> shape;  // as the source asks for it: [rows, cols], or [n]
};

struct WeightCatalog {
  std::string origin;  // for messages
  // Empty where there is no such tensor. Throws kUnsupported where no format knows it.
  std::function<std::optional<StoredWeight>(const ops::WeightSource& source)> find;
  std::vector<std::string> names;         // all there are
  std::vector<std::string> unused_names;  // endings of those that nobody has to use
  bool by_parameter = false;  // holds a weight for every parameter, whatever its sources say
};

// `unused_names`: endings of tensors that the model family has no use for.
WeightCatalog checkpoint_catalog(std::shared_ptr<const weights::CheckpointReader> checkpoint,
                                 std::vector<std::string> unused_names = {});
// Tensors in memory, by name.
WeightCatalog memory_catalog(const std::map<std::string, Tensor, std::less<>>& tensors);
// Whatever the network declares, plain and of `dtype`: for weights that are drawn at load.
WeightCatalog declared_catalog(const graph::Network& network, DType dtype);

}  // namespace lathe::builder
