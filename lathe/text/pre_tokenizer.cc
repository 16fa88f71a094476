// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/pre_tokenizer.h"

#include <iterator>
#include <memory>

#include "lathe/base/error.h"
#include "lathe/text/byte_alphabet.h"
#include "lathe/text/json_fields.h"
#include "lathe/text/split.h"
#include "lathe/text/utf8.h"

namespace lathe::text {

const char* const kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

namespace {

// Every word of a segment is replaced by the words that `cut` makes of it.
template <class Cut>
void replace_words(Segment& segment, Cut cut) {
  std::vector<std::string> out;
  for (const std::string& word : segment.words) {
    std::vector<std::string> words = cut(word);
    out.insert(out.end(), std::make_move_iterator(words.begin()),
               std::make_move_iterator(words.end()));
  }
  segment.words = std::move(out);
}

PreTokenizerStep regex_step(const std::string& pattern, SplitBehavior behavior, MatchSense sense) {
  return [regex = std::make_shared<const Regex>(pattern), behavior, sense](Segment& segment) {
    Regex::Finder finder(*regex);
    replace_words(segment, [&](const std::string& word) {
      return split(word, finder.find_all(word), behavior, sense);
    });
  };
}

std::vector<TextSpan> find_text(std::string_view text, std::string_view pattern) {
  std::vector<TextSpan> out;
  for (size_t at = 0; (at = text.find(pattern, at)) != std::string_view::npos;) {
    out.push_back({at, at + pattern.size()});
    at += pattern.size();
  }
  return out;
}

PreTokenizerStep text_step(const std::string& pattern, SplitBehavior behavior, MatchSense sense) {
  if (pattern.empty()) fail(ErrorCode::kCorrupt, "pattern: expected text to split at, got none");
  return [pattern, behavior, sense](Segment& segment) {
    replace_words(segment, [&](const std::string& word) {
      return split(word, find_text(word, pattern), behavior, sense);
    });
  };
}

struct Behavior {
  std::string_view name;
  SplitBehavior behavior;
};
constexpr Behavior kBehaviors[] = {
    {"Isolated", SplitBehavior::kIsolated},
    {"Removed", SplitBehavior::kRemoved},
    {"Contiguous", SplitBehavior::kContiguous},
    {"MergedWithPrevious", SplitBehavior::kMergedWithPrevious},
    {"MergedWithNext", SplitBehavior::kMergedWithNext},
};

SplitBehavior behavior_of(const Json& json) {
  const std::string& name = text_field(json, "behavior");
  for (const Behavior& row : kBehaviors) {
    if (row.name == name) return row.behavior;
  }
  fail(ErrorCode::kUnsupported, "behavior: ", quote(name), " is not known");
}

void make_split(const Json& json, std::vector<PreTokenizerStep>& out) {
  const SplitBehavior behavior = behavior_of(json);
  const MatchSense sense =
      bool_field(json, "invert", false) ? MatchSense::kGaps : MatchSense::kMatches;
  const Json& pattern = json.at("pattern");
  out.push_back(pattern.contains("Regex")
                    ? regex_step(text_field(pattern, "Regex"), behavior, sense)
                    : text_step(text_field(pattern, "String"), behavior, sense));
}

void prepend_space(Segment& segment) {
  for (std::string& word : segment.words) {
    if (!word.empty() && !word.starts_with(' ')) word.insert(0, " ");  // before a tab too
  }
}

void make_byte_level(const Json& json, std::vector<PreTokenizerStep>& out) {
  if (bool_field(json, "add_prefix_space", true)) out.emplace_back(prepend_space);
  if (bool_field(json, "use_regex", true)) out.push_back(isolate_step(kGpt2Pattern));
  out.push_back(byte_alphabet_step());
}

std::vector<TextSpan> find_numeric(std::string_view text) {
  std::vector<TextSpan> out;
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = read_utf8(text.substr(at));
    if (numeric_set().contains(step.code)) out.push_back({at, at + step.bytes});
    at += step.bytes;
  }
  return out;
}

PreTokenizerStep numeric_step(SplitBehavior behavior) {
  return [behavior](Segment& segment) {
    replace_words(segment, [&](const std::string& word) {
      return split(word, find_numeric(word), behavior, MatchSense::kMatches);
    });
  };
}

void make_digits(const Json& json, std::vector<PreTokenizerStep>& out) {
  const bool individual = bool_field(json, "individual_digits", false);
  out.push_back(numeric_step(individual ? SplitBehavior::kIsolated : SplitBehavior::kContiguous));
}

enum class PrependScheme { kAlways, kNever, kFirst };

PrependScheme scheme_of(const Json& json) {
  // Files of before there were schemes have a flag.
  const std::string otherwise = bool_field(json, "add_prefix_space", true) ? "always" : "never";
  const std::string name = text_field(json, "prepend_scheme", otherwise);
  if (name == "always") return PrependScheme::kAlways;
  if (name == "never") return PrependScheme::kNever;
  if (name == "first") return PrependScheme::kFirst;
  fail(ErrorCode::kUnsupported, "prepend_scheme: ", quote(name), " is not known");
}

// Spaces are ▁, and a text begins with one.
void make_metaspace(const Json& json, std::vector<PreTokenizerStep>& out) {
  const std::string mark = text_field(json, "replacement", "▁");
  const PrependScheme scheme = scheme_of(json);
  out.emplace_back([mark, scheme](Segment& segment) {
    for (size_t i = 0; i < segment.words.size(); ++i) {
      std::string& word = segment.words[i];
      for (size_t at = 0; (at = word.find(' ', at)) != std::string::npos; at += mark.size()) {
        word.replace(at, 1, mark);
      }
      const bool wanted = scheme == PrependScheme::kAlways ||
                          (scheme == PrependScheme::kFirst && i == 0 && segment.begins_text);
      if (wanted && !word.starts_with(mark)) word.insert(0, mark);
    }
  });
  if (bool_field(json, "split", true)) {
    out.push_back(text_step(mark, SplitBehavior::kMergedWithNext, MatchSense::kMatches));
  }
}

struct Row {
  std::string_view name;
  void (*make)(const Json&, std::vector<PreTokenizerStep>&);
};
constexpr Row kTypes[] = {
    {"ByteLevel", make_byte_level},
    {"Split", make_split},
    {"Digits", make_digits},
    {"Metaspace", make_metaspace},
};

}  // namespace

PreTokenizer PreTokenizer::from_json(const Json& json) {
  std::vector<PreTokenizerStep> steps;
  for (const Json* component : components(json, "pretokenizers")) {
    row_of_type(kTypes, *component).make(*component, steps);
  }
  return PreTokenizer(std::move(steps));
}

PreTokenizerStep isolate_step(const std::string& pattern) {
  return regex_step(pattern, SplitBehavior::kIsolated, MatchSense::kMatches);
}

PreTokenizerStep isolate_numeric_step() { return numeric_step(SplitBehavior::kIsolated); }

PreTokenizerStep byte_alphabet_step() {
  return [](Segment& segment) {
    for (std::string& word : segment.words) word = to_byte_alphabet(word);
  };
}

}  // namespace lathe::text
