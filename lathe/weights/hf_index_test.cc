// SPDX-License-Identifier: Apache-2.0
// Which file of a folder holds which tensor.
#include "lathe/weights/hf_index.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace lathe::weights {
namespace {

using testing::error_of;

HfShard shard(std::string file, const std::vector<std::string>& names) {
  HfShard out{.file = std::move(file), .contents = {}};
  for (const std::string& name : names) {
    out.contents.tensors.push_back({.name = name, .dtype = "F32", .shape = {1}, .bytes = {}});
  }
  return out;
}

HfIndex index(std::string_view map) {
  return parse_hf_index(cat(R"({"metadata": {"total_size": 8}, "weight_map": )", map, "}"),
                        "index.json");
}

TEST(HfIndex, ReadsTheMapAndNamesEachFileOnce) {
  const HfIndex read = index(R"({"b": "two.safetensors", "a": "one.safetensors",
                                 "c": "one.safetensors"})");
  EXPECT_EQ(read.weight_map.size(), 3u);
  EXPECT_EQ(read.weight_map.find("b")->second, "two.safetensors");
  EXPECT_EQ(read.files(),
            (std::set<std::string, std::less<>>{"one.safetensors", "two.safetensors"}));
}

TEST(HfIndex, RefusesNamesThatLeadElsewhere) {
  for (const char* file : {"", "../x.safetensors", "/etc/x.safetensors", "a/b.safetensors",
                           ".hidden.safetensors", "model.bin", "x.safetensors.bak"}) {
    EXPECT_EQ(error_of([&] { index(cat(R"({"w": ")", file, R"("})")); }),
              cat("index.json: weight_map: 'w': expected the name of a .safetensors file in the "
                  "same folder, got ",
                  quote(file)));
  }
}

TEST(HfIndex, RefusesWhatIsNoMap) {
  EXPECT_EQ(error_of([] { index("{}"); }), "index.json: weight_map: names no tensors");
  EXPECT_EQ(error_of([] { index("[]"); }),
            "index.json: weight_map: expected an object, got an array");
  EXPECT_EQ(error_of([] { index(R"({"a": 1})"); }),
            "index.json: weight_map: 'a': expected a string, got an integer");
  EXPECT_EQ(error_of([] { parse_hf_index("{}", "index.json"); }),
            "index.json: field 'weight_map' is missing");
  EXPECT_TRUE(error_of([] { parse_hf_index("{", "index.json"); }).starts_with("index.json: "));
}

TEST(PlaceTensors, WithoutAnIndexEveryTensorCounts) {
  const std::vector<HfShard> shards = {shard("a", {"x", "y"}), shard("b", {"z"})};
  const HfPlaces places = place_tensors(shards, nullptr);
  ASSERT_EQ(places.tensors.size(), 3u);
  EXPECT_EQ(places.tensors.find("z")->second.shard, 1u);
  EXPECT_EQ(places.tensors.find("y")->second.tensor, &shards[0].contents.tensors[1]);
  EXPECT_EQ(places.left_out, 0u);
  const std::vector<HfShard> twice = {shard("a", {"x"}), shard("b", {"x"})};
  EXPECT_EQ(error_of([&] { place_tensors(twice, nullptr); }), "tensor 'x' is in a and in b");
}

TEST(PlaceTensors, AnIndexSaysWhichOnesAndWhere) {
  const HfIndex map = index(R"({"x": "a.safetensors", "z": "b.safetensors"})");
  const std::vector<HfShard> shards = {shard("a.safetensors", {"x", "y"}),
                                       shard("b.safetensors", {"z", "x"})};
  const HfPlaces places = place_tensors(shards, &map);
  ASSERT_EQ(places.tensors.size(), 2u);
  EXPECT_EQ(places.tensors.find("x")->second.shard, 0u) << "where the index says";
  EXPECT_EQ(places.left_out, 2u) << "y, and the x that lies elsewhere";
}

TEST(PlaceTensors, WhatIsNotWhereTheIndexSaysIsNamed) {
  const HfIndex map = index(R"({"x": "a.safetensors", "z": "b.safetensors"})");
  const std::vector<HfShard> moved = {shard("a.safetensors", {"x", "z"}),
                                      shard("b.safetensors", {})};
  EXPECT_EQ(error_of([&] { place_tensors(moved, &map); }),
            "the index places tensor 'z' in b.safetensors, but it is in a.safetensors");
  const std::vector<HfShard> absent = {shard("a.safetensors", {"x"}),
                                       shard("b.safetensors", {"y"})};
  EXPECT_EQ(error_of([&] { place_tensors(absent, &map); }),
            "the index places tensor 'z' in b.safetensors, but no file has it");
}

}  // namespace
}  // namespace lathe::weights
