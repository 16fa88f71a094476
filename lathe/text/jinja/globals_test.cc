// SPDX-License-Identifier: Apache-2.0
// Functions that every template may call.
#include "lathe/text/jinja/runtime.h"
#include "tests/support/render.h"

namespace lathe::text::jinja {
namespace {

using testing::expect_refused_values;
using testing::expect_renderings;
using testing::expect_values;
using testing::Rendering;

TEST(Globals, RangeIsPythons) {
  const Rendering values[] = {
      {"range(3)|list", "[0, 1, 2]"},
      {"range(0)|list", "[]"},
      {"range(-2)|list", "[]"},
      {"range(1, 4)|list", "[1, 2, 3]"},
      {"range(5, 1, -2)|list", "[5, 3]"},
      {"range(0, 10, 4)|list", "[0, 4, 8]"},
      {"range(3, 1)|list", "[]"},
      {"range(1, 3, -1)|list", "[]"},
      {"range(9223372036854775805, 9223372036854775807)|list|length", "2"},
  };
  expect_values(values);
}

TEST(Globals, DictAndNamespaceTakeNamesAndADict) {
  const Rendering values[] = {
      {"dict()", "{}"},
      {"dict(a=1, b='x')", "{'a': 1, 'b': 'x'}"},
      {"dict({'a': 1, 'b': 2}, a=3)", "{'a': 3, 'b': 2}"},
      {"namespace(a=1).a", "1"},
      {"namespace({'a': 1}, a=2).a", "2"},
      {"namespace().a is defined", "False"},
  };
  expect_values(values);
}

TEST(Globals, JoinerIsSilentTheFirstTime) {
  const Rendering texts[] = {
      {"{% set j = joiner('|') %}{% for i in 'abc' %}{{ j() }}{{ i }}{% endfor %}", "a|b|c"},
      {"{% set j = joiner() %}{{ j() }}1{{ j() }}2{{ j() }}3", "1, 2, 3"},
      {"{% set j = joiner(sep='-') %}{% set k = joiner('+') %}{{ j() }}{{ k() }}{{ j() }}{{ k() }}",
       "-+"},
  };
  expect_renderings(texts);
}

TEST(Globals, StrftimeNowShowsTheInputsTime) {
  TemplateInputs inputs;
  inputs.local_time.tm_year = 2026 - 1900;
  inputs.local_time.tm_mon = 6;
  inputs.local_time.tm_mday = 4;
  inputs.local_time.tm_hour = 13;
  inputs.local_time.tm_min = 5;
  const auto render = [&](std::string_view format) {
    return ChatTemplate::parse(cat("{{ strftime_now('", format, "') }}"))->render(inputs);
  };
  EXPECT_EQ(render("%d %b %Y"), "04 Jul 2026");
  EXPECT_EQ(render("%Y-%m-%d %H:%M"), "2026-07-04 13:05");
  EXPECT_EQ(render(""), "");
  EXPECT_EQ(render("100%%"), "100%");
}

TEST(Globals, VariablesMayShadowThem) {
  EXPECT_EQ(testing::rendered("{{ range }}", Json::parse(R"({"range": 5})", "variables")), "5");
  EXPECT_EQ(testing::rendered("{% set dict = 1 %}{{ dict }}"), "1");
}

TEST(Globals, InputsComeBeforeVariables) {
  TemplateInputs inputs;
  inputs.variables = Json::parse(R"({"bos_token": "no", "extra": "yes"})", "variables");
  inputs.bos_token = "<s>";
  inputs.add_generation_prompt = false;
  EXPECT_EQ(ChatTemplate::parse("{{ bos_token }}{{ extra }}{{ add_generation_prompt }}{{ tools }}"
                                "{{ messages }}{{ eos_token == '' }}")
                ->render(inputs),
            "<s>yesFalseNone[]True");
}

TEST(Globals, Refusals) {
  const Rendering refusals[] = {
      {"raise_exception('no: ' ~ 7)", "no: 7"},
      {"raise_exception()", "raise_exception: argument 'message' is missing"},
      {"range()", "range: argument 'start' is missing"},
      {"range('a')", "expected an integer, got str"},
      {"range(1.5)", "expected an integer, got float"},
      {"range(0, 5, 0)", "range: step of 0"},
      {"range(1, 2, 3, 4)", "range: expected at most 3 arguments, got 4"},
      {"dict(5)", "expected a dict, got int"},
      {"joiner('a', 'b')", "joiner: expected at most 1 arguments, got 2"},
  };
  expect_refused_values(refusals);
  const Rendering limits[] = {{"cycler('a').next()", "'cycler' is undefined"}};
  expect_refused_values(limits);
}

}  // namespace
}  // namespace lathe::text::jinja
