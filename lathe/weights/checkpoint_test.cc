// SPDX-License-Identifier: Apache-2.0
// Checkpoints in both containers, seen the same way.
#include "lathe/weights/checkpoint.h"

#include <gtest/gtest.h>

#include "lathe/weights/gguf_checkpoint.h"
#include "lathe/weights/gguf_tokenizer.h"
#include "tests/support/corpus.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/hf_index_case.h"

namespace lathe::weights {
namespace {

using testing::error_of;
using testing::GgufBuilder;
using testing::TempDir;

const std::filesystem::path kCheckpoints =
    std::filesystem::path(LATHE_SOURCE_DIR) / "tests/data/checkpoints";

GgufBuilder tiny_llama() {
  GgufBuilder gguf;
  gguf.text("general.architecture", "llama")
      .number("llama.embedding_length", uint32_t{8})
      .number("llama.feed_forward_length", uint32_t{16})
      .number("llama.block_count", uint32_t{1})
      .number("llama.context_length", uint32_t{64})
      .number("llama.attention.head_count", uint32_t{2})
      .number("llama.attention.head_count_kv", uint32_t{1})
      .number("llama.attention.layer_norm_rms_epsilon", 1e-6f)
      .number("llama.rope.freq_base", 100000.0f)
      .number("tokenizer.ggml.eos_token_id", uint32_t{2})
      .tensor("token_embd.weight", {5, 8}, 0, std::string(160, 'e'))
      .tensor("blk.0.attn_q.weight", {8, 8}, 0, std::string(256, 'q'))
      .tensor("output_norm.weight", {8}, 0, std::string(32, 'n'));
  return gguf;
}

TEST(GgufCheckpoint, CorpusReadsOrIsRefused) {
  testing::expect_corpus("gguf_checkpoint_fuzz", [](auto bytes, const std::string& name) {
    const Gguf gguf = read_gguf(bytes, name);
    with_context(name, [&] {
      (void)gguf_tokenizer(gguf);
      (void)translate_gguf(gguf);
    });
  });
}

TEST(GgufCheckpoint, SpeaksHuggingFacesWords) {
  const TempDir folder;
  const auto checkpoint = open_checkpoint(folder.write("m.gguf", tiny_llama().bytes()));
  EXPECT_EQ(checkpoint->config().at("model_type").as_string(), "llama");
  EXPECT_EQ(checkpoint->config().at("num_key_value_heads").as_integer(), 1);
  EXPECT_EQ(checkpoint->config().at("rms_norm_eps").as_number(), 1e-6);
  EXPECT_EQ(checkpoint->config().at("rope_theta").as_number(), 100000.0);
  EXPECT_TRUE(checkpoint->config().at("tie_word_embeddings").as_bool());
  EXPECT_EQ(checkpoint->generation_config().at("eos_token_id").as_integer(), 2);
  const TensorInfo& q = checkpoint->tensor("model.layers.0.self_attn.q_proj.weight");
  EXPECT_EQ(q.row_order, RowOrder::kGgufRopeInterleaved);
  EXPECT_EQ(q.rope_heads, 2);
  EXPECT_EQ(static_cast<char>(checkpoint->bytes("model.norm.weight")[0]), 'n');
}

TEST(GgufCheckpoint, NamesTheNearestTensor) {
  const TempDir folder;
  const auto checkpoint = open_checkpoint(folder.write("m.gguf", tiny_llama().bytes()));
  const std::string message = error_of([&] { (void)checkpoint->bytes("model.norm.weigth"); });
  EXPECT_NE(message.find("the nearest name is 'model.norm.weight'"), std::string::npos) << message;
}

TEST(HfIndex, CorpusReadsOrIsRefused) {
  testing::expect_corpus("hf_index_fuzz", [](auto bytes, const std::string& name) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    with_context(name, [&] { testing::place_case(text, name); });
  });
}

TEST(HfCheckpoint, ReadsShardsLikeASingleFile) {
  const auto sharded = open_checkpoint(kCheckpoints / "llama_sharded");
  EXPECT_EQ(sharded->tensor("model.embed_tokens.weight").storage, "bf16");
  EXPECT_EQ(sharded->tensor("lm_head.weight").shape, (std::vector<int64_t>{199, 64}));
  EXPECT_EQ(sharded->bytes("model.norm.weight").size(), 128U);
}

TEST(HfCheckpoint, MarksTransposedWeightsOfGpt2) {
  const auto gpt2 = open_checkpoint(kCheckpoints / "gpt2");
  const TensorInfo& qkv = gpt2->tensor("transformer.h.0.attn.c_attn.weight");
  EXPECT_EQ(qkv.shape, (std::vector<int64_t>{192, 64}));
  EXPECT_EQ(qkv.row_order, RowOrder::kTransposed);
}

TEST(HfCheckpoint, FingerprintIsOfNamesTypesAndShapes) {
  const auto one = open_checkpoint(kCheckpoints / "llama_linear");
  EXPECT_EQ(one->fingerprint(), open_checkpoint(kCheckpoints / "llama_yarn")->fingerprint());
  EXPECT_NE(one->fingerprint(), open_checkpoint(kCheckpoints / "llama_sharded")->fingerprint());
}

TEST(HfCheckpoint, GivesTheTokenizersFiles) {
  const TokenizerFiles files = open_checkpoint(kCheckpoints / "gpt2")->tokenizer_files();
  EXPECT_TRUE(files.files.contains("tokenizer.json"));
  EXPECT_TRUE(files.gguf.is_null());
}

struct Refusal {
  std::string file;  // written into an else empty folder
  std::string bytes;
  std::string message;
};

TEST(HfCheckpoint, RefusesFoldersThatAreNone) {
  const Refusal cases[] = {
      {"readme.txt", "hello", "the folder has no config.json"},
      {"config.json", "[1]", "config.json: expected an object, got an array"},
      {"config.json", "{", "config.json"},
      {"config.json", "{}", "no weights: neither model.safetensors nor"},
  };
  for (const Refusal& test : cases) {
    const TempDir folder;
    folder.write(test.file, test.bytes);
    const std::string message = error_of([&] { open_checkpoint(folder.path()); });
    EXPECT_NE(message.find(test.message), std::string::npos) << message;
    EXPECT_NE(message.find(folder.path().string()), std::string::npos) << message;
  }
}

TEST(HfCheckpoint, NamesWhatLiesThereInsteadOfWeights) {
  const Refusal cases[] = {
      {"pytorch_model.bin", "x", "pickled weights can run code"},
      {"model.gguf", "x", "name the GGUF file itself"},
      {"model.safetensors.index.json", R"({"weight_map":{"a":"x.safetensors"}})",
       "x.safetensors is missing; model.safetensors.index.json names it"},
  };
  for (const Refusal& test : cases) {
    const TempDir folder;
    folder.write("config.json", "{}");
    folder.write(test.file, test.bytes);
    const std::string message = error_of([&] { open_checkpoint(folder.path()); });
    EXPECT_NE(message.find(test.message), std::string::npos) << message;
  }
}

TEST(OpenCheckpoint, TakesAFileInsideAFolderAndRefusesOthers) {
  EXPECT_EQ(open_checkpoint(kCheckpoints / "gpt2/config.json")->source(),
            (kCheckpoints / "gpt2").string());
  const TempDir folder;
  EXPECT_NE(error_of([&] { open_checkpoint(folder.path() / "none"); }).find("No such file"),
            std::string::npos);
  EXPECT_NE(error_of([&] {
              open_checkpoint(folder.write("notes", "hello"));
            }).find("not a checkpoint: expected a Hugging Face folder"),
            std::string::npos);
}

}  // namespace
}  // namespace lathe::weights
