// SPDX-License-Identifier: Apache-2.0
// The corpus of hf_index_fuzz: JSON {"index": the index or null, "shards": {file: [names]}}.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "lathe/base/json.h"
#include "lathe/weights/hf_index.h"

namespace lathe::testing {

// Parses the index and places the tensors of the shards. Throws what the reader throws.
inline weights::HfPlaces place_case(std::string_view text, std::string_view source) {
  const Json json = Json::parse(text, source);
  std::vector<weights::HfShard> shards;
  for (const auto& [file, names] : json.at("shards").as_object()) {
    weights::HfShard& shard = shards.emplace_back();
    shard.file = file;
    for (const Json& name : names.as_array()) {
      shard.contents.tensors.push_back(
          {.name = name.as_string(), .dtype = "F32", .shape = {}, .bytes = {}});
    }
  }
  const Json& index = json.at("index");
  if (index.is_null()) return weights::place_tensors(shards, nullptr);
  const weights::HfIndex parsed = weights::parse_hf_index(index.dump(), source);
  (void)parsed.files();
  return weights::place_tensors(shards, &parsed);
}

}  // namespace lathe::testing
