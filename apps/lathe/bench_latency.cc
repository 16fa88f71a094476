// SPDX-License-Identifier: Apache-2.0
// lathe bench latency: a batch of prompts, then generation steps, timed.
#include <cmath>

#include "busy_cores.h"
#include "commands.h"
#include "lathe/base/clock.h"
#include "lathe/base/median.h"
#include "lathe/base/quiet_rounds.h"
#include "lathe/base/random.h"
#include "lathe/kernels/sample/vocabulary.h"
#include "lathe/runtime/step_batch.h"
#include "model_flags.h"
#include "print.h"
#include "token_count.h"

namespace lathe::app {

namespace {

struct BenchLatencyOptions {
  ModelFlags model;
  TokenCount prompt_tokens{512};
  TokenCount output_tokens{128};
  int64_t batch = 1;
  int64_t repeat = 5;
  int busy_cores = 0;
  bool json = false;

  void declare(Flags& flags) {
    model.declare(flags);
    flags.value("--prompt-tokens", prompt_tokens, {"P", "of a sequence; 512", kTokens});
    flags.value("--output-tokens", output_tokens, {"N", "of a sequence; 128", kTokens});
    flags.value("--batch", batch, {"B", "sequences; 1", kBatch});
    flags.value("--repeat", repeat, {"R", "rounds, beside one to warm up; 5", kPositive});
    flags.value("--busy-cores", busy_cores,
                {"N", "cores that loops of its own take meanwhile; 0", {0, 1024}});
    flags.toggle("--json", json, "print one JSON object");
  }
  runtime::RunLimits limits() const {
    runtime::RunLimits out = model.limits;
    out.max_batch_size = batch;
    return out;
  }
  int64_t length() const { return prompt_tokens.tokens + output_tokens.tokens; }
};

// `batch` sequences on their own blocks of one session.
class Rounds {
 public:
  Rounds(const BenchLatencyOptions& options, const std::shared_ptr<const exec::Engine>& engine,
         exec::Bits bits)
      : options_(options), vocab_(engine->manifest().model.vocab) {
    limits_ = checked_limits(*engine, options.limits());
    blocks_per_sequence_ = (options.length() + limits_.block_size - 1) / limits_.block_size;
    check_fit();
    exec::SessionOptions session = runtime::session_options(limits_, options.batch);
    session.bits = bits;
    session_.emplace(engine, session);
    for (int64_t i = 0; i < options.batch * blocks_per_sequence_; ++i) {
      blocks_.push_back(static_cast<runtime::BlockId>(i));
    }
  }

  struct Times {
    double prefill_s = 0;
    double decode_s = 0;
  };
  Times run(uint64_t seed) {
    draw_prompts(seed);
    Times times;
    const Stopwatch prefill;
    for (int64_t done = 0; done < options_.prompt_tokens.tokens;) done = prefill_step(done);
    if (ticket_) session_->drawn(*ticket_);  // waits for it; read in the step behind
    times.prefill_s = prefill.seconds();
    const Stopwatch decode;
    for (int64_t i = 0; i < options_.output_tokens.tokens; ++i) decode_step();
    if (ticket_) take_drawn(*std::exchange(ticket_, std::nullopt));
    times.decode_s = decode.seconds();
    return times;
  }

 private:
  void check_fit() const {
    check_length("--prompt-tokens and --output-tokens", options_.length(), limits_.max_seq_len);
    if (options_.batch * blocks_per_sequence_ > limits_.num_blocks) {
      fail(ErrorCode::kOutOfMemory, "the KV cache holds ", limits_.num_blocks, " blocks, ",
           options_.batch, " sequences need ", options_.batch * blocks_per_sequence_,
           "; raise --kv-cache-bytes");
    }
    if (options_.batch > limits_.max_num_tokens) {
      fail(ErrorCode::kInvalidArgument, "--batch: expected at most the ", limits_.max_num_tokens,
           " of --max-num-tokens, got ", options_.batch);
    }
  }

  void draw_prompts(uint64_t seed) {
    tokens_.assign(static_cast<size_t>(options_.batch), {});
    uint64_t index = 0;
    for (std::vector<int32_t>& sequence : tokens_) {
      for (int64_t i = 0; i < options_.prompt_tokens.tokens; ++i) {
        const float random = uniform_at(seed, 0, index++);
        sequence.push_back(static_cast<int32_t>(random * static_cast<float>(vocab_)));
      }
    }
  }

  // All sequences advance together, as far as a step takes them.
  int64_t prefill_step(int64_t done) {
    const int64_t most = std::max<int64_t>(1, limits_.max_num_tokens / options_.batch);
    const int64_t count = std::min(most, options_.prompt_tokens.tokens - done);
    const bool last = done + count == options_.prompt_tokens.tokens;
    step(done, count, last ? runtime::LogitRows::kLast : runtime::LogitRows::kNone);
    return done + count;
  }

  // The tokens of the step before may be known to the device alone.
  void decode_step() {
    const int64_t known = std::ssize(tokens_.front());
    step(ticket_ ? known : known - 1, 1, runtime::LogitRows::kLast);
  }

  void step(int64_t begin, int64_t count, runtime::LogitRows rows) {
    fill_batch(begin, count, rows);
    if (session_->can_draw()) return draw_step(begin + count, rows);
    const std::span<float> logits = runtime::session_step(*session_)(batch_);
    if (rows == runtime::LogitRows::kLast) append_greedily(logits);
  }

  // The device draws; the host reads what the step before has drawn meanwhile.
  void draw_step(int64_t end, runtime::LogitRows rows) {
    const bool draws = rows == runtime::LogitRows::kLast;
    const std::vector<exec::RowDraw> draw(static_cast<size_t>(draws ? options_.batch : 0),
                                          exec::RowDraw{.position = static_cast<int32_t>(end)});
    const exec::DrawTicket ticket = session_->run_and_draw(batch_.inputs(), draw);
    if (ticket_) take_drawn(*ticket_);
    if (draws) ticket_ = ticket;
  }

  void take_drawn(exec::DrawTicket ticket) {
    const std::span<const int32_t> drawn = session_->drawn(ticket);
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (drawn[i] < 0) fail(ErrorCode::kInternal, "the logits are not finite");
      tokens_[i].push_back(drawn[i]);
    }
  }

  void fill_batch(int64_t begin, int64_t count, runtime::LogitRows rows) {
    batch_.clear();
    int64_t row = 0;
    std::span<const runtime::BlockId> blocks = blocks_;
    for (const std::vector<int32_t>& sequence : tokens_) {
      batch_.add({.tokens = sequence,
                  .begin = begin,
                  .count = count,
                  .blocks = blocks.first(static_cast<size_t>(blocks_per_sequence_)),
                  .logits = rows,
                  .drawn_row = ticket_ ? std::optional(row++) : std::nullopt});
      blocks = blocks.subspan(static_cast<size_t>(blocks_per_sequence_));
    }
  }

  void append_greedily(std::span<const float> logits) {
    const auto vocab = static_cast<size_t>(vocab_);
    for (std::vector<int32_t>& sequence : tokens_) {
      const std::optional<kernels::GreatestLogit> token =
          kernels::greatest_logit(logits.first(vocab));
      if (!token) fail(ErrorCode::kInternal, "the logits are not finite");
      sequence.push_back(token->id);
      logits = logits.subspan(vocab);
    }
  }

  const BenchLatencyOptions& options_;
  int64_t vocab_;
  runtime::StepLimits limits_;
  int64_t blocks_per_sequence_ = 0;
  std::optional<exec::Session> session_;
  std::vector<runtime::BlockId> blocks_;
  std::vector<std::vector<int32_t>> tokens_;
  runtime::StepBatch batch_;
  std::optional<exec::DrawTicket> ticket_;  // of the step before, whose tokens are not read
};

struct Figures {
  std::vector<double> prefill_tokens_per_s, decode_tokens_per_s, decode_ms_per_token;
  int64_t discarded = 0;  // rounds in which others took the cores
  int64_t contended = 0;  // such rounds that are among the figures
};

void add(const Rounds::Times& times, const BenchLatencyOptions& options, Figures& figures) {
  const auto prompt = static_cast<double>(options.batch * options.prompt_tokens.tokens);
  const auto output = static_cast<double>(options.batch * options.output_tokens.tokens);
  figures.prefill_tokens_per_s.push_back(prompt / times.prefill_s);
  figures.decode_tokens_per_s.push_back(output / times.decode_s);
  figures.decode_ms_per_token.push_back(times.decode_s * 1e3 /
                                        static_cast<double>(options.output_tokens.tokens));
}

Figures measure(const BenchLatencyOptions& options,
                const std::shared_ptr<const exec::Engine>& engine, exec::Bits bits) {
  const bool on_cpu = engine->device().kind == DeviceKind::kCpu;
  Rounds rounds(options, engine, bits);
  // A GPU's steps don't suffer from what the cores do.
  QuietRounds quiet({.who = "bench latency", .most_discarded = on_cpu ? 4 : 0});
  const BusyCores busy(options.busy_cores);
  rounds.run(0);
  Figures figures;
  for (int64_t i = 1; i <= options.repeat; ++i) {
    const auto round = [&] { return rounds.run(static_cast<uint64_t>(i)); };
    add(quiet.run(cat("round ", i), round).value, options, figures);
  }
  figures.discarded = quiet.discarded();
  figures.contended = quiet.contended();
  return figures;
}

// What --deterministic costs: the same rounds without it. Empty where it costs nothing.
std::optional<Figures> measure_default(const BenchLatencyOptions& options,
                                       const std::shared_ptr<const exec::Engine>& engine) {
  const bool costs = engine->gpu() != nullptr && engine->bits() == exec::Bits::kFixed;
  if (!costs) return std::nullopt;
  return measure(options, engine, exec::Bits::kFastest);
}

double shown(const std::vector<double>& values) { return std::round(median(values) * 100) / 100; }

std::string figures_text(const Figures& figures) {
  return cat("prefill  ", shown(figures.prefill_tokens_per_s), " tokens/s\ndecode   ",
             shown(figures.decode_tokens_per_s), " tokens/s, ", shown(figures.decode_ms_per_token),
             " ms a step\n", figures.contended > 0 ? "(contended)\n" : "");
}

Json figures_json(const Figures& figures) {
  Json out = Json::object();
  out["prefill_tokens_per_s"] = to_json(figures.prefill_tokens_per_s);
  out["decode_tokens_per_s"] = to_json(figures.decode_tokens_per_s);
  out["decode_ms_per_token"] = to_json(figures.decode_ms_per_token);
  out["discarded_rounds"] = figures.discarded;
  out["contended_rounds"] = figures.contended;
  return out;
}

// The defaults share a context that is too short for them as they share a long one, 4 to 1.
BenchLatencyOptions fitted(BenchLatencyOptions options, const exec::Engine& engine) {
  const int64_t most = checked_limits(engine, options.limits()).max_seq_len;
  const int64_t left = most - options.prompt_tokens.tokens;
  const int64_t share = std::max<int64_t>(1, most / 5);
  fit_default(options.output_tokens, "--output-tokens", options.prompt_tokens.given ? left : share);
  fit_default(options.prompt_tokens, "--prompt-tokens", most - options.output_tokens.tokens);
  return options;
}

ExitCode bench_latency(const BenchLatencyOptions& given) {
  const std::shared_ptr<const exec::Engine> engine = given.model.load_engine(given.limits());
  const BenchLatencyOptions options = fitted(given, *engine);
  const Figures figures = measure(options, engine, engine->bits());
  const std::optional<Figures> fastest = measure_default(options, engine);
  const std::string& device = engine->device().name;
  const int threads = engine->pool().num_threads();
  if (options.json) {
    Json out = figures_json(figures);
    if (fastest) out["without_deterministic"] = figures_json(*fastest);
    out["device"] = device;
    out["threads"] = threads;
    print_json(out);
    return ExitCode::kOk;
  }
  print(cat("medians of ", options.repeat, " rounds, ", options.batch, " sequences, ", threads,
            " threads, ", device, "\n", figures_text(figures)));
  if (fastest) print(cat("without --deterministic\n", figures_text(*fastest)));
  return ExitCode::kOk;
}

}  // namespace

Command bench_latency_command() {
  return make_command<BenchLatencyOptions>(
      {"bench latency",
       "prefill and decode speed of a batch",
       {"lathe bench latency smollm2.engine --prompt-tokens 512 --output-tokens 128",
        "lathe bench latency smollm2.engine --batch 16 --threads 2 --json"}},
      bench_latency);
}

}  // namespace lathe::app
