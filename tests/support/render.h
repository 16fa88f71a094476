// SPDX-License-Identifier: Apache-2.0
// Tables of templates and of what jinja2, with Hugging Face's settings, makes of them.
//
//   const Rendering values[] = {{"1 + 2", "3"}, {"'a' * 2", "aa"}};
//   expect_values(values);
#pragma once

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>

#include "lathe/base/error.h"
#include "lathe/text/chat_template.h"

namespace lathe::testing {

struct Rendering {
  std::string_view source;
  std::string_view text;  // of a refusal: its message behind "chat template: "
};

inline std::string rendered(std::string_view source, const Json& variables = Json::object()) {
  text::TemplateInputs inputs;
  inputs.variables = variables;
  return text::ChatTemplate::parse(source)->render(inputs);
}

inline void expect_rendering(std::string_view source, std::string_view text,
                             const Json& variables) {
  try {
    EXPECT_EQ(rendered(source, variables), text) << source;
  } catch (const Error& error) {
    ADD_FAILURE() << source << ": " << error.message();
  }
}

inline void expect_refusal(std::string_view source, std::string_view message,
                           const Json& variables) {
  try {
    ADD_FAILURE() << source << ": rendered " << rendered(source, variables);
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), cat("chat template: ", message)) << source;
    EXPECT_NE(error.code(), ErrorCode::kInternal) << source;
  }
}

// Whole templates.
inline void expect_renderings(std::span<const Rendering> cases,
                              const Json& variables = Json::object()) {
  for (const Rendering& test : cases) expect_rendering(test.source, test.text, variables);
}
inline void expect_refusals(std::span<const Rendering> cases,
                            const Json& variables = Json::object()) {
  for (const Rendering& test : cases) expect_refusal(test.source, test.text, variables);
}

// Expressions: what stands between {{ and }}. Their refusals are all of line 1.
inline void expect_values(std::span<const Rendering> cases,
                          const Json& variables = Json::object()) {
  for (const Rendering& test : cases) {
    expect_rendering(cat("{{ ", test.source, " }}"), test.text, variables);
  }
}
inline void expect_refused_values(std::span<const Rendering> cases,
                                  const Json& variables = Json::object()) {
  for (const Rendering& test : cases) {
    expect_refusal(cat("{{ ", test.source, " }}"), cat("line 1: ", test.text), variables);
  }
}

}  // namespace lathe::testing
