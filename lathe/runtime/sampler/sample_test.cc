// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/sampler/sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "lathe/base/random.h"

namespace lathe::runtime {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::optional<int32_t> draw(std::vector<float> logits, const SamplingOptions& options,
                            int64_t position = 0, std::span<const SeenToken> seen = {}) {
  std::vector<Candidate> scratch(logits.size());
  return sample(logits, {.options = options, .seen = seen, .position = position}, scratch);
}

std::vector<float> log_of(const std::vector<double>& probabilities) {
  std::vector<float> logits;
  logits.reserve(probabilities.size());
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p)));
  return logits;
}

// Relative frequencies of 20,000 draws at as many positions.
std::map<int32_t, double> frequencies(const std::vector<float>& logits,
                                      const SamplingOptions& options) {
  constexpr int kDraws = 20000;
  std::map<int32_t, double> counts;
  for (int i = 0; i < kDraws; ++i) counts[*draw(logits, options, i)] += 1.0 / kDraws;
  return counts;
}

std::set<int32_t> kept(std::vector<float> logits, const SamplingOptions& options) {
  const float greatest = *std::ranges::max_element(logits);
  std::vector<Candidate> candidates;
  for (size_t i = 0; i < logits.size(); ++i) {
    candidates.push_back({logits[i], std::exp(logits[i] - greatest), static_cast<int32_t>(i)});
  }
  const size_t count = keep_likely(candidates, options);
  std::set<int32_t> ids;
  for (size_t i = 0; i < count; ++i) ids.insert(candidates[i].id);
  return ids;
}

// The definition, with a sort.
std::set<int32_t> kept_by_sorting(const std::vector<float>& logits,
                                  const SamplingOptions& options) {
  std::vector<int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](int32_t a, int32_t b) { return logits[a] > logits[b]; });
  if (options.top_k > 0 && static_cast<size_t>(options.top_k) < order.size()) {
    order.resize(static_cast<size_t>(options.top_k));
  }
  const float greatest = logits[static_cast<size_t>(order[0])];
  double total = 0;
  for (const int32_t id : order) total += std::exp(logits[id] - greatest);
  std::set<int32_t> ids;
  double before = 0;
  for (const int32_t id : order) {
    const float weight = std::exp(logits[id] - greatest);
    const bool reached = options.top_p < 1 && before >= static_cast<double>(options.top_p) * total;
    if (!ids.empty() && (reached || weight < options.min_p)) break;
    ids.insert(id);
    before += weight;
  }
  return ids;
}

TEST(SampleTest, GreedyTakesTheGreatestAndTheLowestOfEquals) {
  EXPECT_EQ(draw({1, 5, 5, 2}, {}), 1);
  EXPECT_EQ(draw({-kInfinity, -3, -kInfinity}, {}), 1);
}

TEST(SampleTest, RefusesLogitsThatAreNotFinite) {
  const float nan = std::nanf("");
  for (const float temperature : {0.0f, 1.0f}) {
    const SamplingOptions options{.temperature = temperature};
    EXPECT_FALSE(draw({1, nan, 2}, options));
    EXPECT_FALSE(draw({nan, 1, 2}, options));
    EXPECT_FALSE(draw({1, kInfinity, 2}, options));
    EXPECT_FALSE(draw({-kInfinity, -kInfinity}, options));
  }
}

TEST(SampleTest, FollowsTheDistribution) {
  const std::vector<double> wanted = {0.5, 0.2, 0.05, 0.25};
  const auto found = frequencies(log_of(wanted), {.temperature = 1, .seed = 7});
  for (size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_NEAR(found.at(static_cast<int32_t>(i)), wanted[i], 0.012) << i;
  }
}

TEST(SampleTest, TemperatureSharpens) {
  const auto found = frequencies(log_of({0.6, 0.4}), {.temperature = 0.5f, .seed = 3});
  EXPECT_NEAR(found.at(0), 0.36 / (0.36 + 0.16), 0.012);
}

TEST(SampleTest, DrawsBySeedAndPositionAlone) {
  const std::vector<float> logits = log_of({0.25, 0.25, 0.25, 0.25});
  std::vector<int32_t> first, again, other;
  for (int64_t position = 0; position < 200; ++position) {
    first.push_back(*draw(logits, {.temperature = 1, .seed = 1}, position));
    again.push_back(*draw(logits, {.temperature = 1, .seed = 1}, position));
    other.push_back(*draw(logits, {.temperature = 1, .seed = 2}, position));
  }
  EXPECT_EQ(first, again);
  EXPECT_NE(first, other);
}

TEST(SampleTest, DrawsAreUniform) {
  double sum = 0, squares = 0;
  for (int i = 0; i < 10000; ++i) {
    const double u = uniform_draw(42, i);
    ASSERT_TRUE(u >= 0 && u < 1);
    sum += u;
    squares += u * u;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.01);
  EXPECT_NEAR(squares / 10000, 1.0 / 3, 0.01);
}

TEST(SampleTest, BannedTokensAreNeverDrawn) {
  const auto found = frequencies({-kInfinity, 0, -kInfinity, 0}, {.temperature = 1, .seed = 5});
  EXPECT_EQ(found.size(), 2u);
  EXPECT_NEAR(found.at(1), 0.5, 0.012);
}

TEST(SampleTest, TopPKeepsTheFewestThatReachIt) {
  const std::vector<float> logits = log_of({0.1, 0.4, 0.3, 0.2});
  EXPECT_EQ(kept(logits, {.top_p = 0.39f}), (std::set<int32_t>{1}));
  EXPECT_EQ(kept(logits, {.top_p = 0.41f}), (std::set<int32_t>{1, 2}));
  EXPECT_EQ(kept(logits, {.top_p = 0.95f}), (std::set<int32_t>{0, 1, 2, 3}));
  // Over what top-k left: 0.4 of 0.7 is 57 %.
  EXPECT_EQ(kept(logits, {.top_k = 2, .top_p = 0.5f}), (std::set<int32_t>{1}));
}

TEST(SampleTest, MinPIsRelativeToTheLikeliest) {
  const std::vector<float> logits = log_of({0.5, 0.3, 0.15, 0.05});
  EXPECT_EQ(kept(logits, {.min_p = 0.5f}), (std::set<int32_t>{0, 1}));
  EXPECT_EQ(kept(logits, {.min_p = 1.0f}), (std::set<int32_t>{0}));
}

TEST(SampleTest, KeepsWhatSortingWouldKeep) {
  for (uint64_t trial = 0; trial < 300; ++trial) {
    std::vector<float> logits;
    const auto size = 1 + static_cast<size_t>(uniform_at(trial, 1, 0) * 200);
    for (size_t i = 0; i < size; ++i) {
      // Rounded, so that equal logits are common.
      logits.push_back(std::round(normal_at(trial, 2, i) * 6) / 2);
    }
    SamplingOptions options{.temperature = 1};
    options.top_k = static_cast<int32_t>(uniform_at(trial, 1, 1) * 30);
    options.top_p = std::max(0.01f, std::min(1.0f, uniform_at(trial, 1, 2) * 1.3f));
    options.min_p = uniform_at(trial, 1, 3) < 0.5f ? 0 : uniform_at(trial, 1, 4) * 0.2f;
    EXPECT_EQ(kept(logits, options), kept_by_sorting(logits, options)) << trial;
  }
}

TEST(SampleTest, PenaltiesFollowTheirFormulas) {
  const std::vector<SeenToken> seen = {
      {.id = 0, .generated = 0}, {.id = 1, .generated = 3}, {.id = 2, .generated = 1}};
  std::vector<float> logits = {2, -2, 4, 1};
  apply_penalties(logits, seen,
                  {.repetition_penalty = 2, .presence_penalty = 0.5f, .frequency_penalty = 0.25f});
  EXPECT_EQ(logits, (std::vector<float>{1, -4 - 0.5f - 0.75f, 2 - 0.5f - 0.25f, 1}));
}

TEST(SampleTest, PenaltiesChangeTheGreedyToken) {
  const std::vector<SeenToken> seen = {{.id = 1, .generated = 1}};
  EXPECT_EQ(draw({1, 1.2f}, {.presence_penalty = 0.5f}, 0, seen), 0);
  EXPECT_EQ(draw({1, 1.2f}, {}, 0, seen), 1);
}

TEST(SamplingOptionsTest, NamesTheFieldThatIsOutOfRange) {
  const auto message = [](const SamplingOptions& options) {
    try {
      options.validate();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      return error.message();
    }
    return std::string("valid");
  };
  EXPECT_EQ(message({}), "valid");
  EXPECT_EQ(message({.temperature = -1}), "temperature: expected 0 (greedy) or more, got -1");
  EXPECT_EQ(message({.top_k = -3}), "top_k: expected 0 (all) or more, got -3");
  EXPECT_EQ(message({.top_p = 0}), "top_p: expected more than 0, at most 1, got 0");
  EXPECT_EQ(message({.min_p = 1.5f}), "min_p: expected 0 to 1, got 1.5");
  EXPECT_NE(message({.temperature = std::nanf("")}), "valid");
  EXPECT_NE(message({.repetition_penalty = 0}), "valid");
  EXPECT_NE(message({.presence_penalty = 3}), "valid");
  EXPECT_NE(message({.frequency_penalty = -2.5f}), "valid");
}

TEST(SamplingOptionsTest, SurvivesJson) {
  const SamplingOptions options{.temperature = 0.7f, .top_k = 5, .seed = 9, .stop_ids = {1, 2}};
  EXPECT_EQ(from_json<SamplingOptions>(to_json(options)), options);
}

}  // namespace
}  // namespace lathe::runtime
