// SPDX-License-Identifier: Apache-2.0
// Filters over items.
#include "lathe/text/jinja/filters.h"
#include "tests/support/render.h"

namespace lathe::text::jinja {
namespace {

using testing::expect_refused_values;
using testing::expect_values;
using testing::Rendering;

constexpr std::string_view kVariables = R"({
  "users": [{"name": "Bo", "age": 40, "tags": ["x"]},
            {"name": "al", "age": 30, "tags": []},
            {"name": "Cy", "age": 30, "nick": {"short": "c"}}],
  "words": ["b", "A", "c", "a"], "numbers": [3, 1, 2]})";

Json variables() { return Json::parse(kVariables, "variables"); }

TEST(ListFilters, Join) {
  const Rendering values[] = {
      {"numbers|join", "312"},
      {"numbers|join(', ')", "3, 1, 2"},
      {"numbers|join(d='-')", "3-1-2"},
      {"users|join('/', attribute='name')", "Bo/al/Cy"},
      {"users[:2]|join('/', 'tags.0')", "x/"},
      {"'abc'|join('.')", "a.b.c"},
      {"{'k': 1, 'l': 2}|join('+')", "k+l"},
      {"[none, true, 1.5, 'x']|join(' ')", "None True 1.5 x"},
      {"[]|join('-')", ""},
      {"missing|join('-')", ""},
      {"[1, 2]|join(0)", "102"},
  };
  expect_values(values, variables());
}

TEST(ListFilters, MapAppliesAFilterOrReadsAnAttribute) {
  const Rendering values[] = {
      {"words|map('upper')|list", "['B', 'A', 'C', 'A']"},
      {"users|map(attribute='name')|list", "['Bo', 'al', 'Cy']"},
      {"users|map(attribute='nick.short', default='-')|list", "['-', '-', 'c']"},
      {"users|map(attribute='tags', default=0)|list", "[['x'], [], 0]"},
      {"[[1, 2], [3, 4]]|map(attribute=1)|list", "[2, 4]"},
      {"[[[5]]]|map(attribute='0.0')|list", "[5]"},
      {"['a-b', 'c']|map('replace', '-', '+')|list", "['a+b', 'c']"},
      {"['x']|map('default', default_value='y')|list", "['x']"},
      {"['3', '4']|map('int')|sum", "7"},
      {"none|map('upper')|list", "[]"},
      {"[[1, 2], []]|map('first')|first", "1"},
  };
  expect_values(values, variables());
}

TEST(ListFilters, SelectAndRejectAskTests) {
  const Rendering values[] = {
      {"numbers|select('odd')|list", "[3, 1]"},
      {"numbers|reject('odd')|list", "[2]"},
      {"[0, 1, '', 'a', none]|select|list", "[1, 'a']"},
      {"[0, 1, '', 'a', none]|reject|list", "[0, '', None]"},
      {"numbers|select('gt', 1)|list", "[3, 2]"},
      {"numbers|select('in', [1, 2])|list", "[1, 2]"},
      {"users|selectattr('age', 'equalto', 30)|map(attribute='name')|list", "['al', 'Cy']"},
      {"users|selectattr('nick', 'defined')|map(attribute='name')|list", "['Cy']"},
      {"users|selectattr('tags')|map(attribute='name')|list", "['Bo']"},
      {"users|rejectattr('nick', 'defined')|list|length", "2"},
      {"users|rejectattr('age', '>', 35)|map(attribute='name')|join", "alCy"},
      {"users[2:]|selectattr('nick.short', 'eq', 'c')|list|length", "1"},
      {"none|select|list", "[]"},
  };
  expect_values(values, variables());
}

TEST(ListFilters, SortIsStableAndKnowsNoCase) {
  const Rendering values[] = {
      {"words|sort", "['A', 'a', 'b', 'c']"},
      {"words|sort(case_sensitive=true)", "['A', 'a', 'b', 'c']"},
      {"['b', 'A', 'a', 'B']|sort(false, true)", "['A', 'B', 'a', 'b']"},
      {"words|sort(reverse=true)", "['c', 'b', 'A', 'a']"},
      {"numbers|sort", "[1, 2, 3]"},
      {"numbers|sort(true)", "[3, 2, 1]"},
      {"users|sort(attribute='age')|map(attribute='name')|list", "['al', 'Cy', 'Bo']"},
      {"users|sort(attribute='name')|map(attribute='name')|list", "['al', 'Bo', 'Cy']"},
      {"[[2, 'a'], [1, 'b'], [1, 'a']]|sort", "[[1, 'a'], [1, 'b'], [2, 'a']]"},
      {"[(2, 'a'), (1, 'b')]|sort(attribute=1)|first", "(2, 'a')"},
      {"'hello'|sort|join", "ehllo"},
      {"{'b': 1, 'a': 2}|sort", "['a', 'b']"},
      {"[1.5, true, 0]|sort", "[0, True, 1.5]"},
  };
  expect_values(values, variables());
}

TEST(ListFilters, UniqueMinAndMaxKnowNoCaseEither) {
  const Rendering values[] = {
      {"[1, 2, 1, 'a', 'A', 1.0]|unique|list", "[1, 2, 'a']"},
      {"['a', 'A']|unique(true)|list", "['a', 'A']"},
      {"users|unique(attribute='age')|map(attribute='name')|list", "['Bo', 'al']"},
      {"numbers|min", "1"},
      {"numbers|max", "3"},
      {"['b', 'A']|min", "A"},
      {"['b', 'C', 'a']|max", "C"},
      {"['b', 'C']|max(case_sensitive=true)", "b"},
      {"users|max(attribute='age')", "{'name': 'Bo', 'age': 40, 'tags': ['x']}"},
      {"(users|min(attribute='age')).name", "al"},
      {"[]|min is defined", "False"},
      {"[]|max is defined", "False"},
  };
  expect_values(values, variables());
}

TEST(ListFilters, FirstLastLengthAndReverse) {
  const Rendering values[] = {
      {"numbers|first", "3"},
      {"numbers|last", "2"},
      {"[]|first is defined", "False"},
      {"''|last is defined", "False"},
      {"'añb'|first", "a"},
      {"{'k': 1}|first", "k"},
      {"'añ'|length", "2"},
      {"{'k': 1}|count", "1"},
      {"'añb'|reverse", "bña"},
      {"numbers|reverse|list", "[2, 1, 3]"},
      {"(1, 2)|list", "[1, 2]"},
      {"'ab'|list", "['a', 'b']"},
  };
  expect_values(values, variables());
}

TEST(ListFilters, Sum) {
  const Rendering values[] = {
      {"numbers|sum", "6"},
      {"[]|sum", "0"},
      {"[]|sum(start=5)", "5"},
      {"[0.5, 1]|sum", "1.5"},
      {"users|sum('age')", "100"},
      {"users|sum(attribute='age', start=1)", "101"},
      {"[[1], [2]]|sum(start=[])", "[1, 2]"},
  };
  expect_values(values, variables());
}

TEST(ListFilters, BatchAndGroupby) {
  const Rendering values[] = {
      {"[1, 2, 3, 4, 5]|batch(2)|list", "[[1, 2], [3, 4], [5]]"},
      {"[1, 2, 3]|batch(2, 0)|list", "[[1, 2], [3, 0]]"},
      {"[1, 2]|batch(2, 0)|list", "[[1, 2]]"},
      {"[]|batch(3)|list", "[]"},
      {"users|groupby('age')|map('first')|list", "[30, 40]"},
      {"(users|groupby('age')|first)[1]|map(attribute='name')|list", "['al', 'Cy']"},
      {"[{'k': 'b'}, {'k': 'A'}, {'k': 'B'}]|groupby('k')|map('first')|list", "['A', 'b']"},
      {"[{'k': 'b'}, {}]|groupby('k', default='a')|map('first')|list", "['a', 'b']"},
      {"[{'k': 'b'}, {'k': 'B'}]|groupby('k', case_sensitive=true)|map('first')|list",
       "['B', 'b']"},
  };
  expect_values(values, variables());
}

TEST(ListFilters, Refusals) {
  const Rendering refusals[] = {
      {"5|join", "expected a list to go over, got int"},
      {"numbers|map|list", "expected the name of a filter, test or attribute"},
      {"numbers|map('mystery')|list", "unknown filter 'mystery'"},
      {"numbers|select('mystery')|list", "unknown test 'mystery'"},
      {"users|selectattr()|list", "expected the name of a filter, test or attribute"},
      {"[1, 'a']|sort", "unsupported operand types for <: str and int"},
      {"[1, none]|max", "unsupported operand types for <: int and NoneType"},
      {"users|sort(attribute='nick')", "'nick' is undefined"},
      {"['a', 'b']|sum", "unsupported operand types for +: int and str"},
      {"users|map(attribute='nick.short')|list", "'nick' is undefined"},
      {"[1]|batch", "batch: argument 'linecount' is missing"},
      {"users|groupby", "groupby: argument 'attribute' is missing"},
      {"none|first", "expected a list to go over, got NoneType"},
      {"numbers|sort(1, 2, 3, 4)", "sort: expected at most 3 arguments, got 4"},
  };
  expect_refused_values(refusals, variables());
  const Rendering limits[] = {{"[1]|batch(0)", "batch: expected a positive size, got 0"}};
  expect_refused_values(limits, variables());
}

}  // namespace
}  // namespace lathe::text::jinja
