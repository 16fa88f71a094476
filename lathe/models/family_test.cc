// SPDX-License-Identifier: Apache-2.0
#include "lathe/models/family.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/graph/functions.h"
#include "lathe/nn/embedding.h"
#include "lathe/nn/lm_head.h"
#include "tests/support/named_checkpoint.h"
#include "tests/support/temp_dir.h"

namespace lathe::models {
namespace {

using lathe::testing::error_of;
using lathe::testing::NamedCheckpoint;

// A family of a user's own: the embedding is the whole model.
ModelSize build_bigram(const Json& config, DType dtype, graph::Network& network) {
  const int64_t vocab = config.at("vocab_size").as_integer();
  const nn::Scope root(network, dtype);
  const nn::Embedding table(root / "bigram" / "table", vocab, vocab);
  network.mark_output("logits", nn::LmHead(root / "head", vocab,
                                           vocab)(table(graph::step_input(network, "token_ids"))));
  return {.vocab = vocab, .max_seq_len = 16};
}

const FamilyRegistration kBigram({.name = "bigram",
                                  .model_types = {"bigram"},
                                  .architectures = {"BigramModel"},
                                  .build = build_bigram,
                                  .base_prefix = "bigram."});

Json json(std::string_view text) { return Json::parse(text, "test"); }
const Json kNothing = Json::object();

TEST(Family, RegistryHoldsWhatTheFolderHolds) {
  std::vector<std::string> expected = {"bigram"};
  const std::filesystem::path folder = std::filesystem::path(LATHE_SOURCE_DIR) / "lathe" / "models";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::filesystem::path& path = entry.path();
    if (path.extension() != ".cc" || path.filename().string().ends_with("_test.cc")) continue;
    if (read_file(path, 1 << 20).find("\nconst FamilyRegistration k") == std::string::npos)
      continue;
    expected.push_back(path.stem().string());
  }
  std::ranges::sort(expected);
  EXPECT_GE(expected.size(), 5u);
  EXPECT_EQ(family_names(), expected);
}

TEST(Family, OneFromOutsideIsAsGood) {
  const Model model = build_model(json(R"({"model_type": "bigram", "vocab_size": 7})"), kNothing);
  EXPECT_EQ(model.facts.family, "bigram");
  EXPECT_EQ(model.facts.vocab, 7);
  EXPECT_EQ(model.facts.max_seq_len, 16);
  EXPECT_TRUE(model.facts.eos_ids.empty());
  EXPECT_EQ(model.network->outputs().at(0).value.type().to_string(), "f32[logit_rows, 7]");
}

Family another(std::string name, std::string model_type) {
  return {.name = std::move(name),
          .model_types = {std::move(model_type)},
          .architectures = {},
          .build = build_bigram};
}

TEST(Family, NamesAndModelTypesAreUnique) {
  EXPECT_EQ(error_of([] { register_family(another("bigram", "trigram")); }),
            "model family 'bigram' is registered twice");
  EXPECT_EQ(error_of([] { register_family(another("trigram", "bigram")); }),
            "model family 'trigram': model type 'bigram' is taken by family 'bigram'");
}

TEST(FamilyDeathTest, ADuplicateEndsTheProgramAtItsStart) {
  // As from a static object, nobody can catch what leaves a thread.
  const auto start = [] {
    std::thread([] { const FamilyRegistration again(another("bigram", "trigram")); }).join();
  };
  EXPECT_DEATH(start(), "model family 'bigram' is registered twice");
}

TEST(Family, AnUnknownModelTypeNamesTheKnownOnes) {
  const std::string message = error_of([] { family_of(json(R"({"model_type": "made_up"})")); });
  EXPECT_TRUE(message.starts_with("config: model_type: expected one of bigram, glm, glm4, gpt2, "))
      << message;
  EXPECT_TRUE(message.ends_with(", got 'made_up'")) << message;
  EXPECT_EQ(error_of([] { family_of(kNothing); }), "config: field 'model_type' is missing");
  EXPECT_EQ(error_of([] { family_of(json(R"({"model_type": 3})")); }),
            "config: model_type: expected a string, got an integer");
}

TEST(Family, AnotherHeadOfTheSameModelTypeIsRefused) {
  const auto with = [](std::string_view architectures) {
    return error_of([=] {
      family_of(json(cat(R"({"model_type": "bigram", "architectures": )", architectures, "}")));
    });
  };
  EXPECT_EQ(with(R"(["BigramModel"])"), "no error");
  EXPECT_EQ(with("null"), "no error");
  EXPECT_EQ(with("[]"), "no error");
  EXPECT_EQ(with(R"(["BigramForSequenceClassification"])"),
            "config: architectures: expected BigramModel, got "
            "'BigramForSequenceClassification'");
  EXPECT_EQ(with("5"), "config: architectures: expected an array, got an integer");
}

std::vector<int64_t> eos_of(std::string_view config, std::string_view generation) {
  Json merged = json(config);
  merged["model_type"] = "bigram";
  merged["vocab_size"] = 7;
  return build_model(merged, json(generation)).facts.eos_ids;
}

TEST(Family, EndOfSequenceComesFromTheGenerationConfigFirst) {
  using Ids = std::vector<int64_t>;
  EXPECT_EQ(eos_of(R"({"eos_token_id": 2})", "{}"), Ids{2});
  EXPECT_EQ(eos_of(R"({"eos_token_id": 2})", R"({"eos_token_id": [3, 4]})"), (Ids{3, 4}));
  EXPECT_EQ(eos_of(R"({"eos_token_id": 2})", R"({"eos_token_id": null})"), Ids{2});
  EXPECT_EQ(eos_of("{}", "{}"), Ids{});
  EXPECT_EQ(error_of([] { eos_of(R"({"eos_token_id": "x"})", "{}"); }),
            "eos_token_id: expected an integer, got a string");
}

constexpr std::string_view kBigramConfig = R"({"model_type": "bigram", "vocab_size": 7})";

TEST(Family, ACheckpointOfTheBareDecoderIsFound) {
  const auto source_of = [](std::string tensor) {
    const Model model =
        build_model(NamedCheckpoint(json(kBigramConfig), kNothing, {std::move(tensor)}));
    return model.network->parameter_spec(*model.network->find("bigram.table.weight")).sources;
  };
  EXPECT_TRUE(source_of("bigram.table.weight").empty());  // the tensor of the same name
  EXPECT_EQ(source_of("table.weight"),
            (std::vector<ops::WeightSource>{{.tensor = "table.weight"}}));
  EXPECT_TRUE(source_of("else.weight").empty());
}

TEST(Family, ErrorsNameTheCheckpoint) {
  EXPECT_EQ(error_of([] {
              build_model(NamedCheckpoint(json(R"({"model_type": "bigram"})"), kNothing, {}));
            }),
            "names: config (bigram): field 'vocab_size' is missing");
}

}  // namespace
}  // namespace lathe::models
