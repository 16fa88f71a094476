// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/profile_step.h"

#include "lathe/exec/cuda/test_session.h"

namespace lathe::runtime {
namespace {

class ProfileStep : public exec::CudaSession {
 protected:
  ProfileStep() {
    fake.kernels["embedding_8"] = exec::look_up<DType::kF32>;
    fake.kernel_ms["embedding_8"] = 0.5f;
  }
  StepProfile profile(int64_t batch, int repeat) {
    return profile_step(session, {.tokens = batch, .sequences = batch, .context = 99}, repeat);
  }

  exec::Session session{
      exec::load(exec::drawing_echo(), fake, exec::kTable),
      {.limits = {{"tokens", 8}, {"sequences", 6}, {"logit_rows", 6}, {"table_width", 2}},
       .num_blocks = 12}};
};

TEST_F(ProfileStep, GivesEveryLaunchOfAGpu) {
  const StepProfile found = profile(3, 5);
  EXPECT_EQ(found.launches.us, std::vector<double>{500});
  EXPECT_GT(found.whole_us, 0);
  EXPECT_FALSE(found.launches.host_was_ahead) << "the fake is done at once";
}

TEST_F(ProfileStep, TheHostIsAheadOfADeviceThatWorks) {
  fake.results["cuEventQuery"] = 600;  // not ready
  EXPECT_TRUE(profile(1, 3).launches.host_was_ahead);
}

// Runs 7, 10 and 13 are timed: one to warm up and three whole ones come before, two ahead of each.
TEST_F(ProfileStep, TakesTheMedian) {
  int runs = 0;
  fake.kernels["embedding_8"] = [&](exec::FakeGpu::Launch&) {
    fake.kernel_ms["embedding_8"] = ++runs == 9 ? 64.f : 0.25f;  // of the run behind it: timed
  };
  EXPECT_EQ(profile(1, 3).launches.us, std::vector<double>{250});
  EXPECT_EQ(runs, 13);
}

TEST_F(ProfileStep, TheWholeStepIsAGraph) {
  const int before = fake.calls["cuGraphLaunch"];
  profile(2, 4);
  // Once to warm up, four times whole, two steps ahead of each of four that are timed.
  EXPECT_EQ(fake.calls["cuGraphLaunch"] - before, 1 + 4 + 4 * 2);
}

TEST_F(ProfileStep, ContextsAreStepsToo) {
  const int graphs = fake.calls["cuGraphLaunch"];
  const kernels::BenchStep contexts{.tokens = 6, .sequences = 2, .context = 64};
  EXPECT_EQ(time_launches(session, contexts, 2).us, std::vector<double>{500});
  EXPECT_EQ(fake.launches.back().config.grid.x, 6) << "a row a token";
  EXPECT_EQ(fake.calls["cuGraphLaunch"], graphs);
}

TEST_F(ProfileStep, LaunchesAreTimedWithoutTheWhole) {
  const int before = fake.calls["cuGraphLaunch"];
  EXPECT_EQ(time_launches(session, {.context = 99}, 3).us, std::vector<double>{500});
  EXPECT_EQ(fake.calls["cuGraphLaunch"] - before, 1 + 3 * 2);
}

TEST_F(ProfileStep, UnevenSharesAreRefused) {
  EXPECT_NE(exec::error_of([&] {
              time_launches(session, {.tokens = 5, .sequences = 2}, 1);
            }).find("sequences share the tokens"),
            std::string::npos);
}

}  // namespace
}  // namespace lathe::runtime
