// SPDX-License-Identifier: Apache-2.0
// A pass changes how, never what: every network of tests/data/passes gives the same values before
// and after its passes, and after the whole pipeline.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/pass_cases.h"

namespace lathe::builder {
namespace {

namespace fs = std::filesystem;
using testing::values_of;

double greatest(const Tensor& tensor) {
  double out = 0;
  for (int64_t at = 0; at < tensor.num_elements(); ++at) {
    out = std::fmax(out, std::abs(load_element(tensor.data(), tensor.dtype(), at)));
  }
  return out;
}

// `room` is a share of each output's greatest value, or of 1.
void expect_close(const std::vector<Tensor>& got, const std::vector<Tensor>& expected,
                  double room) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].sizes(), expected[i].sizes());
    const double most = room * std::max(1.0, greatest(expected[i]));
    for (int64_t at = 0; at < got[i].num_elements(); ++at) {
      const double found = load_element(got[i].data(), got[i].dtype(), at);
      const double wanted = load_element(expected[i].data(), expected[i].dtype(), at);
      if (found == wanted || (std::isnan(found) && std::isnan(wanted))) continue;
      ASSERT_NEAR(found, wanted, most) << "output " << i << ", " << at;
    }
  }
}

class PassValues : public ::testing::TestWithParam<fs::path> {
 protected:
  const testing::PassCase pass_case = testing::read_pass_case(GetParam());
  // Fused ops round once where those of a GPU's half activations rounded twice; else only the last
  // bits may differ.
  const double room = pass_case.context.on_gpu() ? 2e-2 : 1e-5;
};

// Binding may round (integer activations): that part of a case goes before both.
TEST_P(PassValues, StayWhatTheyWere) {
  const auto binding = bind_passes();
  const auto first = std::ranges::find_if(pass_case.passes, [&](const Pass* pass) {
    return std::ranges::find(binding, pass) == binding.end();
  });
  const auto before = graph::parse(pass_case.before, "before");
  const auto after = graph::parse(pass_case.before, "after");
  testing::run_named_passes({pass_case.passes.begin(), first}, *before, pass_case.context);
  testing::run_named_passes(pass_case.passes, *after, pass_case.context);
  expect_close(values_of(*after), values_of(*before), room);
}

TEST_P(PassValues, StayWhatTheyWereThroughThePipeline) {
  const auto before = graph::parse(pass_case.before, "before");
  const auto after = graph::parse(pass_case.before, "after");
  testing::run_named_passes(optimize_passes(), *after, pass_case.context);
  expect_close(values_of(*after), values_of(*before), room);
}

// Passes that found all there was to find find nothing more; but a GPU's casts stand around groups
// that the first run made.
TEST_P(PassValues, ASecondRunOfThePipelineChangesNothing) {
  if (pass_case.context.on_gpu()) return;
  const auto network = graph::parse(pass_case.before, "network");
  testing::run_named_passes(optimize_passes(), *network, pass_case.context);
  const std::string once = graph::print(*network);
  testing::run_named_passes(optimize_passes(), *network, pass_case.context);
  EXPECT_EQ(graph::print(*network), once);
}

INSTANTIATE_TEST_SUITE_P(Passes, PassValues, ::testing::ValuesIn(testing::pass_case_files()),
                         testing::pass_case_name);

}  // namespace
}  // namespace lathe::builder
