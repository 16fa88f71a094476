// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/weight_catalog.h"

#include "lathe/graph/network.h"
#include "lathe/quant/weight_format.h"

namespace lathe::builder {

namespace {

ops::WeightFormatDesc plain(DType dtype) { return {.name = "plain", .code_dtype = dtype}; }

// A catalog of plain tensors, none of them transposed.
WeightCatalog plain_catalog(std::string origin,
                            std::map<std::string, StoredWeight, std::less<>> weights) {
  WeightCatalog catalog{.origin = std::move(origin), .find = {}, .names = {}, .unused_names = {}};
  for (const auto& [name, weight] : weights) catalog.names.push_back(name);
  catalog.find = [weights = std::move(weights)](
                     const ops::WeightSource& source) -> std::optional<StoredWeight> {
    const auto found = weights.find(source.tensor);
    if (found == weights.end()) return std::nullopt;
    return found->second;
  };
  return catalog;
}

}  // namespace

WeightCatalog checkpoint_catalog(std::shared_ptr<const weights::CheckpointReader> checkpoint,
                                 std::vector<std::string> unused_names) {
  WeightCatalog catalog{.origin = checkpoint->source(),
                        .find = {},
                        .names = {},
                        .unused_names = std::move(unused_names)};
  for (const weights::TensorInfo& tensor : checkpoint->tensors()) {
    catalog.names.push_back(tensor.name);
  }
  catalog.find = [checkpoint = std::move(checkpoint)](
                     const ops::WeightSource& source) -> std::optional<StoredWeight> {
    if (checkpoint->find(source.tensor) == nullptr) return std::nullopt;
    quant::Weight found = quant::find_weight(*checkpoint, source);
    return StoredWeight{std::move(found.desc), std::move(found.shape)};
  };
  return catalog;
}

WeightCatalog memory_catalog(const std::map<std::string, Tensor, std::less<>>& tensors) {
  std::map<std::string, StoredWeight, std::less<>> weights;
  for (const auto& [name, tensor] : tensors) {
    weights[name] = {plain(tensor.dtype()), tensor.sizes()};
  }
  return plain_catalog("memory", std::move(weights));
}

WeightCatalog declared_catalog(const graph::Network& network, DType dtype) {
  std::map<std::string, StoredWeight, std::less<>> weights;
  for (const graph::Value parameter : network.parameters()) {
    weights[parameter.name()] = {plain(dtype), parameter.shape().evaluate({})};
  }
  WeightCatalog catalog = plain_catalog("dummy weights", std::move(weights));
  catalog.by_parameter = true;
  return catalog;
}

}  // namespace lathe::builder
