// SPDX-License-Identifier: Apache-2.0
// A checkpoint with configurations and the names of tensors, and no bytes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lathe/weights/checkpoint.h"

namespace lathe::testing {

class NamedCheckpoint : public weights::CheckpointReader {
 public:
  NamedCheckpoint(Json config, Json generation, std::vector<std::string> names)
      : config_(std::move(config)), generation_(std::move(generation)) {
    for (std::string& name : names) {
      tensors_.push_back({.name = std::move(name), .storage = "f32", .shape = {7, 7}});
    }
  }
  const std::string& source() const override { return source_; }
  const Json& config() const override { return config_; }
  const Json& generation_config() const override { return generation_; }
  const std::vector<weights::TensorInfo>& tensors() const override { return tensors_; }
  std::span<const std::byte> bytes(std::string_view) const override { return {}; }
  void drop(std::string_view) const override {}
  weights::TokenizerFiles tokenizer_files() const override { return {}; }

 private:
  std::string source_ = "names";
  Json config_, generation_;
  std::vector<weights::TensorInfo> tensors_;
};

}  // namespace lathe::testing
