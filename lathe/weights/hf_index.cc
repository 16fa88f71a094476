// SPDX-License-Identifier: Apache-2.0
#include "lathe/weights/hf_index.h"

#include <algorithm>

#include "lathe/base/error.h"

namespace lathe::weights {
namespace {

void check_file_name(std::string_view file) {
  if (file.empty() || file.front() == '.' || file.find('/') != std::string_view::npos ||
      file.find('\0') != std::string_view::npos || !file.ends_with(".safetensors")) {
    fail(ErrorCode::kCorrupt, "expected the name of a .safetensors file in the same folder, got ",
         quote(file));
  }
}

[[noreturn]] void not_where_indexed(std::span<const HfShard> shards, std::string_view name,
                                    std::string_view expected) {
  for (const HfShard& shard : shards) {
    const auto has = [&](const SafetensorsTensor& tensor) { return tensor.name == name; };
    if (std::ranges::any_of(shard.contents.tensors, has)) {
      fail(ErrorCode::kCorrupt, "the index places tensor ", quote(name, 200), " in ", expected,
           ", but it is in ", shard.file);
    }
  }
  fail(ErrorCode::kCorrupt, "the index places tensor ", quote(name, 200), " in ", expected,
       ", but no file has it");
}

HfPlaces place_by_index(std::span<const HfShard> shards, const HfIndex& index) {
  HfPlaces out;
  for (size_t s = 0; s < shards.size(); ++s) {
    for (const SafetensorsTensor& tensor : shards[s].contents.tensors) {
      const auto entry = index.weight_map.find(tensor.name);
      if (entry != index.weight_map.end() && entry->second == shards[s].file) {
        out.tensors.emplace(tensor.name, PlacedTensor{.tensor = &tensor, .shard = s});
      } else {
        ++out.left_out;
      }
    }
  }
  for (const auto& [name, file] : index.weight_map) {
    if (!out.tensors.contains(name)) not_where_indexed(shards, name, file);
  }
  return out;
}

}  // namespace

std::set<std::string, std::less<>> HfIndex::files() const {
  std::set<std::string, std::less<>> out;
  for (const auto& [name, file] : weight_map) out.insert(file);
  return out;
}

HfIndex parse_hf_index(std::string_view text, std::string_view source) {
  const Json json = Json::parse(text, source);
  return with_context(source, [&] {
    HfIndex out;
    const Json& map = json.at("weight_map");
    with_context("weight_map", [&] {
      if (map.as_object().empty()) fail(ErrorCode::kCorrupt, "names no tensors");
      for (const Json::Member& member : map.as_object()) {
        with_context(quote(member.first, 200), [&] {
          check_file_name(member.second.as_string());
          if (!out.weight_map.emplace(member.first, member.second.as_string()).second) {
            fail(ErrorCode::kCorrupt, "is listed twice");
          }
        });
      }
    });
    return out;
  });
}

HfPlaces place_tensors(std::span<const HfShard> shards, const HfIndex* index) {
  if (index != nullptr) return place_by_index(shards, *index);
  HfPlaces out;
  for (size_t s = 0; s < shards.size(); ++s) {
    for (const SafetensorsTensor& tensor : shards[s].contents.tensors) {
      const PlacedTensor placed{.tensor = &tensor, .shard = s};
      const auto [other, is_new] = out.tensors.emplace(tensor.name, placed);
      if (!is_new) {
        fail(ErrorCode::kCorrupt, "tensor ", quote(tensor.name, 200), " is in ",
             shards[other->second.shard].file, " and in ", shards[s].file);
      }
    }
  }
  return out;
}

}  // namespace lathe::weights
