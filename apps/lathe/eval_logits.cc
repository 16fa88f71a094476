// SPDX-License-Identifier: Apache-2.0
// lathe eval logits: the logits of known tokens, by the engine's own kernels.
#include "blame.h"
#include "commands.h"
#include "interrupt.h"
#include "lathe/base/safetensors_writer.h"
#include "lathe/runtime/forced_run.h"
#include "model_flags.h"

namespace lathe::app {

namespace {

struct EvalLogitsOptions {
  ModelFlags model;
  std::vector<int32_t> token_ids;
  ExistingFile mixed;
  OutputFile output;
  int64_t chunk = 0;
  bool decode = false;

  void declare(Flags& flags) {
    model.declare(flags);
    flags.value("--token-ids", token_ids, {"1,2,3", "the tokens"});
    flags.value("--mixed", mixed,
                {"FILE", "JSON: [{\"token_ids\": […], \"generated\": K}, …], in shared steps"});
    flags.value("--output", output, {"F.safetensors", "where the logits go"});
    flags.value("--chunk", chunk, {"N", "tokens of a step; all", kPositive});
    flags.toggle("--decode", decode, "token by token");
  }
};

void check_usage(const EvalLogitsOptions& options) {
  const auto need = [](bool ok, std::string_view message) {
    if (!ok) fail(ErrorCode::kInvalidArgument, message);
  };
  need(!options.output.empty(), "lathe eval logits: expected --output F.safetensors, got none");
  need(options.token_ids.empty() != options.mixed.empty(),
       "--token-ids, --mixed: expected one of them, got none or both");
  need(options.chunk == 0 || !options.decode, "--chunk, --decode: expected one of them, got both");
  need(!options.decode || options.mixed.empty(),
       "--decode, --mixed: expected one of them, got both");
}

runtime::ForcedSequence read_sequence(const Json& entry) {
  runtime::ForcedSequence sequence;
  with_context("token_ids", [&] { read_json(entry.at("token_ids"), sequence.tokens); });
  if (const Json* generated = entry.find("generated")) {
    with_context("generated", [&] { read_json(*generated, sequence.generated); });
  }
  return sequence;
}

std::vector<runtime::ForcedSequence> read_sequences(const EvalLogitsOptions& options) {
  if (options.mixed.empty()) {
    const auto count = std::ssize(options.token_ids);
    return {{.tokens = options.token_ids, .generated = options.decode ? count : 0}};
  }
  const Json file = read_json_file("--mixed", options.mixed);
  return blame_flag("--mixed", [&] {
    return with_context(options.mixed.string(), [&] {
      std::vector<runtime::ForcedSequence> sequences;
      for (const Json& entry : file.as_array()) sequences.push_back(read_sequence(entry));
      if (sequences.empty()) fail(ErrorCode::kCorrupt, "expected sequences, got none");
      return sequences;
    });
  });
}

// Logits of each sequence, [tokens, vocab].
using Logits = std::vector<std::vector<float>>;

Logits compute(const EvalLogitsOptions& options,
               const std::vector<runtime::ForcedSequence>& sequences) {
  runtime::RunLimits limits = options.model.limits;
  limits.max_batch_size = std::ssize(sequences);
  const std::shared_ptr<const exec::Engine> engine = options.model.load_engine(limits);
  for (const runtime::ForcedSequence& sequence : sequences) {
    check_token_ids(options.mixed.empty() ? "--token-ids" : "--mixed", sequence.tokens,
                    engine->manifest().model.vocab);
  }
  exec::Session session(engine, blame_flags_of<runtime::RunLimits>([&] {
                          return runtime::forced_session(*engine, sequences, options.model.limits);
                        }));
  Logits logits(sequences.size());
  runtime::ForcedOptions forced{.chunk = options.chunk};
  if (!options.mixed.empty()) forced.shuffle = 1;
  runtime::run_forced(session, sequences, forced,
                      [&](size_t sequence, int64_t, std::span<const float> row) {
                        logits[sequence].insert(logits[sequence].end(), row.begin(), row.end());
                      });
  return logits;
}

ExitCode eval_logits(const EvalLogitsOptions& options) {
  check_usage(options);
  const std::vector<runtime::ForcedSequence> sequences = read_sequences(options);
  const Logits logits = compute(options, sequences);
  std::vector<SafetensorsTensor> tensors;
  for (size_t i = 0; i < logits.size(); ++i) {
    const auto tokens = static_cast<int64_t>(sequences[i].tokens.size());
    tensors.push_back({.name = options.mixed.empty() ? "logits" : cat("logits.", i),
                       .dtype = "F32",
                       .shape = {tokens, static_cast<int64_t>(logits[i].size()) / tokens},
                       .bytes = std::as_bytes(std::span(logits[i]))});
  }
  const InterruptWatch late({SIGINT, SIGTERM, SIGHUP});  // a file that is begun is finished
  write_safetensors(options.output.path, tensors);
  return ExitCode::kOk;
}

}  // namespace

Command eval_logits_command() {
  return make_command<EvalLogitsOptions>(
      {"eval logits",
       "logits of known tokens, to a file",
       {"lathe eval logits smollm2.engine --token-ids 1,2,3 --output logits.safetensors",
        "lathe eval logits smollm2.engine --token-ids 1,2,3 --decode --output logits.safetensors"}},
      eval_logits);
}

}  // namespace lathe::app
