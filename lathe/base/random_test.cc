// SPDX-License-Identifier: Apache-2.0
// Bits that must never change: engines with drawn weights and sampled tokens depend on them.
#include "lathe/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "lathe/base/hash.h"
#include "tests/support/temp_dir.h"

namespace lathe {
namespace {

using testing::as_bytes;

TEST(RandomBits, PhiloxOfThePisDigits) {  // Random123's third known answer
  EXPECT_EQ(philox(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88),
            (std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomBits, EveryBitOfSeedStreamAndCounterMatters) {
  std::set<std::array<uint32_t, 4>> seen = {philox(0, 0, 0)};
  for (int bit = 0; bit < 64; ++bit) {
    const uint64_t one = uint64_t{1} << bit;
    seen.insert(philox(one, 0, 0));
    seen.insert(philox(0, one, 0));
    seen.insert(philox(0, 0, one));
  }
  EXPECT_EQ(seen.size(), 1U + 3 * 64);
}

TEST(RandomUniform, StaysBelowOneAndFillsTheRange) {
  constexpr int kCount = 20000;
  std::vector<int> bins(10);
  for (uint64_t i = 0; i < kCount; ++i) {
    const float value = uniform_at(3, 4, i);
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    ASSERT_EQ(std::ldexp(value, 24), std::trunc(std::ldexp(value, 24)));  // 24 bits, no more
    ++bins[static_cast<size_t>(value * 10)];
  }
  for (const int count : bins) EXPECT_NEAR(count, kCount / 10.0, 200);  // about 4.7 sigma
}

TEST(RandomNormal, IsTheSumOfTwelveBytes) {
  for (uint64_t i = 0; i < 1000; ++i) {
    const auto words = philox(9, 2, i);
    double sum = 0;
    for (size_t byte = 0; byte < 12; ++byte) sum += (words[byte / 4] >> (8 * (byte % 4))) & 255;
    ASSERT_NEAR(normal_at(9, 2, i), (sum - 12 * 127.5) / std::sqrt(65535.0), 1e-5);
  }
}

TEST(RandomNormal, HasAboutTheTailsOfANormalDistribution) {
  constexpr int kCount = 20000;
  int beyond_one = 0, beyond_three = 0;
  for (uint64_t i = 0; i < kCount; ++i) {
    const float value = std::abs(normal_at(1, 1, i));
    beyond_one += value > 1 ? 1 : 0;
    beyond_three += value > 3 ? 1 : 0;
  }
  EXPECT_NEAR(beyond_one / double{kCount}, 0.317, 0.015);
  EXPECT_NEAR(beyond_three / double{kCount}, 0.0022, 0.0015);
}

TEST(RandomStreams, AreThePublishedFnv1aHashes) {
  EXPECT_EQ(stream_of(""), 0xcbf29ce484222325);
  EXPECT_EQ(stream_of("a"), 0xaf63dc4c8601ec8c);
  EXPECT_EQ(stream_of("foobar"), 0x85944171f73967e8);
}

TEST(HashBits, AreThePublishedXxh3Values) {
  EXPECT_EQ(hash64({}), 0x2d06800538d394c2);
  EXPECT_EQ(hash64(as_bytes("a")), 0xe6c632b61e964e1f);
  EXPECT_EQ(hash64(as_bytes("abc")), 0x78af5f94892f3950);
}

TEST(HashFrames, KeepApartWhatJoinsToTheSameBytes) {
  const auto digest = [](auto... parts) {
    Hasher hasher;
    (hasher.add(parts), ...);
    return hasher.digest();
  };
  using std::string_view;
  EXPECT_NE(digest(string_view("ab"), string_view("c")),
            digest(string_view("a"), string_view("bc")));
  EXPECT_NE(digest(string_view("")), digest());
  EXPECT_NE(digest(string_view(""), string_view("a")), digest(string_view("a"), string_view("")));
  EXPECT_NE(digest(uint64_t{1}, uint64_t{2}), digest(uint64_t{2}, uint64_t{1}));
  EXPECT_EQ(digest(string_view("a"), uint64_t{1}), digest(string_view("a"), uint64_t{1}));
}

TEST(HashFrames, ADigestLeavesTheHasherAsItWas) {
  Hasher once, twice;
  once.add("x").add("y");
  twice.add("x");
  EXPECT_NE(twice.digest(), once.digest());
  EXPECT_EQ(twice.add("y").digest(), once.digest());
}

TEST(HashText, Hex64HasSixteenDigits) {
  EXPECT_EQ(hex64(0), "0000000000000000");
  EXPECT_EQ(hex64(0x0123456789abcdef), "0123456789abcdef");
  EXPECT_EQ(hex64(UINT64_MAX), "ffffffffffffffff");
}

}  // namespace
}  // namespace lathe
