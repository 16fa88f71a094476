// SPDX-License-Identifier: Apache-2.0
#include "lathe/llm/generate.h"

#include "lathe/base/clock.h"

namespace lathe::llm {

namespace {

// Collects one request's events into an answer.
class Collector {
 public:
  Collector(const TextSide& text, const TextStreamOptions& options, const GenerateHooks& hooks)
      : hooks_(hooks) {
    if (text.has_tokenizer()) stream_.emplace(text.shared_tokenizer(), options);
  }

  runtime::Reply receive(const runtime::Event& event) {
    if (event.token) take(*event.token);
    if (event.finish) finish(*event.finish);
    return stream_ && stream_->stopped() ? runtime::Reply::kStop : runtime::Reply::kGoOn;
  }
  bool finished() const { return finish_.has_value(); }

  Answer answer() && {
    if (finish_->error) throw *finish_->error;
    answer_.prompt_tokens = finish_->prompt_tokens;
    answer_.reused_tokens = finish_->reused_tokens;
    answer_.finish_reason = finish_->reason;
    const auto later = static_cast<double>(answer_.token_ids.size()) - 1;
    answer_.timings.prefill_ms = first_ms_;
    if (later > 0) answer_.timings.decode_ms_per_token = (last_ms_ - first_ms_) / later;
    return std::move(answer_);
  }

 private:
  void take(int32_t token) {
    last_ms_ = since_start_.ms();
    if (answer_.token_ids.empty()) first_ms_ = last_ms_;
    answer_.token_ids.push_back(token);
    if (stream_) show(stream_->push(token));
  }
  void finish(const runtime::Finish& finish) {
    finish_ = finish;
    if (stream_) show(stream_->finish());
  }
  void show(const std::string& piece) {
    if (piece.empty()) return;
    answer_.text += piece;
    if (hooks_.on_text) hooks_.on_text(piece);
  }

  const GenerateHooks& hooks_;
  std::optional<TextStream> stream_;
  Stopwatch since_start_;
  double first_ms_ = 0;
  double last_ms_ = 0;
  Answer answer_;
  std::optional<runtime::Finish> finish_;
};

}  // namespace

Answer generate(Model& model, std::vector<int32_t> prompt, const GenerateOptions& options,
                const GenerateHooks& hooks) {
  Collector collector(model.text(), options.text, hooks);
  runtime::Executor& executor = model.executor();
  const runtime::RequestId id = executor.submit(
      {.prompt = std::move(prompt), .sampling = options.sampling, .max_tokens = options.max_tokens},
      [&](const runtime::Event& event) { return collector.receive(event); });
  while (!collector.finished()) {
    if (hooks.interrupted && hooks.interrupted()) executor.cancel(id);
    LATHE_CHECK(executor.step(), "the executor forgot a request", static_cast<uint64_t>(id));
  }
  return std::move(collector).answer();
}

}  // namespace lathe::llm
