// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/added_tokens.h"

#include <algorithm>

#include "lathe/text/utf8.h"

namespace lathe::text {
namespace {

// Where the character that ends before `end` begins.
size_t previous_character(std::string_view text, size_t end) {
  size_t begin = end - 1;
  while (begin > 0 && (static_cast<uint8_t>(text[begin]) & 0xC0) == 0x80) --begin;
  return begin;
}

// As `tokenizers` has it here: unlike a regex's \w without Latin-1's superscripts and fractions,
// and with the two joiners.
bool is_of_word(char32_t code) {
  if (code == 0x200C || code == 0x200D) return true;
  const bool in_latin_1 = code >= 0x80 && code < 0x100;
  return word_set().contains(code) && !(in_latin_1 && numeric_set().contains(code));
}

bool word_ends_at(std::string_view text, size_t end) {
  return end > 0 && is_of_word(read_utf8(text.substr(previous_character(text, end))).code);
}

bool word_begins_at(std::string_view text, size_t begin) {
  return begin < text.size() && is_of_word(read_utf8(text.substr(begin)).code);
}

size_t skip_spaces_left(std::string_view text, size_t end, size_t limit) {
  while (end > limit) {
    const size_t begin = previous_character(text, end);
    if (!space_set().contains(read_utf8(text.substr(begin)).code)) break;
    end = begin;
  }
  return end;
}

size_t skip_spaces_right(std::string_view text, size_t begin) {
  while (begin < text.size()) {
    const Utf8Step step = read_utf8(text.substr(begin));
    if (!space_set().contains(step.code)) break;
    begin += step.bytes;
  }
  return begin;
}

// The part that a token found at [begin, end) takes, given that the text before `limit` is taken;
// nothing where it does not count here.
std::optional<TextSpan> extent(const AddedToken& token, std::string_view text, TextSpan found,
                               size_t limit) {
  if (token.single_word && (word_ends_at(text, found.begin) || word_begins_at(text, found.end))) {
    return std::nullopt;
  }
  if (token.lstrip) found.begin = skip_spaces_left(text, found.begin, limit);
  if (token.rstrip) found.end = skip_spaces_right(text, found.end);
  return found;
}

}  // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  std::erase_if(tokens_, [](const AddedToken& token) { return token.content.empty(); });
  std::ranges::stable_sort(tokens_, {}, &AddedToken::content);
  begin_of_.resize(257);
  for (size_t byte = 0; byte < 257; ++byte) {
    begin_of_[byte] =
        static_cast<size_t>(std::ranges::count_if(tokens_, [&](const AddedToken& token) {
          return static_cast<uint8_t>(token.content[0]) < byte;
        }));
  }
}

const AddedToken* AddedTokens::match(std::string_view text) const {
  const auto first = static_cast<uint8_t>(text[0]);
  size_t low = begin_of_[first];
  size_t high = begin_of_[first + 1u];
  const AddedToken* longest = nullptr;
  // Of the tokens in [low, high) all share `length` bytes with the text.
  for (size_t length = 1; low < high; ++length) {
    if (tokens_[low].content.size() == length) longest = &tokens_[low];
    while (low < high && tokens_[low].content.size() == length) ++low;
    if (length == text.size()) break;
    const auto begin = tokens_.begin() + static_cast<ptrdiff_t>(low);
    const auto end = tokens_.begin() + static_cast<ptrdiff_t>(high);
    const auto byte = static_cast<uint8_t>(text[length]);
    const auto next = [&](const AddedToken& token) {
      return static_cast<uint8_t>(token.content[length]);
    };
    high = low + static_cast<size_t>(std::ranges::upper_bound(begin, end, byte, {}, next) - begin);
    low += static_cast<size_t>(std::ranges::lower_bound(begin, end, byte, {}, next) - begin);
  }
  return longest;
}

std::vector<TextPart> AddedTokens::split(std::string_view text, SpecialTokens special) const {
  std::vector<TextPart> out;
  size_t taken = 0;
  const auto add_text = [&](size_t end) {
    if (end > taken) out.push_back({{taken, end}, std::nullopt});
  };
  for (size_t i = 0; !tokens_.empty() && i < text.size();) {
    const AddedToken* token = match(text.substr(i));
    if (token == nullptr) {
      ++i;
      continue;
    }
    const TextSpan found{i, i + token->content.size()};
    i = found.end;
    if (token->special && special == SpecialTokens::kAsText) continue;
    const auto span = extent(*token, text, found, taken);
    if (!span || span->end <= taken) continue;
    add_text(span->begin);
    out.push_back({*span, token->id});
    taken = span->end;
  }
  add_text(text.size());
  return out;
}

}  // namespace lathe::text
