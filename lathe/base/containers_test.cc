// SPDX-License-Identifier: Apache-2.0
// The safetensors and GGUF readers: what they give, and what they refuse.
#include <gtest/gtest.h>

#include <cstring>

#include "lathe/base/gguf.h"
#include "lathe/base/safetensors.h"
#include "tests/support/corpus.h"
#include "tests/support/gguf_builder.h"

namespace lathe {
namespace {

using testing::GgufBuilder;

std::string safetensors_bytes(std::string_view header, std::string_view data) {
  return testing::little_endian(uint64_t{header.size()}) + std::string(header) + std::string(data);
}

TEST(Safetensors, CorpusReadsOrIsRefused) {
  testing::expect_corpus("safetensors_fuzz", [](auto bytes, const std::string& name) {
    read_safetensors(bytes, name);
  });
}

TEST(Safetensors, GivesTensorsInTheOrderOfTheirBytes) {
  const std::string bytes = safetensors_bytes(
      R"({"b":{"dtype":"BF16","shape":[2,1],"data_offsets":[4,8]},)"
      R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"__metadata__":{"format":"pt"}})",
      "ABCDefgh");
  const Safetensors file = read_safetensors(testing::as_bytes(bytes), "t");
  ASSERT_EQ(file.tensors.size(), 2U);
  EXPECT_EQ(file.tensors[0].name, "a");
  EXPECT_TRUE(file.tensors[0].shape.empty());
  EXPECT_EQ(file.tensors[1].dtype, "BF16");
  EXPECT_EQ(file.tensors[1].shape, (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(std::memcmp(file.tensors[1].bytes.data(), "efgh", 4), 0);
  EXPECT_EQ(file.metadata.at("format"), "pt");
}

TEST(Safetensors, RefusesAHeaderThatIsNoListOfTensors) {
  const std::string header = "{" + std::string(4'000'001, ',') + "}";
  const std::string bytes = safetensors_bytes(header, "");
  EXPECT_NE(testing::error_of([&] {
              read_safetensors(testing::as_bytes(bytes), "t");
            }).find("JSON separators"),
            std::string::npos);
}

TEST(Safetensors, KnowsTheSizeOfItsDtypes) {
  EXPECT_EQ(safetensors_bits("F8_E4M3"), 8);
  EXPECT_EQ(safetensors_bits("F4"), 4);
  EXPECT_EQ(safetensors_bits("f32"), 0);
}

TEST(Gguf, CorpusReadsOrIsRefused) {
  testing::expect_corpus("gguf_fuzz",
                         [](auto bytes, const std::string& name) { read_gguf(bytes, name); });
}

TEST(Gguf, GivesTypedValues) {
  const std::string bytes = GgufBuilder()
                                .number("i", int32_t{-7})
                                .number("u", UINT64_MAX)
                                .number("f", 1e-5f)
                                .number("b", true)
                                .text("s", "words")
                                .numbers<uint16_t>("list", {1, 2, 3})
                                .texts("names", {"a", ""})
                                .bytes();
  const Gguf gguf = read_gguf(testing::as_bytes(bytes), "t");
  EXPECT_EQ(gguf.at("i").as_integer(), -7);
  EXPECT_EQ(gguf.at("f").as_number(), 1e-05);
  EXPECT_TRUE(gguf.at("b").as_bool());
  EXPECT_EQ(gguf.at("s").as_string(), "words");
  EXPECT_EQ(gguf.at("list").to_json().dump(), "[1,2,3]");
  EXPECT_EQ(gguf.at("names").to_json().dump(), R"(["a",""])");
  EXPECT_GT(gguf.at("u").as_number(), 1.8e19);
}

TEST(Gguf, RefusesReadsOfAnotherKind) {
  const std::string bytes =
      GgufBuilder().number("i", int32_t{1}).texts("names", {"a"}).number("f", 0.5f).bytes();
  const Gguf gguf = read_gguf(testing::as_bytes(bytes), "t");
  const auto error = [](auto read) { return testing::error_of(read); };
  EXPECT_EQ(error([&] { (void)gguf.at("i").as_bool(); }), "expected a bool, got int32");
  EXPECT_EQ(error([&] { (void)gguf.at("i").as_string(); }), "expected a string, got int32");
  EXPECT_EQ(error([&] { (void)gguf.at("f").as_integer(); }), "expected an integer, got float32");
  EXPECT_EQ(error([&] { (void)gguf.at("names").as_number(); }),
            "expected a number, got an array of 1 string");
  EXPECT_EQ(error([&] { (void)gguf.at("none"); }), "metadata 'none' is missing");
}

TEST(Gguf, GivesShapesRowMajorAndBytesOfBlocks) {
  const std::string bytes =
      GgufBuilder().tensor("w", {3, 64}, 8, std::string(3 * 2 * 34, 'q')).bytes();
  const Gguf gguf = read_gguf(testing::as_bytes(bytes), "t");
  ASSERT_EQ(gguf.tensors.size(), 1U);
  EXPECT_EQ(gguf.tensors[0].type->name, "q8_0");
  EXPECT_EQ(gguf.tensors[0].shape, (std::vector<int64_t>{3, 64}));
  EXPECT_EQ(gguf.tensors[0].bytes.size(), 204U);
}

TEST(GgmlType, IsFoundByIdAndName) {
  EXPECT_EQ(find_ggml_type(30)->name, "bf16");
  EXPECT_EQ(find_ggml_type("q4_1")->block_bytes, 20);
  EXPECT_EQ(find_ggml_type(1000), nullptr);
  EXPECT_EQ(find_ggml_type("F32"), nullptr);
}

}  // namespace
}  // namespace lathe
