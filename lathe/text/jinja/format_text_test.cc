// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/jinja/format_text.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace lathe::text::jinja {
namespace {

using testing::error_of;

const Arguments& arguments() {
  static const Arguments out = {{Value("a"), Value(int64_t{7}), Value::list({Value("l")})},
                                {{"key", Value("v")}, {"none", Value()}}};
  return out;
}

TEST(FormatText, FieldsAreArguments) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"{} {}", "a 7"},
      {"{1}{0}{1}", "7a7"},
      {"{key}={none}", "v=None"},
      {"{2}", "['l']"},
      {"{{}} {{{0}}}", "{} {a}"},
      {"{}{key}{}", "av7"},
      {"é{0}é", "éaé"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(format_text(test.first, arguments()), test.second) << test.first;
  }
}

TEST(FormatText, Refusals) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"{}{}{}{}", "format: expected more than 3 arguments"},
      {"{3}", "format: expected more than 3 arguments"},
      {"{other}", "format: no argument for {'other'}"},
      {"{0.x}", "format: no argument for {'0.x'}"},
      {"{0:>5}", "format: no argument for {'0:>5'}"},
      {"a{", "format: a single { or } in '{'"},
      {"a}b", "format: a single { or } in '}b'"},
      {"{0", "format: a single { or } in '{0'"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(error_of([&] { format_text(test.first, arguments()); }), test.second) << test.first;
  }
}

}  // namespace
}  // namespace lathe::text::jinja
