// SPDX-License-Identifier: Apache-2.0
// What a template may not do, and where templates are found.
#include "lathe/text/chat_template.h"

#include <gtest/gtest.h>

#include "lathe/base/error.h"

namespace lathe::text {
namespace {

struct Failure {
  ErrorCode code;
  std::string message;
};

Failure failure_of(std::string_view source, const TemplateLimits& limits = {}) {
  try {
    const std::string text = ChatTemplate::parse(source)->render({}, limits);
    ADD_FAILURE() << source.substr(0, 200) << ": rendered " << text.substr(0, 100);
  } catch (const Error& error) {
    return {error.code(), error.message()};
  }
  return {};
}

std::string repeated(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

TEST(ChatTemplate, ErrorsNameTheLine) {
  EXPECT_EQ(failure_of("a\n\n{{ 1 + }}").message,
            "chat template: line 3: expected an expression, got }}");
  EXPECT_EQ(failure_of("a\n{% if true %}\n{{ missing.x }}{% endif %}").message,
            "chat template: line 3: 'missing' is undefined");
  EXPECT_EQ(failure_of("\n{{ raise_exception('no such role') }}").message,
            "chat template: line 2: no such role");
  EXPECT_EQ(failure_of("{% for x in [] %}").code, ErrorCode::kCorrupt);
  EXPECT_EQ(failure_of("{% block a %}{% endblock %}").code, ErrorCode::kUnsupported);
}

// A template that fails is a bad one; messages that it refuses are the caller's mistake.
TEST(ChatTemplate, RefusalsAreTheCallersAndFailuresTheTemplates) {
  EXPECT_EQ(failure_of("{{ raise_exception('no such role') }}").code, ErrorCode::kInvalidArgument);
  for (const char* source :
       {"{{ 1 / 0 }}", "{{ missing.x }}", "{{ 1 | mystery }}", "{{ 1 is mystery }}", "{{ 1() }}",
        "{% for x in 1 %}{% endfor %}", "{% set a, b = [1] %}", "{{ 'a' + 1 }}",
        "{{ 9223372036854775807 + 1 }}", "{{ raise_exception() }}"}) {
    EXPECT_EQ(failure_of(source).code, ErrorCode::kCorrupt) << source;
  }
}

TEST(ChatTemplate, StepsAreBounded) {
  const auto long_loop =
      "{% for i in range(999) %}{% for j in range(999) %}{% endfor %}{% endfor %}";
  EXPECT_EQ(failure_of(long_loop, {.steps = 100'000}).code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(failure_of("{{ range(999999999999) }}", {.steps = 100'000}).code,
            ErrorCode::kResourceExhausted);
  // A list of lists of lists …: small in memory, endless to walk through.
  const std::string doubled =
      "{% set l = [1] %}" + repeated("{% set l = [l, l] %}", 60) + "{{ l == l }}";
  EXPECT_EQ(failure_of(doubled).code, ErrorCode::kResourceExhausted);
}

TEST(ChatTemplate, BytesAreBounded) {
  EXPECT_EQ(failure_of("{{ 'x' * 999999999999 }}").code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(failure_of("{{ [1] * 999999999 }}").code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(failure_of("{{ 'x'|center(999999999) }}").code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(failure_of("{{ 'x\ny'|indent(999999999) }}").code, ErrorCode::kResourceExhausted);
  const std::string grown = "{% set s = 'x' %}" + repeated("{% set s = s ~ s %}", 40) + "{{ s }}";
  EXPECT_EQ(failure_of(grown, {.bytes = 1 << 20}).code, ErrorCode::kResourceExhausted);
  const auto output = "{% for i in range(9999) %}some words{% endfor %}";
  EXPECT_EQ(failure_of(output, {.bytes = 1000}).code, ErrorCode::kResourceExhausted);
}

TEST(ChatTemplate, DepthIsBounded) {
  EXPECT_EQ(failure_of("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}").code,
            ErrorCode::kResourceExhausted);
  EXPECT_EQ(failure_of("{{ " + repeated("(", 9999) + "1 }}").code, ErrorCode::kCorrupt);
  EXPECT_EQ(failure_of("{{ " + repeated("not ", 9999) + "1 }}").code, ErrorCode::kCorrupt);
  EXPECT_EQ(failure_of("{{ 1" + repeated(" + 1", 9999) + " }}").code, ErrorCode::kCorrupt);
  EXPECT_EQ(failure_of("{{ x" + repeated(".x", 9999) + " }}").code, ErrorCode::kCorrupt);
  EXPECT_EQ(failure_of(repeated("{% if true %}", 9999)).code, ErrorCode::kCorrupt);
  const std::string nested = "{% set l = [] %}" + repeated("{% set l = [l] %}", 200) + "{{ l }}";
  EXPECT_EQ(failure_of(nested).code, ErrorCode::kCorrupt);
}

TEST(ChatTemplate, SourceIsUtf8) {
  EXPECT_EQ(failure_of("a\n{{ 'b\x98' }}").message,
            "chat template: line 2: byte 7: expected UTF-8, got 0x98");
  EXPECT_EQ(failure_of("\xC3\xA9\xC3").message,
            "chat template: line 1: byte 2: expected UTF-8, got 0xc3");
  EXPECT_EQ(failure_of("{# \xED\xA0\x80 #}").code, ErrorCode::kCorrupt);
}

TEST(ChatTemplate, SourceIsBounded) {
  EXPECT_EQ(failure_of(std::string(2 << 20, 'x')).code, ErrorCode::kUnsupported);
}

TEST(ChatTemplate, NamespaceMayHoldItself) {
  const auto text =
      ChatTemplate::parse("{% set n = namespace() %}{% set n.me = n %}{{ n.me.me is defined }}");
  EXPECT_EQ(text->render({}), "True");
}

TEST(ChatTemplate, MacroOutlivesItsBlock) {
  const auto text = ChatTemplate::parse(
      "{% set n = namespace() %}{% for i in [1, 2] %}{% macro m() %}{{ i }}{% endmacro %}"
      "{% set n.m = m %}{% endfor %}{{ n.m() }}");
  EXPECT_EQ(text->render({}), "2");
}

TEST(ChatTemplate, IsFoundAmongTheFiles) {
  EXPECT_EQ(find_chat_template({}), std::nullopt);
  EXPECT_EQ(find_chat_template({{"chat_template.jinja", "J"},
                                {"tokenizer_config.json", R"({"chat_template": "C"})"}}),
            "J");
  EXPECT_EQ(find_chat_template({{"tokenizer_config.json", R"({"chat_template": "C"})"}}), "C");
  const TokenizerFiles several = {{"tokenizer_config.json",
                                   R"({"chat_template": [{"name": "default", "template": "D"},
                             {"name": "tool_use", "template": "T"}]})"}};
  EXPECT_EQ(find_chat_template(several), "D");
  EXPECT_EQ(find_chat_template(several, "tool_use"), "T");
  EXPECT_EQ(find_chat_template(several, "rag"), std::nullopt);
  EXPECT_EQ(find_chat_template({{"gguf_tokenizer.json", R"({"chat_template": "G"})"}}), "G");
  EXPECT_EQ(find_chat_template({{"tokenizer_config.json", "{}"},
                                {"gguf_tokenizer.json", R"({"chat_template": "G"})"}}),
            "G");
  EXPECT_THROW(find_chat_template({{"tokenizer_config.json", R"({"chat_template": 3})"}}), Error);
}

}  // namespace
}  // namespace lathe::text
