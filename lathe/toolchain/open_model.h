// SPDX-License-Identifier: Apache-2.0
// A checkpoint as a network that can be built or interpreted.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "lathe/builder/build.h"
#include "lathe/graph/network.h"
#include "lathe/ops/model_facts.h"
#include "lathe/weights/checkpoint.h"

namespace lathe::toolchain {

struct OpenModel {
  std::shared_ptr<const weights::CheckpointReader> checkpoint;  // null: weights are drawn
  Json config;                                                  // the checkpoint's config.json
  std::unique_ptr<graph::Network> network;                      // as the family wires it
  ops::ModelFacts facts;
  builder::WeightCatalog catalog;
};

// Throws what open_checkpoint and models::build_model throw.
OpenModel open_model(const std::filesystem::path& path);
OpenModel open_model(std::shared_ptr<const weights::CheckpointReader> checkpoint);
// From a config.json (or its folder) alone; weights are drawn at load.
OpenModel open_config(const std::filesystem::path& path);

// "auto" is empty. Throws kInvalidArgument for anything but auto, fp32, bf16, fp16.
std::optional<DType> weight_dtype_from(const std::string& dtype);
// The same for these targets: a GPU has one dtype for everything, the config's where that is bf16
// or fp16, else bf16. Throws kInvalidArgument for fp32 on a GPU too.
std::optional<DType> weight_dtype_for(std::span<const kernels::Target> targets,
                                      const std::string& dtype, const Json& config);
// "cpu": its three ISA classes; "sm_90a". Throws kInvalidArgument with what there is.
std::vector<kernels::Target> targets_from(const std::string& target);

}  // namespace lathe::toolchain
