// SPDX-License-Identifier: Apache-2.0
// Folders as Hugging Face lays them out, written here file by file.
#include "lathe/weights/hf_checkpoint.h"

#include <gtest/gtest.h>

#include "lathe/base/safetensors_writer.h"
#include "lathe/weights/gpt2_layout.h"
#include "tests/support/temp_dir.h"

namespace lathe::weights {
namespace {

using testing::as_bytes;
using testing::error_of;
using testing::TempDir;

// A folder with a config and files of tensors, each [1] of f32 whose bytes are its name's letter.
class Folder {
 public:
  explicit Folder(std::string_view config = R"({"model_type": "llama"})") {
    folder_.write("config.json", config);
  }
  const Folder& shard(const std::string& file, std::string_view names) const {
    std::vector<std::string> bytes;
    std::vector<SafetensorsTensor> tensors;
    for (const char name : names) bytes.emplace_back(4, name);
    for (size_t i = 0; i < names.size(); ++i) {
      tensors.push_back({std::string(1, names[i]), "F32", {1}, as_bytes(bytes[i])});
    }
    write_safetensors(folder_.path() / file, tensors);
    return *this;
  }
  const Folder& write(std::string_view name, std::string_view text) const {
    folder_.write(name, text);
    return *this;
  }
  std::shared_ptr<const CheckpointReader> open() const {
    return open_hf_checkpoint(folder_.path());
  }
  // The message behind the folder's name.
  std::string refusal() const {
    const std::string message = error_of([&] { open(); });
    const std::string prefix = folder_.path().string() + ": ";
    EXPECT_TRUE(message.starts_with(prefix)) << message;
    return message.substr(std::min(prefix.size(), message.size()));
  }

 private:
  TempDir folder_;
};

std::string names_of(const CheckpointReader& checkpoint) {
  std::string out;
  for (const TensorInfo& info : checkpoint.tensors()) out += info.name;
  return out;
}

char first_byte(const CheckpointReader& checkpoint, std::string_view name) {
  return static_cast<char>(checkpoint.bytes(name)[0]);
}

TEST(HfFolder, TensorsAreSortedByNameAcrossShards) {
  const Folder folder;
  folder.shard("one.safetensors", "cax").shard("two.safetensors", "b");
  folder.write("model.safetensors.index.json", R"({"weight_map": {"a": "one.safetensors",
    "b": "two.safetensors", "c": "one.safetensors"}})");
  const auto checkpoint = folder.open();
  EXPECT_EQ(names_of(*checkpoint), "abc") << "x is not in the index";
  for (const char name : {'a', 'b', 'c'}) {
    EXPECT_EQ(first_byte(*checkpoint, std::string(1, name)), name);
  }
  EXPECT_EQ(checkpoint->find("x"), nullptr);
}

TEST(HfFolder, AnIndexGoesBeforeASingleFile) {
  const Folder folder;
  folder.shard("model.safetensors", "a").shard("part.safetensors", "b");
  EXPECT_EQ(names_of(*folder.open()), "a");
  folder.write("model.safetensors.index.json", R"({"weight_map": {"b": "part.safetensors"}})");
  EXPECT_EQ(names_of(*folder.open()), "b");
}

TEST(HfFolder, ConfigurationsAreReadWhereTheyAre) {
  const Folder folder;
  folder.shard("model.safetensors", "a");
  EXPECT_EQ(folder.open()->config().dump(), R"({"model_type":"llama"})");
  EXPECT_EQ(folder.open()->generation_config().dump(), "{}");
  folder.write("generation_config.json", R"({"top_k": 5})");
  EXPECT_EQ(folder.open()->generation_config().dump(), R"({"top_k":5})");
  folder.write("generation_config.json", "[]");
  EXPECT_EQ(folder.refusal(), "generation_config.json: expected an object, got an array");
}

TEST(HfFolder, TokenizerFilesAreGivenByName) {
  const Folder folder;
  folder.shard("model.safetensors", "a").write("tokenizer.json", "T").write("merges.txt", "M");
  folder.write("README.md", "R").write("chat_template.jinja", "J");
  const TokenizerFiles files = folder.open()->tokenizer_files();
  EXPECT_EQ(files.files.size(), 3u);
  EXPECT_EQ(files.files.find("tokenizer.json")->second, "T");
  EXPECT_EQ(files.files.find("merges.txt")->second, "M");
  EXPECT_EQ(files.files.find("chat_template.jinja")->second, "J");
}

TEST(HfFolder, DroppedBytesMayBeReadAgain) {
  const Folder folder;
  folder.shard("model.safetensors", "ab");
  const auto checkpoint = folder.open();
  EXPECT_EQ(first_byte(*checkpoint, "b"), 'b');
  checkpoint->drop("b");
  EXPECT_EQ(first_byte(*checkpoint, "b"), 'b');
}

TEST(HfFolder, UnknownTensorsAreRefusedWithTheNearestName) {
  const Folder folder;
  folder.shard("model.safetensors", "a");
  const auto checkpoint = folder.open();
  EXPECT_EQ(error_of([&] { (void)checkpoint->bytes("qqqqqqqq"); }),
            cat(checkpoint->source(), ": no tensor 'qqqqqqqq'"));
}

TEST(HfFolder, BrokenFilesAreNamed) {
  const Folder folder;
  folder.write("model.safetensors", "x");
  EXPECT_TRUE(folder.refusal().starts_with("model.safetensors: ")) << folder.refusal();
  folder.shard("model.safetensors", "a").write("config.json", "{\"a\": }");
  EXPECT_TRUE(folder.refusal().starts_with("config.json: byte ")) << folder.refusal();
  folder.write("config.json", "{}").write("model.safetensors.index.json", R"({"weight_map": 3})");
  EXPECT_EQ(folder.refusal(),
            "model.safetensors.index.json: weight_map: expected an object, got an integer");
}

TEST(HfStorage, DtypesOfSafetensors) {
  EXPECT_EQ(storage_of_safetensors("F32"), "f32");
  EXPECT_EQ(storage_of_safetensors("BF16"), "bf16");
  EXPECT_EQ(storage_of_safetensors("I64"), "i64");
  EXPECT_EQ(storage_of_safetensors("F8_E4M3"), "f8e4m3");
  EXPECT_EQ(storage_of_safetensors("BOOL"), "bool");
}

TEST(Gpt2Layout, Conv1dWeightsAreTransposed) {
  std::vector<TensorInfo> tensors;
  for (const char* name : {"h.0.attn.c_attn.weight", "h.0.mlp.c_proj.weight", "h.0.mlp.c_fc.weight",
                           "h.0.crossattention.q_attn.weight"}) {
    tensors.push_back({.name = name, .storage = "f32", .shape = {3, 5}});
  }
  tensors.push_back({.name = "h.0.attn.c_attn.bias", .storage = "f32", .shape = {5}});
  tensors.push_back({.name = "wte.weight", .storage = "f32", .shape = {3, 5}});
  mark_conv1d(tensors);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(tensors[i].shape, (std::vector<int64_t>{5, 3})) << tensors[i].name;
    EXPECT_EQ(tensors[i].row_order, RowOrder::kTransposed) << tensors[i].name;
  }
  EXPECT_EQ(tensors[4].row_order, RowOrder::kPlain);
  EXPECT_EQ(tensors[5].shape, (std::vector<int64_t>{3, 5}));
}

TEST(Gpt2Layout, OnlyTheTypeSaysSo) {
  const auto is = [](std::string_view config) { return is_gpt2(Json::parse(config, "config")); };
  EXPECT_TRUE(is(R"({"model_type": "gpt2"})"));
  EXPECT_FALSE(is(R"({"model_type": "llama"})"));
  EXPECT_FALSE(is(R"({"model_type": 2})"));
  EXPECT_FALSE(is("{}"));
}

}  // namespace
}  // namespace lathe::weights
