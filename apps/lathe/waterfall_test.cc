// SPDX-License-Identifier: Apache-2.0
#include "waterfall.h"

#include <gtest/gtest.h>

#include "lathe/base/fields.h"

namespace lathe::app {
namespace {

Waterfall floors() {
  return summed({.device = "An H100",
                 .ceilings = "cost model",
                 .read_bytes_per_s = 3.09e12,
                 .parts = {{.op = "linear",
                            .kernel = "linear.cuda.few",
                            .launches = 4,
                            .floor_us = 30,
                            .bound = "memory",
                            .us = 40},
                           {.op = "embedding",
                            .kernel = "embedding.cuda.rows",
                            .launches = 1,
                            .floor_us = 0.25,
                            .bound = "memory",
                            .us = 2}}});
}

Waterfall run(double whole_us, bool host_was_ahead = true) {
  return measured(floors(),
                  {.whole_us = whole_us,
                   .launches = {.us = {10, 10, 10, 10, 2}, .host_was_ahead = host_was_ahead}},
                  kTimedApart);
}

TEST(Waterfall, SumsUp) {
  EXPECT_EQ(floors().floor_us, 30.25);
  const Waterfall found = run(36);
  EXPECT_EQ(found.us, 36);
  EXPECT_EQ(found.parts_us, 42);
  EXPECT_EQ(found.hidden_us, 6);
  EXPECT_EQ(found.parts_timed, "apart");
}

TEST(Waterfall, NothingIsHiddenWhereNothingOverlaps) {
  const Waterfall found = measured(floors(), {.whole_us = 36}, kTimedInTheStep);
  EXPECT_FALSE(found.hidden_us);
  EXPECT_EQ(waterfall_text(found).find("kernels were timed"), std::string::npos);
}

TEST(Waterfall, TheTextSaysWhatTimesApartAre) {
  EXPECT_EQ(waterfall_text(run(36)),
            "An H100, ceilings: cost model, not measured here (3090 GB/s read)\n"
            "linear  linear.cuda.few  x 4  floor 30 us (memory)  took 40 us, 10 us above it\n"
            "embedding  embedding.cuda.rows  x 1  floor 0.3 us (memory)  took 2 us, 1.8 us above "
            "it\n"
            "floor of a step 30.3 us; a step takes 36 us\n"
            "kernels were timed one behind the other, none overlapping the next: 42 us in all, "
            "more than the step; overlap hides 6 us of it at least (the step's time holds its draw "
            "and the host's wait too)\n");
}

TEST(Waterfall, SaysWhatWasMeasuredOfTheCeilings) {
  Waterfall found = floors();
  found.ceilings = "read rate measured";
  EXPECT_TRUE(waterfall_text(found).starts_with(
      "An H100, ceilings: read rate measured (3090 GB/s read)\n"));
}

TEST(Waterfall, AStepMayTakeLongerThanItsKernels) {
  const std::string text = waterfall_text(run(50));
  EXPECT_NE(text.find("42 us in all, less than the step, whose time holds its draw"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("hides"), std::string::npos) << text;
}

TEST(Waterfall, SaysWhereAHostWasSlow) {
  EXPECT_EQ(waterfall_text(run(36)).find("the host was not ahead"), std::string::npos);
  EXPECT_NE(waterfall_text(run(36, false)).find("the host was not ahead"), std::string::npos);
}

TEST(Waterfall, WithoutTheDeviceThereAreFloorsAlone) {
  Waterfall found = floors();
  for (Part& part : found.parts) part.us.reset();
  EXPECT_EQ(waterfall_text(found).find("took"), std::string::npos);
  const Json json = to_json(found);
  for (const char* key : {"us", "parts_timed", "parts_us", "hidden_us", "host_was_ahead"}) {
    EXPECT_TRUE(json.at(key).is_null()) << key;
  }
}

}  // namespace
}  // namespace lathe::app
