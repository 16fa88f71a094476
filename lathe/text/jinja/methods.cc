// SPDX-License-Identifier: Apache-2.0
// Methods of strings, dicts and lists. Those that would change a value are not there: templates
// run in a sandbox of immutable values at Hugging Face too.
#include <algorithm>
#include <array>

#include "lathe/base/error.h"
#include "lathe/text/jinja/filters.h"
#include "lathe/text/jinja/format_text.h"
#include "lathe/text/jinja/operators.h"
#include "lathe/text/jinja/python_text.h"
#include "lathe/text/utf8.h"

namespace lathe::text::jinja {
namespace {

const std::string& self(const Call& call) { return call.subject.as_string(); }

template <std::string (*kChange)(std::string_view)>
Value changed(const Call& call) {
  return call.runtime.text(kChange(self(call)));
}

template <Side kSide>
Value stripped(const Call& call) {
  const bool given = call.has(0) && !call.at(0).is_none();
  const std::u32string characters = given ? decode_utf8(call.at(0).as_string()) : U"";
  if (given && characters.empty()) return call.subject;
  return call.runtime.text(std::string(strip(self(call), kSide, characters)));
}

// A prefix, or one of a tuple of them.
template <bool (*kMatches)(std::string_view, std::string_view)>
Value matches_end(const Call& call) {
  if (!call.at(0).is_list()) return Value(kMatches(self(call), call.at(0).as_string()));
  return Value(std::ranges::any_of(call.at(0).as_list().items, [&](const Value& item) {
    return kMatches(self(call), item.as_string());
  }));
}

bool starts(std::string_view text, std::string_view part) { return text.starts_with(part); }
bool ends(std::string_view text, std::string_view part) { return text.ends_with(part); }

Value without_prefix(const Call& call) {
  std::string_view text = self(call);
  if (text.starts_with(call.at(0).as_string())) text.remove_prefix(call.at(0).as_string().size());
  return call.runtime.text(std::string(text));
}

Value without_suffix(const Call& call) {
  std::string_view text = self(call);
  if (text.ends_with(call.at(0).as_string())) text.remove_suffix(call.at(0).as_string().size());
  return call.runtime.text(std::string(text));
}

Value text_list(const Call& call, const std::vector<std::string>& parts) {
  std::vector<Value> out;
  out.reserve(parts.size());
  for (const std::string& part : parts) out.push_back(call.runtime.text(part));
  return call.runtime.list(std::move(out));
}

const std::string& separator(const Call& call) {
  const std::string& text = call.at(0).as_string();
  if (text.empty()) fail(ErrorCode::kCorrupt, "split: empty separator");
  return text;
}

Value split_text(const Call& call) {
  const int64_t limit = call.integer(1, -1);
  if (!call.has(0) || call.at(0).is_none()) return text_list(call, split_words(self(call), limit));
  return text_list(call, split_at(self(call), separator(call), limit));
}

// From the right: all parts, of which the first that are too many are put together again.
Value rsplit_text(const Call& call) {
  const int64_t limit = call.integer(1, -1);
  if (limit < 0) return split_text(call);
  if (!call.has(0) || call.at(0).is_none()) {
    return text_list(call, split_words_from_right(self(call), limit));
  }
  const std::string& between = separator(call);
  std::vector<std::string> parts = split_at(self(call), between, -1);
  const size_t kept = std::min(parts.size() - 1, static_cast<size_t>(limit));
  const auto middle = parts.end() - static_cast<ptrdiff_t>(kept);
  std::vector<std::string> out = {join(std::vector<std::string>(parts.begin(), middle), between)};
  out.insert(out.end(), middle, parts.end());
  return text_list(call, out);
}

Value splitlines(const Call& call) { return text_list(call, split_lines(self(call))); }

// Positions count characters; -1 where it is not there.
Value position(const Call& call, size_t found) {
  if (found == std::string::npos) return Value(int64_t{-1});
  return Value(num_characters(std::string_view(self(call)).substr(0, found)));
}
Value find(const Call& call) { return position(call, self(call).find(call.at(0).as_string())); }
Value rfind(const Call& call) { return position(call, self(call).rfind(call.at(0).as_string())); }

Value count_text(const Call& call) {
  const std::string& part = call.at(0).as_string();
  if (part.empty()) return Value(num_characters(self(call)) + 1);
  return Value(static_cast<int64_t>(split_at(self(call), part, -1).size()) - 1);
}

Value replace(const Call& call) {
  return apply_filter(call.runtime, "replace", call.subject, call.raw);
}

Value join_text(const Call& call) {
  for (const Value& item : iterate(call.runtime, call.at(0))) item.as_string();  // no str() here
  return apply_filter(call.runtime, "join", call.at(0), {{call.subject}, {}});
}

Value format(const Call& call) { return call.runtime.text(format_text(self(call), call.raw)); }

// True for a text that is not empty and all of whose characters pass.
template <bool (*kPasses)(char32_t)>
Value all_characters(const Call& call) {
  const std::u32string codes = decode_utf8(self(call));
  return Value(!codes.empty() && std::ranges::all_of(codes, kPasses));
}
bool is_alpha(char32_t code) { return category(code) <= Category::kLo; }
bool is_digit(char32_t code) { return category(code) == Category::kNd; }
bool is_numeric(char32_t code) { return numeric_set().contains(code); }
bool is_alphanumeric(char32_t code) { return is_alpha(code) || is_numeric(code); }

template <const char* kTest>
Value passes_test(const Call& call) {
  return Value(apply_test(call.runtime, kTest, call.subject, {}));
}
constexpr char kUpper[] = "upper";
constexpr char kLower[] = "lower";

Value get(const Call& call) {
  const Value* found = call.subject.as_dict().find(call.at(0));
  return found != nullptr ? *found : call.or_none(1);
}
Value items(const Call& call) { return apply_filter(call.runtime, "items", call.subject, {}); }
Value keys(const Call& call) { return Value::list(iterate(call.runtime, call.subject)); }
Value values(const Call& call) {
  std::vector<Value> out;
  for (const auto& item : call.subject.as_dict().items) out.push_back(item.second);
  return call.runtime.list(std::move(out));
}
Value copy(const Call& call) { return call.subject; }

Value count_items(const Call& call) {
  return Value(int64_t{std::ranges::count(call.subject.as_list().items, call.at(0))});
}
Value index_of(const Call& call) {
  const std::vector<Value>& all = call.subject.as_list().items;
  const auto found = std::ranges::find(all, call.at(0));
  if (found == all.end()) fail(ErrorCode::kCorrupt, "index: the item is not in the list");
  return Value(int64_t{found - all.begin()});
}

Value refuse_change(const Call&) {
  fail(ErrorCode::kCorrupt, "a template must not change its values");
}

constexpr std::array<Function, 28> kStringMethods = {{
    {"strip", "chars?", stripped<Side::kBoth>},
    {"lstrip", "chars?", stripped<Side::kLeft>},
    {"rstrip", "chars?", stripped<Side::kRight>},
    {"startswith", "prefix", matches_end<starts>},
    {"endswith", "suffix", matches_end<ends>},
    {"removeprefix", "prefix", without_prefix},
    {"removesuffix", "suffix", without_suffix},
    {"split", "sep? maxsplit?", split_text},
    {"rsplit", "sep? maxsplit?", rsplit_text},
    {"splitlines", "", splitlines},
    {"upper", "", changed<to_upper>},
    {"lower", "", changed<to_lower>},
    {"title", "", changed<to_title>},
    {"capitalize", "", changed<to_capitalized>},
    {"replace", "old new count?", replace},
    {"find", "sub", find},
    {"rfind", "sub", rfind},
    {"count", "sub", count_text},
    {"join", "iterable", join_text},
    {"format", "*", format},
    {"isalpha", "", all_characters<is_alpha>},
    {"isdigit", "", all_characters<is_digit>},
    {"isdecimal", "", all_characters<is_digit>},
    {"isnumeric", "", all_characters<is_numeric>},
    {"isalnum", "", all_characters<is_alphanumeric>},
    {"isspace", "", all_characters<is_python_space>},
    {"isupper", "", passes_test<kUpper>},
    {"islower", "", passes_test<kLower>},
}};

constexpr std::array<Function, 10> kDictMethods = {{
    {"get", "key default?", get},
    {"items", "", items},
    {"keys", "", keys},
    {"values", "", values},
    {"copy", "", copy},
    {"update", "*", refuse_change},
    {"pop", "*", refuse_change},
    {"popitem", "*", refuse_change},
    {"setdefault", "*", refuse_change},
    {"clear", "*", refuse_change},
}};

constexpr std::array<Function, 10> kListMethods = {{
    {"count", "value", count_items},
    {"index", "value", index_of},
    {"copy", "", copy},
    {"append", "*", refuse_change},
    {"extend", "*", refuse_change},
    {"insert", "*", refuse_change},
    {"pop", "*", refuse_change},
    {"remove", "*", refuse_change},
    {"reverse", "*", refuse_change},
    {"sort", "*", refuse_change},
}};

std::span<const Function> methods_of(const Value& object) {
  if (object.is_string()) return kStringMethods;
  if (object.is_dict()) return kDictMethods;
  if (object.is_list()) return kListMethods;
  return {};
}

}  // namespace

const Function* find_method(const Value& object, std::string_view name) {
  for (const Function& method : methods_of(object)) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

}  // namespace lathe::text::jinja
