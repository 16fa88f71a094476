// SPDX-License-Identifier: Apache-2.0
// Which safetensors file of a Hugging Face folder holds which tensor. No files are touched here:
// headers in, places out, so that the checks can be tested and fuzzed on bytes.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/base/json.h"
#include "lathe/base/safetensors.h"

namespace lathe::weights {

// The weight_map of model.safetensors.index.json: tensor name -> file name.
struct HfIndex {
  std::map<std::string, std::string, std::less<>> weight_map;
  std::set<std::string, std::less<>> files() const;
};

// Throws kCorrupt naming the field; a file name that leads out of the folder is refused.
HfIndex parse_hf_index(std::string_view text, std::string_view source);

struct HfShard {
  std::string file;  // name inside the folder
  Safetensors contents;
};

struct PlacedTensor {
  const SafetensorsTensor* tensor = nullptr;
  size_t shard = 0;
};

// Every tensor of the shards by name. With an index, its names exactly: a tensor that is missing,
// or lies in another file than the index says, is kCorrupt; what the index leaves out is left out,
// and `left_out` counts it. Without one, a name in two files is kCorrupt.
struct HfPlaces {
  std::map<std::string, PlacedTensor, std::less<>> tensors;
  size_t left_out = 0;
};
HfPlaces place_tensors(std::span<const HfShard> shards, const HfIndex* index);

}  // namespace lathe::weights
