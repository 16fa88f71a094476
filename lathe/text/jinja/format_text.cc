// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/jinja/format_text.h"

#include <algorithm>
#include <charconv>

#include "lathe/base/error.h"
#include "lathe/text/jinja/python_repr.h"

namespace lathe::text::jinja {
namespace {

const Value& argument(const Arguments& arguments, std::string_view field, size_t& next) {
  size_t index = next;
  if (field.empty()) {
    ++next;
  } else {
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), index);
    if (error != std::errc() || end != field.data() + field.size()) {
      const auto found = std::ranges::find_if(
          arguments.keyword, [&](const auto& item) { return item.first == field; });
      if (found == arguments.keyword.end()) {
        fail(ErrorCode::kCorrupt, "format: no argument for {", quote(field), "}");
      }
      return found->second;
    }
  }
  if (index >= arguments.positional.size()) {
    fail(ErrorCode::kCorrupt, "format: expected more than ", index, " arguments");
  }
  return arguments.positional[index];
}

}  // namespace

std::string format_text(std::string_view pattern, const Arguments& arguments) {
  std::string out;
  size_t next = 0;
  while (!pattern.empty()) {
    const size_t plain = std::min(pattern.find_first_of("{}"), pattern.size());
    out.append(pattern.substr(0, plain));
    pattern.remove_prefix(plain);
    if (pattern.empty()) break;
    if (pattern.starts_with("{{") || pattern.starts_with("}}")) {
      out += pattern.front();
      pattern.remove_prefix(2);
      continue;
    }
    const size_t end = pattern.find('}');
    if (end == std::string_view::npos || end == 0) {
      fail(ErrorCode::kCorrupt, "format: a single { or } in ", quote(pattern));
    }
    out += to_str(argument(arguments, pattern.substr(1, end - 1), next));
    pattern.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace lathe::text::jinja
