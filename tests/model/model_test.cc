// SPDX-License-Identifier: Apache-2.0
// Every checkpoint of tests/data/checkpoints: its network in the reference interpreter against what
// an independent implementation computed. A new folder is picked up by its name.
#include <gtest/gtest.h>

#include "lathe/graph/text.h"
#include "lathe/graph/verify.h"
#include "tests/model/golden.h"
#include "tests/model/reference_model.h"

namespace lathe::testing {
namespace {

class Checkpoint : public ::testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<const weights::CheckpointReader> checkpoint =
      weights::open_checkpoint(checkpoint_folder(GetParam()));
  Golden golden = read_golden(GetParam());
  ReferenceModel reference{checkpoint};
};

TEST_P(Checkpoint, LogitsOfEveryPrompt) {
  for (size_t i = 0; i < golden.prompts.size(); ++i) {
    const double error = relative_error(reference.logits(golden.prompts[i]), golden.logits[i]);
    EXPECT_LE(error, kF32Tolerance) << "prompt " << i;
  }
}

// Where the logits are wrong, the first of these to fail says where it began.
TEST_P(Checkpoint, IntermediatesOfTheFirstPrompt) {
  const graph::NamedTensors values = reference.values(golden.prompts[0]);
  EXPECT_GE(golden.intermediates.size(), 5u);
  for (const auto& [name, expected] : golden.intermediates) {
    std::string ours = name;
    if (const size_t dot = name.find('.'); dot != std::string::npos) {
      ours = cat("layers.", name.substr(dot + 1), ".", name.substr(0, dot));
    }
    ASSERT_TRUE(values.contains(ours)) << name;
    EXPECT_LE(relative_error(values.at(ours), expected), kF32Tolerance) << name;
  }
}

TEST_P(Checkpoint, NetworkIsWellFormedAndParsesBack) {
  graph::verify(reference.network());
  const std::string text = graph::print(reference.network());
  EXPECT_EQ(graph::print(*graph::parse(text, "printed")), text);
}

// Every parameter has its tensor with the same shape, and no tensor is left over.
TEST_P(Checkpoint, ParametersAndTensorsMatchOneToOne) {
  std::set<std::string> tensors;
  for (const weights::TensorInfo& tensor : checkpoint->tensors()) tensors.insert(tensor.name);
  for (const graph::Value parameter : reference.network().parameters()) {
    ASSERT_EQ(tensors.erase(parameter.name()), 1u) << parameter.name();
    EXPECT_EQ(checkpoint->tensor(parameter.name()).shape, parameter.shape().evaluate({}))
        << parameter.name();
  }
  EXPECT_EQ(tensors, std::set<std::string>{});
}

TEST_P(Checkpoint, FactsAreThoseOfTheConfig) {
  const ops::ModelFacts& facts = reference.model().facts;
  EXPECT_EQ(facts.vocab, golden.logits[0].size(1));
  for (const auto& prompt : golden.prompts) {
    EXPECT_GE(facts.max_seq_len, static_cast<int64_t>(prompt.size()));
  }
  EXPECT_FALSE(facts.eos_ids.empty());
  EXPECT_EQ(facts.generation, checkpoint->generation_config());
}

INSTANTIATE_TEST_SUITE_P(All, Checkpoint, ::testing::ValuesIn(checkpoint_names()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace lathe::testing
