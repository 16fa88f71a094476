// SPDX-License-Identifier: Apache-2.0
// Attributes, items, slices and iteration, as jinja2 looks them up in Python's values.
#include "lathe/text/jinja/operators.h"
#include "tests/support/render.h"

namespace lathe::text::jinja {
namespace {

using testing::expect_refused_values;
using testing::expect_values;
using testing::Rendering;

constexpr std::string_view kVariables = R"({
  "numbers": [10, 20, 30], "word": "añb", "nested": {"deep": [{"k": "v"}]},
  "config": {"a": 1, "items": "shadowed", "1": "text"}})";

Json variables() { return Json::parse(kVariables, "variables"); }

TEST(Access, ItemsCountFromBothEnds) {
  const Rendering values[] = {
      {"numbers[0]", "10"},
      {"numbers[-3]", "10"},
      {"numbers[-1]", "30"},
      {"numbers[3] is defined", "False"},
      {"numbers[-4] is defined", "False"},
      {"numbers[true]", "20"},
      {"numbers['0'] is defined", "False"},
      {"numbers[1.0] is defined", "False"},
      {"word[1]", "ñ"},
      {"word[-1]", "b"},
      {"word[3] is defined", "False"},
      {"(1, 2)[1]", "2"},
      {"numbers.1", "20"},
  };
  expect_values(values, variables());
}

TEST(Access, BracketsAskForKeysFirstAndDotsForMethodsFirst) {
  const Rendering values[] = {
      {"config['items']", "shadowed"},
      {"config.items is callable", "True"},
      {"config['keys'] is callable", "True"},
      {"config.a", "1"},
      {"config['1']", "text"},
      {"config[1] is defined", "False"},
      {"config.b is defined", "False"},
      {"{1: 'one'}[1.0]", "one"},
      {"{true: 'yes'}[1]", "yes"},
      {"nested.deep[0].k", "v"},
      {"nested.deep.0.k", "v"},
      {"nested['deep'][0]['k']", "v"},
      {"word.upper()", "AÑB"},
      {"word['upper']()", "AÑB"},
      {"word.nothing is defined", "False"},
      {"none.x is defined", "False"},
      {"5 .x is defined", "False"},
  };
  expect_values(values, variables());
}

TEST(Access, SlicesAreThoseOfPython) {
  const Rendering values[] = {
      {"numbers[:]", "[10, 20, 30]"},
      {"numbers[1:]", "[20, 30]"},
      {"numbers[:-1]", "[10, 20]"},
      {"numbers[-2:]", "[20, 30]"},
      {"numbers[5:]", "[]"},
      {"numbers[:-9]", "[]"},
      {"numbers[:9]", "[10, 20, 30]"},
      {"numbers[-9:2]", "[10, 20]"},
      {"numbers[::-1]", "[30, 20, 10]"},
      {"numbers[2:0:-1]", "[30, 20]"},
      {"numbers[-1:-3:-1]", "[30, 20]"},
      {"numbers[::2]", "[10, 30]"},
      {"numbers[0:9:3]", "[10]"},
      {"numbers[2:1]", "[]"},
      {"numbers[none:2]", "[10, 20]"},
      {"numbers[9:-9:-1]", "[30, 20, 10]"},
      {"word[::-1]", "bña"},
      {"word[1:2]", "ñ"},
      {"word[1:][0]", "ñ"},
      {"(1, 2, 3)[1:]", "(2, 3)"},
      {"(1, 2)[:1]", "(1,)"},
      {"''[1:]", ""},
      {"numbers[::9223372036854775807]", "[10]"},
  };
  expect_values(values, variables());
}

TEST(Access, IterationGoesOverCharactersKeysAndItems) {
  const Rendering values[] = {
      {"word|list", "['a', 'ñ', 'b']"},
      {"config|list", "['a', 'items', '1']"},
      {"(1, 2)|list", "[1, 2]"},
      {"missing|list", "[]"},
      {"word|length", "3"},
      {"config|length", "3"},
      {"numbers|length", "3"},
      {"missing|length", "0"},
      {"'e\u0301'|length", "2"},
      {"''|list", "[]"},
  };
  expect_values(values, variables());
}

TEST(Access, NothingIsLookedUpInWhatIsUndefined) {
  const Rendering refusals[] = {
      {"missing.x", "'missing' is undefined"},      {"missing[0]", "'missing' is undefined"},
      {"missing[1:2]", "'missing' is undefined"},   {"config.b.c", "'b' is undefined"},
      {"config['b']['c']", "'b' is undefined"},     {"numbers[7].x", "'7' is undefined"},
      {"nested.deep[0].k.z.y", "'z' is undefined"}, {"missing()", "'missing' is undefined"},
      {"word.nothing()", "'nothing' is undefined"},
  };
  expect_refused_values(refusals, variables());
}

TEST(Access, RefusalsSayWhatWasExpected) {
  const Rendering refusals[] = {
      {"numbers[::0]", "slice with a step of 0"},
      {"numbers['a':]", "expected an integer, got str"},
      {"5|list", "expected a list to go over, got int"},
      {"none|list", "expected a list to go over, got NoneType"},
      {"5|length", "expected a list, got int"},
      {"5()", "expected a function to call, got int"},
      {"word()", "expected a function to call, got str"},
  };
  expect_refused_values(refusals, variables());
}

}  // namespace
}  // namespace lathe::text::jinja
