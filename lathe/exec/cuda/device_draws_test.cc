// SPDX-License-Identifier: Apache-2.0
// Tokens that a session on the fake GPU draws: from which logits, by which options, and when the
// host hears of them.
#include "lathe/exec/cuda/test_session.h"

namespace lathe::exec {
namespace {

// As the sampler's source takes them.
struct SampleParameters {
  const float* logits;
  const kernels::SampleRow* options;
  const int32_t* positions;
  int32_t* tokens;
  int32_t* host_tokens;
  int32_t vocab;

  void give(int64_t row, int32_t token) const { host_tokens[row] = tokens[row] = token; }
};
struct FeedParameters {
  int32_t* ids;
  const int32_t* drawn;
  int32_t count;
};

// Draws the row's first logit, plus top_k, plus 100 times the position. So a token tells where it
// is from.
void draw_rows(FakeGpu::Launch& launch) {
  const auto& p = launch.as<SampleParameters>();
  for (int64_t row = 0; row < launch.config.grid.y; ++row) {
    p.give(row, static_cast<int32_t>(p.logits[row * p.vocab]) + p.options[row].top_k +
                    100 * p.positions[row]);
  }
}

void feed_ids(FakeGpu::Launch& launch) {
  const auto& p = launch.as<FeedParameters>();
  for (int32_t i = 0; i < p.count; ++i) {
    if (p.ids[i] < 0) p.ids[i] = p.drawn[~p.ids[i]];
  }
}

class CudaDraws : public CudaSession {
 protected:
  CudaDraws() {
    fake.kernels["sample"] = draw_rows;
    fake.kernels["feed"] = feed_ids;
    fake.kernels["embedding_8"] = look_up<DType::kF32>;
    engine = load(drawing_echo(), fake, kTable);
    session.emplace(
        engine,
        SessionOptions{
            .limits = {{"tokens", 8}, {"sequences", 6}, {"logit_rows", 6}, {"table_width", 2}}});
  }
  using Tokens = std::vector<int32_t>;
  DrawTicket draw(const StepInputs& step, std::vector<RowDraw> rows) {
    return session->run_and_draw(step.views, rows);
  }
  Tokens tokens(DrawTicket ticket) const {
    const std::span<const int32_t> drawn = session->drawn(ticket);
    return {drawn.begin(), drawn.end()};
  }
  std::shared_ptr<const Engine> engine;
  std::optional<Session> session;
};

// Remembers as the device source does, and draws how many tokens were seen before.
void draw_num_seen(FakeGpu::Launch& launch) {
  const auto& p = launch.as<SampleParameters>();
  for (int64_t row = 0; row < launch.config.grid.y; ++row) {
    auto& options = const_cast<kernels::SampleRow&>(p.options[row]);
    p.give(row, options.num_seen);
    if (options.seen == nullptr) continue;
    ASSERT_LT(options.num_seen, options.capacity);
    options.seen[options.num_seen++] = {p.tokens[row], 1};
  }
}

TEST_F(CudaDraws, SeenTokensGoUpOnceAndTheDeviceAddsItsOwn) {
  fake.kernels["sample"] = draw_num_seen;
  EXPECT_EQ(session->seen_limits().rows, 6);
  EXPECT_EQ(session->seen_limits().tokens, kColumns);
  const std::vector<SeenToken> seen = {{5, 0}, {3, 2}};
  const RowDraw plain{.temperature = 1}, told{.presence_penalty = 1, .seen = seen};
  RowDraw going_on = told;
  going_on.seen.reset();
  const StepInputs step = step_of({7, 8}, {0, 1, 2});
  EXPECT_EQ(tokens(draw(step, {plain, told})), (Tokens{0, 2}));
  const int before = fake.calls["cuMemcpyAsync"];
  EXPECT_EQ(tokens(draw(step, {plain, going_on})), (Tokens{0, 3}));
  EXPECT_EQ(tokens(draw(step, {plain, going_on})), (Tokens{0, 4}));
  EXPECT_EQ(fake.calls["cuMemcpyAsync"], before) << "the graph takes inputs, the draw gives tokens";
  EXPECT_EQ(tokens(draw(step, {plain, told})), (Tokens{0, 2})) << "told anew";
  EXPECT_EQ(tokens(draw(step, {told, told})), (Tokens{2, 2})) << "each row has its own";
}

TEST_F(CudaDraws, SeenTokensReachTheRowsOwnPlace) {
  std::vector<kernels::SampleSeen> got;
  kernels::SampleRow row{};
  fake.kernels["sample"] = [&](FakeGpu::Launch& launch) {
    row = launch.as<SampleParameters>().options[1];
    got.assign(row.seen, row.seen + row.num_seen);
  };
  const std::vector<SeenToken> seen = {{5, 0}, {3, 2}, {7, 1}};
  draw(step_of({7, 8}, {0, 1, 2}), {{},
                                    {.repetition_penalty = 1.5f,
                                     .presence_penalty = 0.5f,
                                     .frequency_penalty = 0.25f,
                                     .seen = seen}});
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[1].id, 3);
  EXPECT_EQ(got[1].generated, 2);
  EXPECT_EQ(row.capacity, kColumns);
  EXPECT_EQ(row.repetition_penalty, 1.5f);
  EXPECT_EQ(row.presence_penalty, 0.5f);
  EXPECT_EQ(row.frequency_penalty, 0.25f);
}

TEST_F(CudaDraws, MoreSeenTokensThanFitAreRefused) {
  const std::vector<SeenToken> seen(static_cast<size_t>(kColumns) + 1);
  const StepInputs step = step_of({7}, {0, 1});
  EXPECT_EQ(error_of([&] { draw(step, {{.presence_penalty = 1, .seen = seen}}); }),
            "row 0 has penalties over 9 tokens; the device takes 8 in each of the first 6 rows");
  const std::string untold = error_of([&] { draw(step, {{.presence_penalty = 1}}); });
  EXPECT_NE(untold.find("seen tokens that nobody told"), std::string::npos) << untold;
}

TEST_F(CudaDraws, ASessionTakesTheMemoryThatItSays) {
  const int64_t turns = kernels::kTakeBlocks * 4;  // of the graphs; their estimate is larger
  const size_t before = fake.memory_used;
  const Session second(engine, session->options());
  const RunMemory needs = session_memory(*engine, session->options());
  EXPECT_EQ(static_cast<int64_t>(fake.memory_used - before), needs.total() - needs.graphs + turns);
}

// kv_lengths of step_of are 1 for each generation.
TEST_F(CudaDraws, AGraphDrawsAndFeedsTheNext) {
  ASSERT_TRUE(session->can_draw());
  const DrawTicket first = draw(step_of({7, 8, 9}, {0, 1, 2, 3}), {{.top_k = 1}, {}, {.top_k = 3}});
  const StepInputs swapped = step_of({drawn_token(2), 4, drawn_token(0)}, {0, 1, 2, 3});
  const DrawTicket second = draw(swapped, {{.top_k = 1}, {}, {.top_k = 3}});
  EXPECT_EQ(fake.calls["cuGraphLaunch"], 2);
  EXPECT_EQ(tokens(first), (Tokens{108, 108, 112}));
  EXPECT_EQ(tokens(second), (Tokens{213, 104, 211}));
}

// Those have inputs, and stages for them, of their own.
TEST_F(CudaDraws, GraphsKeepTheirTurnsWhateverComesInBetween) {
  const StepInputs context = step_of({1, 2, 3}, {0, 1, 3});
  const auto last_token = [&](const StepInputs& step) { return tokens(draw(step, {{}})).back(); };
  EXPECT_EQ(last_token(step_of({7}, {0, 1})), 107);
  session->run(context.views);
  EXPECT_EQ(last_token(step_of({8}, {0, 1})), 108);
  EXPECT_EQ(tokens(draw(context, {{.position = 1}, {.position = 2}})), (Tokens{101, 202}));
  fake.results["cuGraphLaunch"] = 1;  // fails, and is no loss of the device
  EXPECT_THROW(last_token(step_of({9}, {0, 1})), Error);
  fake.results.clear();
  EXPECT_EQ(last_token(step_of({10}, {0, 1})), 110);
  EXPECT_EQ(tokens(draw(step_of({11, 12}, {0, 1, 2}), {{}, {}})), (Tokens{111, 112}));
}

TEST_F(CudaDraws, NothingIsDrawnThatNobodyAsksFor) {
  const StepInputs step = step_of({7, 8, 9}, {0, 1, 2, 3});
  const auto draws = [&] { return std::ranges::count(fake.launched, "sample"); };
  session->run(step.views);
  EXPECT_EQ(fake.calls["cuGraphLaunch"], 1);
  EXPECT_EQ(draws(), 0);
  draw(step, {{}, {}, {}});
  EXPECT_EQ(draws(), 1);
  EXPECT_EQ(fake.launches.back().config.grid.y, 3u) << "the bucket has four rows";
}

TEST_F(CudaDraws, OptionsAreSentWhereTheyChange) {
  draw(step_of({7, 8}, {0, 1, 2}), {{.top_k = 1}, {.top_k = 2}});
  const int before = fake.calls["cuMemcpyAsync"];
  draw(step_of({7, 8}, {0, 1, 2}), {{.top_k = 1, .position = 5}, {.top_k = 2}});
  EXPECT_EQ(fake.calls["cuMemcpyAsync"], before);
  EXPECT_EQ(tokens(draw(step_of({7, 8}, {0, 1, 2}), {{.top_k = 5}, {.top_k = 2}})),
            (Tokens{112, 110}));
  EXPECT_EQ(fake.calls["cuMemcpyAsync"], before + 1) << "options";
}

TEST_F(CudaDraws, AContextDrawsAtThePositionsOfItsRows) {
  const DrawTicket ticket =
      draw(step_of({1, 2, 3, 4, 5}, {0, 1, 5}), {{.position = 1}, {.position = 4}});
  EXPECT_EQ(fake.calls["cuGraphLaunch"], 0);
  EXPECT_EQ(tokens(ticket), (Tokens{101, 402}));
}

TEST_F(CudaDraws, RefusesTokensOfRowsThatWereNotDrawn) {
  const StepInputs third = step_of({drawn_token(2)}, {0, 1});
  const std::string refusal = "input 'token_ids' at 0: expected an id below 16, got -3";
  EXPECT_EQ(error_of([&] { draw(third, {{}}); }), refusal);
  draw(step_of({7, 8}, {0, 1, 2}), {{}, {}});
  EXPECT_EQ(error_of([&] { draw(third, {{}}); }), refusal);
  draw(step_of({7, 8, 9}, {0, 1, 2, 3}), {{}, {}, {}});
  EXPECT_EQ(tokens(draw(third, {{}})), (Tokens{209}));
}

TEST_F(CudaDraws, TokensAreKeptForTwoDraws) {
  const StepInputs step = step_of({3}, {0, 1});
  const DrawTicket first = draw(step, {{}});
  draw(step, {{}});
  EXPECT_EQ(tokens(first), (Tokens{103}));
  draw(step, {{}});
  EXPECT_THROW(tokens(first), Error);
  EXPECT_EQ(error_of([&] {
              draw(step, {{}, {}});
            }),
            "expected a draw for each of the 1 logit_rows, got 2");
  const StepInputs seven = step_of({1, 1, 1, 1, 1, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(error_of([&] { draw(seven, std::vector<RowDraw>(7)); }),
            "logit_rows: the step has 7, this run is limited to 6");
}

// A fault shows in whatever waits next; every call of the session answers with it from then on.
TEST_F(CudaDraws, AFaultAnswersEveryCallWithKernelAndDevice) {
  fake.faulty = {"sample", 700};
  const DrawTicket ticket = draw(step_of({7, 8}, {0, 1, 2}), {{}, {}});
  const std::string first = error_of([&] { tokens(ticket); });
  EXPECT_EQ(first.find("running a step: cuEventSynchronize"), 0u) << first;
  for (const std::string_view part : {"cuda:0 (Fake)", "(700)", "launched last: sample"}) {
    EXPECT_NE(first.find(part), std::string::npos) << first;
  }
  const auto expect_lost = [&](const std::string& message) {
    EXPECT_NE(message.find("cuda:0 is lost since an earlier error: cuEventSynchronize"),
              std::string::npos)
        << message;
  };
  const StepInputs context = step_of({1, 2, 3}, {0, 1, 3}), one = step_of({1}, {0, 1});
  expect_lost(error_of([&] { session->run(context.views); }));
  expect_lost(error_of([&] { session->run(one.views); }));
  expect_lost(error_of([&] { draw(one, {{}}); }));
  expect_lost(error_of([&] { (void)session->output("logits"); }));
  expect_lost(error_of([&] { tokens(ticket); }));
}

}  // namespace
}  // namespace lathe::exec
