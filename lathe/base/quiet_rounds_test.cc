// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/quiet_rounds.h"

#include <gtest/gtest.h>

namespace lathe {
namespace {

// A machine of two cores whose rounds take a second each; others take `others` seconds of the next.
int rounds_begun;
int noisy_rounds;
CoreUse machine;

CoreUse fake_now() { return machine; }

int measure() {
  machine.wall += 1;
  machine.busy += 2;
  machine.own += ++rounds_begun <= noisy_rounds ? 1.5 : 2;
  return rounds_begun;
}

struct Outcome {
  int value;
  bool contended;
  int64_t discarded, kept;
  bool operator==(const Outcome&) const = default;
};

Outcome run_with(int noisy, int64_t most_discarded) {
  rounds_begun = 0;
  noisy_rounds = noisy;
  machine = {.cores = 2};
  QuietRounds rounds({.who = "test", .most_discarded = most_discarded, .now = fake_now});
  const Round<int> round = rounds.run("round", measure);
  return {round.value, round.contended, rounds.discarded(), rounds.contended()};
}

TEST(QuietRounds, KeepsTheFirstQuietRound) {
  EXPECT_EQ(run_with(0, 3), (Outcome{1, false, 0, 0}));
  EXPECT_EQ(run_with(2, 3), (Outcome{3, false, 2, 0}));
}

TEST(QuietRounds, KeepsAContendedOneOnlyAfterSoManyAndSaysSo) {
  EXPECT_EQ(run_with(3, 3), (Outcome{4, false, 3, 0}));
  EXPECT_EQ(run_with(9, 3), (Outcome{4, true, 3, 1}));
}

TEST(QuietRounds, AsksNobodyWhereTheCoresDontMatter) {
  EXPECT_EQ(run_with(9, 0), (Outcome{1, false, 0, 0}));
}

TEST(QuietRounds, CountsAnewForEachRun) {
  rounds_begun = 0;
  noisy_rounds = 4;
  machine = {.cores = 2};
  QuietRounds rounds({.who = "test", .most_discarded = 1, .now = fake_now});
  EXPECT_TRUE(rounds.run("first", measure).contended);
  EXPECT_TRUE(rounds.run("second", measure).contended);
  EXPECT_FALSE(rounds.run("third", measure).contended);
  EXPECT_EQ(rounds.discarded(), 2);
}

}  // namespace
}  // namespace lathe
