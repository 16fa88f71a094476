// SPDX-License-Identifier: Apache-2.0
// A fuzzed config.json. Two members that no family reads make it a checkpoint: "generation_config",
// which is {} where it is absent, and "tensors", the names of those it holds.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/models/family.h"
#include "tests/support/named_checkpoint.h"

namespace lathe::testing {

inline models::Model build_case(std::string_view text, std::string_view name) {
  const Json config = Json::parse(text, name);
  const Json* generation = config.find("generation_config");
  std::vector<std::string> names;
  if (const Json* tensors = config.find("tensors")) {
    for (const Json& tensor : tensors->as_array()) names.push_back(tensor.as_string());
  }
  std::ranges::sort(names);
  return models::build_model(
      NamedCheckpoint(config, generation == nullptr ? Json::object() : *generation, names));
}

}  // namespace lathe::testing
