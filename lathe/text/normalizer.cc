// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/normalizer.h"

#include <memory>

#include "lathe/base/error.h"
#include "lathe/text/json_fields.h"
#include "lathe/text/regex/regex.h"
#include "lathe/text/unicode_form.h"

namespace lathe::text {
namespace {

NormalizerStep replace_regex_step(const std::string& pattern, std::string content) {
  return [regex = std::make_shared<const Regex>(pattern),
          content = std::move(content)](std::string& text) {
    Regex::Finder finder(*regex);
    std::string out;
    size_t taken = 0;
    for (const TextSpan& match : finder.find_all(text)) {
      out.append(text, taken, match.begin - taken).append(content);
      taken = match.end;
    }
    text = out.append(text, taken);
  };
}

NormalizerStep make_prepend(const Json& json) { return prepend_step(text_field(json, "prepend")); }

NormalizerStep make_replace(const Json& json) {
  const Json& pattern = json.at("pattern");
  const std::string& content = text_field(json, "content");
  if (pattern.contains("Regex")) return replace_regex_step(text_field(pattern, "Regex"), content);
  return replace_step(text_field(pattern, "String"), content);
}

template <UnicodeForm kForm>
NormalizerStep make_form(const Json&) {
  return [](std::string& text) { text = to_form(kForm, text); };
}

struct Row {
  std::string_view name;
  NormalizerStep (*make)(const Json&);
};
constexpr Row kTypes[] = {
    {"Prepend", make_prepend},
    {"Replace", make_replace},
    {"NFC", make_form<UnicodeForm::kNfc>},
    {"NFD", make_form<UnicodeForm::kNfd>},
    {"NFKC", make_form<UnicodeForm::kNfkc>},
    {"NFKD", make_form<UnicodeForm::kNfkd>},
};

}  // namespace

Normalizer Normalizer::from_json(const Json& json) {
  std::vector<NormalizerStep> steps;
  for (const Json* component : components(json, "normalizers")) {
    steps.push_back(row_of_type(kTypes, *component).make(*component));
  }
  return Normalizer(std::move(steps));
}

NormalizerStep prepend_step(std::string prefix) {
  return [prefix = std::move(prefix)](std::string& text) {
    if (!text.empty()) text.insert(0, prefix);
  };
}

NormalizerStep replace_step(std::string pattern, std::string content) {
  if (pattern.empty()) fail(ErrorCode::kCorrupt, "pattern: expected text to replace, got none");
  return [pattern = std::move(pattern), content = std::move(content)](std::string& text) {
    std::string out;
    size_t taken = 0;
    for (size_t found; (found = text.find(pattern, taken)) != std::string::npos;) {
      out.append(text, taken, found - taken).append(content);
      taken = found + pattern.size();
    }
    if (taken > 0) text = out.append(text, taken);
  };
}

}  // namespace lathe::text
