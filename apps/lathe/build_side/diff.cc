// SPDX-License-Identifier: Apache-2.0
// lathe diff: the first op where an engine drifts from its checkpoint, or from another engine.
#include "commands.h"
#include "lathe/llm/text_side.h"
#include "lathe/toolchain/diff_engine.h"
#include "model_flags.h"
#include "print.h"

namespace lathe::app {

namespace {

struct DiffOptions {
  ModelFlags model;
  ExistingPath against;
  std::optional<std::string> prompt;
  std::vector<int32_t> token_ids;
  bool json = false;

  void declare(Flags& flags) {
    model.declare(flags);
    flags.value("--against", against, {"PATH", "a checkpoint or an engine; the engine's own"});
    flags.value("--prompt", prompt, {"TEXT", "what both are given"});
    flags.value("--token-ids", token_ids, {"1,2,3", "the same as ids"});
    flags.toggle("--json", json, "print one JSON object");
  }
};

std::vector<int32_t> prompt_ids(const DiffOptions& options) {
  if (options.prompt.has_value() != options.token_ids.empty()) {
    fail(ErrorCode::kInvalidArgument,
         "lathe diff: expected one of --prompt, --token-ids, got none or both");
  }
  if (!options.prompt) return options.token_ids;
  return llm::open_text_side(options.model.engine.path).tokenizer().encode(*options.prompt);
}

ExitCode diff(const DiffOptions& options) {
  const std::vector<int32_t> ids = prompt_ids(options);
  const builder::DiffReport report = toolchain::diff_engine({.engine = options.model.engine.path,
                                                             .against = options.against.path,
                                                             .token_ids = ids,
                                                             .load = options.model.load_options()});
  if (options.json) {
    print_json(to_json(report));
  } else {
    print(cat(builder::to_text(report), "\n"));
  }
  return report.first ? ExitCode::kFailure : ExitCode::kOk;
}

}  // namespace

Command diff_command() {
  return make_command<DiffOptions>(
      "diff", "the first op where an engine drifts from its checkpoint",
      {"lathe diff smollm2.engine --prompt \"Hello\"",
       "lathe diff a.engine --against b.engine --token-ids 1,2,3 --json"},
      diff);
}

}  // namespace lathe::app
