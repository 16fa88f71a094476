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
constexpr int64_t kMs = 1'000'000;

// Loops of two tiles one after the other, two threads.
class ContentionTest : public ::testing::Test {
 protected:
  // The caller's tile took `own_ms`, the whole `total_ms`, of which the caller had a core for
  // `cpu_ms`.
  void loop(int64_t own_ms, int64_t total_ms, int64_t cpu_ms) {
    const SharedLoop shared{.begin_ns = now_ms * kMs,
                            .drained_ns = (now_ms + own_ms) * kMs,
                            .end_ns = (now_ms + total_ms) * kMs,
                            .tiles = 2,
                            .taken = 1,
                            .threads = 2};
    now_ms += total_ms;
    cpu += cpu_ms;
    contention.record(shared, [&] { return cpu * kMs; });
  }
  bool alone_in(int64_t ms) const { return contention.work_alone((now_ms + ms) * kMs); }

  Contention contention;
  int64_t now_ms = 1;
  int64_t cpu = 0;
};

TEST_F(ContentionTest, PausesWhereSharingLosesAndDoublesThem) {
  loop(1, 1, 1);  // opens the window
  loop(1, 7, 7);  // lost, but the window is not full
  EXPECT_FALSE(alone_in(0));
  loop(1, 17, 17);  // 4 ms alone against 24 ms shared
  EXPECT_TRUE(alone_in(31));
  EXPECT_FALSE(alone_in(32));
  now_ms += 40;
  loop(1, 1, 1);
  loop(1, 24, 24);
  EXPECT_TRUE(alone_in(63));
  EXPECT_FALSE(alone_in(64));
}
TEST_F(ContentionTest, GoesOnWhereSharingPaysInSpiteOfStalls) {
  for (int i = 0; i < 20; ++i) loop(1, 1, 1);
  EXPECT_FALSE(alone_in(0));
  loop(6, 10, 10);  // a stall of 4 ms against 6 that were won
  EXPECT_FALSE(alone_in(0));
}
TEST_F(ContentionTest, TimeWithoutACoreIsNoWork) {
  loop(1, 1, 1);
  loop(24, 24, 9);  // it looks like 48 ms of work in 24, but the caller ran for 9
  EXPECT_TRUE(alone_in(0));
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
