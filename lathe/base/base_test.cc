// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "lathe/base/contention.h"
#include "lathe/base/error.h"
#include "lathe/base/fields.h"
#include "lathe/base/file.h"
#include "lathe/base/float16.h"
#include "lathe/base/json.h"
#include "lathe/base/random.h"
#include "lathe/base/thread_pool.h"

namespace lathe {
namespace {

std::string message_of(auto&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

TEST(Text, ConcatenatesValues) {
  EXPECT_EQ(cat("a", 1, ' ', 2.5, true, uint64_t{18446744073709551615u}, 0.1f),
            "a1 2.5true184467440737095516150.1");
}

TEST(Text, NearestNameNeedsToBeNear) {
  const std::vector<std::string> names = {"--prompt", "--max-tokens"};
  EXPECT_EQ(nearest_name("--promt", names), "--prompt");
  EXPECT_EQ(nearest_name("x", names), "");
}

TEST(Text, QuoteEscapesControlBytes) { EXPECT_EQ(quote("a\n\x01"), "'a\\x0a\\x01'"); }

TEST(Error, ContextGoesInFront) {
  EXPECT_EQ(
      message_of([] { with_context("file.json", [] { fail(ErrorCode::kCorrupt, "field ", 3); }); }),
      "file.json: field 3");
}

TEST(Json, RoundTrip) {
  const std::string text = R"({"a":[1,-2.5,true,null,"x\n\u00e9"],"b":{"c":12345678901}})";
  const Json value = Json::parse(text, "t");
  EXPECT_EQ(Json::parse(value.dump(), "t"), value);
  EXPECT_EQ(Json::parse(value.dump_pretty(), "t"), value);
  EXPECT_TRUE(value.at("b").at("c").is_integer());
  EXPECT_EQ(value.at("a").as_array()[4].as_string(), "x\n\xc3\xa9");
}

TEST(Json, ErrorsNameSourceAndKind) {
  EXPECT_NE(message_of([] { Json::parse("{\"a\":", "cfg"); }).find("cfg: byte"), std::string::npos);
  EXPECT_EQ(message_of([] { Json("x").as_number(); }), "expected a number, got a string");
  EXPECT_EQ(message_of([] { Json::object().at("k"); }), "field 'k' is missing");
}

TEST(Json, DepthIsBounded) {
  EXPECT_NE(message_of([] { Json::parse(std::string(100, '['), "deep"); }).find("nested deeper"),
            std::string::npos);
}

struct Inner {
  int n = 0;
  bool operator==(const Inner&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("n", &Inner::n);
  }
};
struct Outer {
  float eps = 0.1f;
  std::optional<std::string> name;
  std::vector<Inner> parts;
  bool operator==(const Outer&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("eps", &Outer::eps);
    v("name", &Outer::name);
    v("parts", &Outer::parts);
  }
};

TEST(Fields, RoundTrip) {
  const Outer value = {.eps = 1e-6f, .name = "x", .parts = {{.n = 3}, {.n = 4}}};
  EXPECT_EQ(to_json(value).dump(), R"({"eps":1e-06,"name":"x","parts":[{"n":3},{"n":4}]})");
  EXPECT_EQ(from_json<Outer>(to_json(value)), value);
}

TEST(Fields, ErrorsNameTheField) {
  Json json = to_json(Outer{.eps = 1, .name = {}, .parts = {{}}});
  json["parts"].as_array()[0]["n"] = "no";
  EXPECT_EQ(message_of([&] { from_json<Outer>(json); }),
            "parts: n: expected an integer, got a string");
  json = to_json(Outer{});
  json["typo"] = 1;
  EXPECT_EQ(message_of([&] { from_json<Outer>(json); }), "unknown field 'typo'");
  EXPECT_EQ(message_of([&] { from_json<Outer>(Json::parse(R"({"eps":1})", "t")); }),
            "name: field 'name' is missing");
}

TEST(Float16, Bf16RoundsToNearestEven) {
  EXPECT_EQ(to_float(to_bf16(1.0f)), 1.0f);
  EXPECT_EQ(to_bf16(1.00390625f).bits, 0x3f80);  // a tie goes to the even neighbour
  EXPECT_EQ(to_bf16(1.01171875f).bits, 0x3f82);
  EXPECT_TRUE(std::isnan(to_float(to_bf16(std::numeric_limits<float>::quiet_NaN()))));
}

TEST(Float16, EveryFp16ReadsBackTheSame) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const Fp16 half{static_cast<uint16_t>(bits)};
    if (std::isnan(to_float(half))) continue;
    ASSERT_EQ(to_fp16(to_float(half)).bits, half.bits);
  }
}

TEST(Random, PhiloxMatchesThePaperKnownAnswers) {
  // Known-answer vectors of Random123: zero input, and all bits set.
  EXPECT_EQ(philox(0, 0, 0),
            (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const uint64_t ones = ~uint64_t{0};
  EXPECT_EQ(philox(ones, ones, ones),
            (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

TEST(Random, NormalHasUnitVariance) {
  double sum = 0, squares = 0;
  constexpr int kCount = 20000;
  for (int i = 0; i < kCount; ++i) {
    const double x = normal_at(7, 1, static_cast<uint64_t>(i));
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kCount, 0, 0.03);
  EXPECT_NEAR(squares / kCount, 1, 0.03);
}

TEST(ThreadPool, EveryTileOnceAcrossManyLoops) {
  ThreadPool pool(3);
  for (size_t loop = 0; loop < 2000; ++loop) {
    std::atomic<size_t> sum{0};
    const size_t tiles = loop % 17;
    pool.run(tiles, [&](size_t tile) { sum += tile + 1; });
    ASSERT_EQ(sum.load(), tiles * (tiles + 1) / 2);
  }
}

TEST(ThreadPool, LoopsAfterPauses) {
  ThreadPool pool(3);
  for (int loop = 0; loop < 20; ++loop) {
    std::this_thread::sleep_for(std::chrono::milliseconds(loop % 3));  // workers spin, or park
    std::atomic<int> count{0};
    pool.run(5, [&](size_t) { ++count; });
    ASSERT_EQ(count.load(), 5);
  }
}
TEST(ThreadPool, SurvivesThrowingLoopsInARow) {
  ThreadPool pool(3);
  for (int loop = 0; loop < 200; ++loop) {
    EXPECT_THROW(pool.run(8, [](size_t tile) { fail(ErrorCode::kInternal, tile); }), Error);
  }
}
TEST(Contention, PausesDoubleUntilLoopsGoThrough) {
  Contention contention;
  EXPECT_FALSE(contention.work_alone(0));
  contention.record(1'000, 600, 50);  // long beside 500 us and four tiles? 600 < 700
  EXPECT_FALSE(contention.work_alone(1'000));
  contention.record(1'000, 4'000, 50);
  EXPECT_TRUE(contention.work_alone(20'999));
  EXPECT_FALSE(contention.work_alone(21'000));
  contention.record(22'000, 4'000, 50);
  EXPECT_TRUE(contention.work_alone(61'999));
  EXPECT_FALSE(contention.work_alone(62'000));
  contention.record(300'000, 0, 50);  // calm for long: the next stall pauses briefly again
  contention.record(301'000, 4'000, 50);
  EXPECT_TRUE(contention.work_alone(320'999));
  EXPECT_FALSE(contention.work_alone(321'000));
}
TEST(Contention, LongTilesAreNoStall) {
  Contention contention;
  contention.record(1'000'000, 9'000, 5'000);
  EXPECT_FALSE(contention.work_alone(1'000'000));
}
TEST(ThreadPool, RethrowsAfterTheLoop) {
  ThreadPool pool(2);
  EXPECT_THROW(pool.run(8, [](size_t) { fail(ErrorCode::kInternal, "x"); }), Error);
  std::atomic<int> count{0};
  pool.run(8, [&](size_t) { ++count; });
  EXPECT_EQ(count.load(), 8);
}

TEST(File, WriteThenMap) {
  const auto path = std::filesystem::temp_directory_path() / "lathe_base_test.bin";
  write_file(path, "hello");
  EXPECT_EQ(read_file(path), "hello");
  EXPECT_EQ(MappedFile::open(path)->bytes().size(), 5u);
  std::filesystem::remove(path);
  EXPECT_THROW(MappedFile::open(path), Error);
}

}  // namespace
}  // namespace lathe
