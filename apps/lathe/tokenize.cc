// SPDX-License-Identifier: Apache-2.0
// lathe tokenize: text to ids, and back.
#include "blame.h"
#include "commands.h"
#include "lathe/base/file.h"
#include "lathe/llm/text_side.h"
#include "print.h"

namespace lathe::app {

namespace {

struct TokenizeOptions {
  ExistingPath source;
  std::optional<std::string> text;
  ExistingFile text_file;
  ExistingFile lines;
  std::vector<int32_t> token_ids;
  bool detokenize = false;
  bool no_special = false;
  bool json = false;

  void declare(Flags& flags) {
    flags.positional("SOURCE", source, "an engine, or a checkpoint");
    flags.value("--text", text, {"TEXT", "what to tokenize"});
    flags.value("--text-file", text_file, {"FILE", "the same, from a file"});
    flags.value("--lines", lines, {"FILE", "one JSON array of ids for each line of the file"});
    flags.toggle("--no-special", no_special,
                 "no BOS, EOS around the ids; with --detokenize, no special tokens in the text");
    flags.toggle("--detokenize", detokenize, "ids to text");
    flags.value("--token-ids", token_ids, {"1,2,3", "the ids of --detokenize"});
    flags.toggle("--json", json, "print one JSON object");
  }
};

void check_usage(const TokenizeOptions& options) {
  const int texts = (options.text ? 1 : 0) + (options.text_file.empty() ? 0 : 1) +
                    (options.lines.empty() ? 0 : 1);
  const int wanted = options.detokenize ? 0 : 1;
  if (texts != wanted) {
    fail(ErrorCode::kInvalidArgument,
         options.detokenize ? "--detokenize: expected --token-ids and no text"
                            : "lathe tokenize: expected one of --text, --text-file, "
                              "--lines",
         ", got ", texts, " texts");
  }
  if (options.detokenize == options.token_ids.empty()) {
    fail(ErrorCode::kInvalidArgument, "--detokenize, --token-ids: expected together, got one");
  }
}

void print_text(const TokenizeOptions& options, const text::Tokenizer& tokenizer) {
  check_token_ids("--token-ids", options.token_ids, tokenizer.vocab_size());
  const std::string text =
      tokenizer.decode(options.token_ids, {.skip_special = options.no_special});
  if (options.json) {
    Json out = Json::object();
    out["text"] = text;
    print_json(out);
  } else {
    print(text);
  }
}

void print_lines(const TokenizeOptions& options, const text::Tokenizer& tokenizer) {
  const std::string text = read_file(options.lines.path);
  std::vector<std::string_view> lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();  // behind the last newline
  for (const std::string_view line : lines) {
    print_json(to_json(tokenizer.encode(line, {.add_special = !options.no_special})));
  }
}

ExitCode tokenize(const TokenizeOptions& options) {
  check_usage(options);
  const llm::TextSide side = llm::open_text_side(options.source.path);
  const text::Tokenizer& tokenizer = side.tokenizer();
  if (options.detokenize) {
    print_text(options, tokenizer);
  } else if (!options.lines.empty()) {
    print_lines(options, tokenizer);
  } else {
    const std::string text = options.text ? *options.text : read_file(options.text_file.path);
    Json out = Json::object();
    out["ids"] = to_json(tokenizer.encode(text, {.add_special = !options.no_special}));
    print_json(out);
  }
  return ExitCode::kOk;
}

}  // namespace

Command tokenize_command() {
  return make_command<TokenizeOptions>(
      {"tokenize",
       "text to token ids, and back",
       {"lathe tokenize smollm2.engine --text \"Hello, world!\"",
        "lathe tokenize smollm2.engine --text=--help --no-special",
        "lathe tokenize smollm2.engine --detokenize --token-ids 19556,28,905"}},
      tokenize);
}

}  // namespace lathe::app
