// SPDX-License-Identifier: Apache-2.0
// A GGUF file's tensors under Hugging Face's names.
#include "lathe/weights/gguf_checkpoint.h"

#include <gtest/gtest.h>

#include "tests/support/gguf_model.h"

namespace lathe::weights {
namespace {

using testing::error_of;
using testing::GgufBuilder;
using testing::GgufModel;
using testing::OpenGguf;

std::string refusal(const GgufBuilder& builder) {
  return error_of([&] { translate_gguf(*OpenGguf(builder)); });
}

TEST(GgufTranslation, TensorsAreSortedAndKnowTheirPlace) {
  GgufBuilder builder = GgufModel().builder();
  builder.tensor("output_norm.weight", {8}, 0, std::string(32, 'n'));
  builder.tensor("blk.1.attn_v.weight", {4, 8}, 1, std::string(64, 'v'));
  builder.tensor("unknown.thing", {2}, 0, std::string(8, 'u'));
  const OpenGguf file(builder);
  const GgufTranslation out = translate_gguf(*file);
  ASSERT_EQ(out.tensors.size(), 4u);
  const std::pair<std::string_view, std::string_view> expected[] = {
      {"model.embed_tokens.weight", "token_embd.weight"},
      {"model.layers.1.self_attn.v_proj.weight", "blk.1.attn_v.weight"},
      {"model.norm.weight", "output_norm.weight"},
      {"unknown.thing", "unknown.thing"}};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(out.tensors[i].name, expected[i].first);
    EXPECT_EQ((*file).tensors[out.places[i]].name, expected[i].second);
  }
  EXPECT_EQ(out.tensors[1].storage, "f16");
  EXPECT_EQ(out.tensors[1].shape, (std::vector<int64_t>{4, 8}));
  EXPECT_EQ(out.tensors[1].num_bytes, 64);
}

TEST(GgufTranslation, RowsOfLlamasQueriesAndKeysWereRegrouped) {
  GgufBuilder builder = GgufModel().builder();
  builder.tensor("blk.0.attn_q.weight", {8, 8}, 0, std::string(256, 'q'));
  builder.tensor("blk.0.attn_q.bias", {8}, 0, std::string(32, 'b'));
  builder.tensor("blk.0.attn_k.weight", {4, 8}, 0, std::string(128, 'k'));
  builder.tensor("blk.0.attn_v.weight", {4, 8}, 0, std::string(128, 'v'));
  const GgufTranslation out = translate_gguf(*OpenGguf(builder));
  for (const TensorInfo& info : out.tensors) {
    const bool q = info.name.find(".q_proj.") != std::string::npos;
    const bool k = info.name.find(".k_proj.") != std::string::npos;
    EXPECT_EQ(info.row_order, q || k ? RowOrder::kGgufRopeInterleaved : RowOrder::kPlain)
        << info.name;
    EXPECT_EQ(info.rope_heads, q ? 2 : k ? 1 : 0) << info.name;
  }
  GgufBuilder qwen = GgufModel{.architecture = "qwen2"}.builder();
  qwen.tensor("blk.0.attn_q.weight", {8, 8}, 0, std::string(256, 'q'));
  for (const TensorInfo& info : translate_gguf(*OpenGguf(qwen)).tensors) {
    EXPECT_EQ(info.row_order, RowOrder::kPlain) << info.name;
  }
}

TEST(GgufTranslation, FrequencyFactorsAreNoTensor) {
  GgufBuilder builder = GgufModel().builder();
  builder.tensor("rope_freqs.weight", {2}, 0,
                 testing::little_endian(1.0f) + testing::little_endian(8.0f));
  const GgufTranslation out = translate_gguf(*OpenGguf(builder));
  ASSERT_EQ(out.tensors.size(), 1u);
  EXPECT_EQ(out.config.at("rope_scaling").at("factors").dump(), "[1.0,8.0]");
}

TEST(GgufTranslation, RefusesWhatItCannotRead) {
  GgufBuilder odd = GgufModel().builder();
  odd.tensor("blk.0.attn_q.weight", {6, 8}, 0, std::string(192, 'q'));
  EXPECT_EQ(refusal(odd),
            "tensor 'blk.0.attn_q.weight': 6 rows do not divide into pairs of 2 heads");
  EXPECT_EQ(refusal(GgufModel().builder().number("split.count", uint16_t{3})),
            "part of a model split into 3 GGUF files; merge them first (llama-gguf-split --merge)");
  EXPECT_EQ(refusal(GgufModel().builder().number("split.count", uint16_t{1})), "no error");
  EXPECT_EQ(refusal(GgufModel().builder().text("split.count", "3")),
            "split.count: expected an integer, got string");
  GgufBuilder twice = GgufModel().builder();
  twice.tensor("model.embed_tokens.weight", {2}, 0, std::string(8, 'x'));
  EXPECT_EQ(refusal(twice), "two tensors are 'model.embed_tokens.weight'");
}

TEST(GgufTranslation, TypesThatAreNotReadComeInOneMessage) {
  GgufBuilder builder = GgufModel().builder();
  builder.tensor("a", {1, 32}, 6, std::string(22, 'a'));  // q5_0
  builder.tensor("b", {1, 32}, 6, std::string(22, 'b'));
  builder.tensor("c", {1, 32}, 7, std::string(24, 'c'));  // q5_1
  EXPECT_EQ(refusal(builder),
            "tensors of ggml types that are not read (f32, f16, bf16, q8_0, q4_0, q4_1 are): q5_0: "
            "'a' and 1 more; q5_1: 'c'");
}

TEST(GgufFile, IsOpenedByItsPath) {
  const testing::TempDir folder;
  GgufBuilder builder = GgufModel().builder();
  builder.text("tokenizer.ggml.model", "gpt2");
  const auto path = folder.write("m.gguf", builder.bytes());
  const auto checkpoint = open_gguf_checkpoint(path);
  EXPECT_EQ(checkpoint->source(), path.string());
  EXPECT_EQ(checkpoint->tokenizer_files().gguf.dump(), R"({"model":"gpt2"})");
  EXPECT_TRUE(checkpoint->tokenizer_files().files.empty());
  EXPECT_EQ(static_cast<char>(checkpoint->bytes("model.embed_tokens.weight")[0]), 'e');
  checkpoint->drop("model.embed_tokens.weight");
  EXPECT_EQ(static_cast<char>(checkpoint->bytes("model.embed_tokens.weight")[7]), 'e');
  const auto bad = folder.write("bad.gguf", builder.number("tokenizer.ggml.pre", 1.0f).bytes());
  EXPECT_EQ(error_of([&] { (void)open_gguf_checkpoint(bad)->tokenizer_files(); }),
            cat(bad.string(), ": tokenizer.ggml.pre: expected a string, got float32"));
}

}  // namespace
}  // namespace lathe::weights
