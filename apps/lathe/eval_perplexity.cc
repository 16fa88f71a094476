// SPDX-License-Identifier: Apache-2.0
// lathe eval perplexity: how surprised the engine is by a text.
#include <cstdio>

#include "blame.h"
#include "commands.h"
#include "lathe/base/file.h"
#include "lathe/llm/perplexity.h"
#include "lathe/llm/text_side.h"
#include "model_flags.h"
#include "print.h"
#include "token_count.h"

namespace lathe::app {

namespace {

constexpr IntegerRange kWindow{.low = 4};

struct EvalPerplexityOptions {
  ModelFlags model;
  ExistingFile text;
  TokenCount context{512};
  bool json = false;

  void declare(Flags& flags) {
    model.declare(flags);
    flags.value("--text", text, {"FILE", "the text"});
    flags.value("--context", context,
                {"N", "tokens of a window, its first half context only; 512", kWindow});
    flags.toggle("--json", json, "print one JSON object");
  }
};

void show_progress(int64_t done, int64_t windows) {
  if (!shows_progress()) return;
  std::fprintf(stderr, "\rwindow %lld of %lld%s", static_cast<long long>(done),
               static_cast<long long>(windows), done == windows ? "\n" : "");
}

// Of a window: what was asked for, or what the model takes of the default.
int64_t context_of(const EvalPerplexityOptions& options, const exec::Engine& engine) {
  TokenCount context = options.context;
  const int64_t most = options.model.longest_sequence(engine.manifest().model);
  if (most >= kWindow.low) fit_default(context, "--context", most);
  check_length("--context", context.tokens, most);
  return context.tokens;
}

ExitCode eval_perplexity(const EvalPerplexityOptions& options) {
  if (options.text.empty()) {
    fail(ErrorCode::kInvalidArgument, "lathe eval perplexity: expected --text FILE, got none");
  }
  const std::string text = blame_flag("--text", [&] { return read_file(options.text.path); });
  runtime::RunLimits limits = options.model.limits;
  limits.max_batch_size = 1;
  const std::shared_ptr<const exec::Engine> engine = options.model.load_engine(limits);
  const llm::TextSide side({engine->files().begin(), engine->files().end()},
                           options.model.engine.string());
  const text::Tokenizer& tokenizer = side.tokenizer();
  llm::PerplexityOptions perplexity{
      .context = context_of(options, *engine), .limits = limits, .progress = show_progress};
  const std::vector<int32_t> ids = tokenizer.encode(text);
  if (!ids.empty() && tokenizer.bos_id() == ids.front()) perplexity.bos = ids.front();
  const llm::Perplexity found =
      blame_flags_of<runtime::RunLimits>([&] { return llm::perplexity(engine, ids, perplexity); });
  if (options.json) {
    Json out = Json::object();
    out["perplexity"] = found.perplexity;
    out["tokens"] = found.tokens;
    print_json(out);
  } else {
    print(cat("perplexity ", found.perplexity, " over ", found.tokens, " tokens\n"));
  }
  return ExitCode::kOk;
}

}  // namespace

Command eval_perplexity_command() {
  return make_command<EvalPerplexityOptions>(
      {"eval perplexity",
       "how surprised the engine is by a text",
       {"lathe eval perplexity smollm2.engine --text book.txt --context 512"}},
      eval_perplexity);
}

}  // namespace lathe::app
