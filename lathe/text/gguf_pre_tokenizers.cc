// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/gguf_pre_tokenizers.h"

#include <string>
#include <vector>

#include "lathe/base/error.h"

namespace lathe::text {
namespace {

// Stands for the step that isolates each numeric character: Unicode's numbers, not \\p{N}'s.
constexpr const char* kOneNumeric = "(numeric)";

enum class Flavor { kPlain, kIgnoreMerges, kIgnoreMergesAddBos };

// A rule cuts by one expression after the other; the pieces that one leaves go to the next.
struct Rule {
  std::vector<const char*> names;
  std::vector<std::string> patterns;
  Flavor flavor = Flavor::kPlain;
};

// The family of Llama 3's expression differs in how it takes digits.
std::string llama3_pattern(std::string_view digits) {
  return cat(R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)", digits,
             R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)");
}

// Two words in mixed case: capitals then small letters, or the other way round.
std::string cased_pattern(std::string_view suffix, std::string_view digits) {
  const std::string_view start = R"([^\r\n\p{L}\p{N}]?)";
  const std::string_view upper = R"([\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])";
  const std::string_view lower = R"([\p{Ll}\p{Lm}\p{Lo}\p{M}])";
  return cat(start, upper, "*", lower, "+", suffix, "|", start, upper, "+", lower, "*", suffix, "|",
             digits, R"(| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)");
}

const std::vector<Rule>& rules() {
  static const std::string contractions = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?)";
  static const std::vector<Rule> table = {
      {{"default", ""}, {R"([\p{P}\$\+<=>\^~\|]+)", kGpt2Pattern, R"(\p{N}+)", "[0-9][0-9][0-9]"}},
      {{"gpt-2", "phi-2", "mpt", "olmo", "jais", "exaone4", "gigachat", "modern-bert", "trillion"},
       {kGpt2Pattern}},
      {{"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b"},
       {kOneNumeric, kGpt2Pattern}},
      {{"llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral", "lfm2"},
       {llama3_pattern(R"(\p{N}{1,3})")},
       Flavor::kIgnoreMergesAddBos},
      {{"smaug-bpe", "dbrx", "chatglm-bpe"}, {llama3_pattern(R"(\p{N}{1,3})")}},
      {{"glm4"}, {llama3_pattern(R"(\p{N}{1,3})")}, Flavor::kIgnoreMerges},
      {{"qwen2", "stablelm2", "deepseek-r1-qwen", "megrez"}, {llama3_pattern(R"(\p{N})")}},
      {{"falcon"}, {R"([\p{P}\$\+<=>\^~\|`]+)", kGpt2Pattern, "[0-9][0-9][0-9]"}},
      {{"deepseek-coder"},
       {R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", "[一-龥ࠀ-一가-\\x{D7FF}]+", R"(\p{N})"}},
      {{"gpt-4o", "llama4"}, {cased_pattern(contractions, R"(\p{N}{1,3})")}},
      {{"tekken"}, {cased_pattern("", R"(\p{N})")}, Flavor::kIgnoreMergesAddBos},
  };
  return table;
}

PreTokenizer make(const Rule& rule) {
  std::vector<PreTokenizerStep> steps;
  for (const std::string& pattern : rule.patterns) {
    steps.push_back(pattern == kOneNumeric ? isolate_numeric_step() : isolate_step(pattern));
  }
  steps.push_back(byte_alphabet_step());
  return PreTokenizer(std::move(steps));
}

}  // namespace

GgufPreTokenizer gguf_pre_tokenizer(std::string_view name) {
  std::vector<std::string> known;
  for (const Rule& rule : rules()) {
    for (const char* candidate : rule.names) {
      if (candidate == name) {
        return {.pre_tokenizer = make(rule),
                .add_bos = rule.flavor == Flavor::kIgnoreMergesAddBos,
                .ignore_merges = rule.flavor != Flavor::kPlain};
      }
      if (*candidate != '\0') known.emplace_back(candidate);
    }
  }
  fail(ErrorCode::kUnsupported, "tokenizer.ggml.pre: ", quote(name),
       " is not known, expected one of ", join(known, ", "));
}

}  // namespace lathe::text
