// SPDX-License-Identifier: Apache-2.0
// Methods of texts, dicts and lists do what Python's do.
#include "lathe/text/jinja/runtime.h"
#include "tests/support/render.h"

namespace lathe::text::jinja {
namespace {

using testing::expect_refused_values;
using testing::expect_values;
using testing::Rendering;

TEST(StringMethods, Strip) {
  const Rendering values[] = {
      {"'[' ~ ' \ta b\n'.strip() ~ ']'", "[a b]"},
      {"'[' ~ ' a '.lstrip() ~ ']'", "[a ]"},
      {"'[' ~ ' a '.rstrip() ~ ']'", "[ a]"},
      {"'xyaxy'.strip('yx')", "a"},
      {"'xxa'.lstrip('x')", "a"},
      {"'axx'.rstrip('x')", "a"},
      {"'éaé'.strip('é')", "a"},
      {"'abc'.strip('')", "abc"},
      {"' a '.strip(none)", "a"},
      {"''.strip()", ""},
      {"'aaa'.strip('a')", ""},
  };
  expect_values(values);
}

TEST(StringMethods, BeginningsAndEnds) {
  const Rendering values[] = {
      {"'Lathe'.startswith('La')", "True"}, {"'Lathe'.startswith(('x', 'L'))", "True"},
      {"'Lathe'.startswith(())", "False"},  {"'Lathe'.startswith('')", "True"},
      {"'Lathe'.endswith('he')", "True"},   {"'Lathe'.endswith(('a', 'b'))", "False"},
      {"'aab'.removeprefix('a')", "ab"},    {"'aab'.removeprefix('b')", "aab"},
      {"'abb'.removesuffix('b')", "ab"},    {"'abb'.removesuffix('')", "abb"},
      {"'a'.removesuffix('aa')", "a"},
  };
  expect_values(values);
}

TEST(StringMethods, Split) {
  const Rendering values[] = {
      {"' a  b\tc '.split()", "['a', 'b', 'c']"},
      {"'a b c d'.split(none, 2)", "['a', 'b', 'c d']"},
      {"' a  b  c '.split(none, 1)", "['a', 'b  c ']"},
      {"'a b'.split(none, 0)", "['a b']"},
      {"'a,b,,c'.split(',')", "['a', 'b', '', 'c']"},
      {"'a,b,c'.split(',', 1)", "['a', 'b,c']"},
      {"'a,b'.split(',', 0)", "['a,b']"},
      {"'a, b'.split(', ')", "['a', 'b']"},
      {"'a--b'.split(sep='--', maxsplit=-1)", "['a', 'b']"},
      {"''.split()", "[]"},
      {"''.split(',')", "['']"},
      {"','.split(',')", "['', '']"},
      {"'a\u00a0b\u3000c'.split()", "['a', 'b', 'c']"},
  };
  expect_values(values);
}

TEST(StringMethods, SplitFromTheRight) {
  const Rendering values[] = {
      {"'a,b,c'.rsplit(',', 1)", "['a,b', 'c']"},
      {"'a,b,c'.rsplit(',', 2)", "['a', 'b', 'c']"},
      {"'a,b,c'.rsplit(',')", "['a', 'b', 'c']"},
      {"'a,b'.rsplit(',', 0)", "['a,b']"},
      {"'a b c d'.rsplit(none, 2)", "['a b', 'c', 'd']"},
      {"' a  b c '.rsplit(none, 1)", "[' a  b', 'c']"},
      {"' é ü'.rsplit(none, 5)", "['é', 'ü']"},
      {"'a b '.rsplit(none, 0)", "['a b']"},
      {"'a b'.rsplit()", "['a', 'b']"},
      {"'  '.rsplit(none, 3)", "[]"},
  };
  expect_values(values);
}

TEST(StringMethods, LinesEndWhereUnicodeEndsThem) {
  const Rendering values[] = {
      {"'a\nb\r\nc\rd'.splitlines()", "['a', 'b', 'c', 'd']"},
      {"'a\n'.splitlines()", "['a']"},
      {"'\n\n'.splitlines()", "['', '']"},
      {"''.splitlines()", "[]"},
      {"'a\\u2028b\\x0bc\\x85d\\x1ce'.splitlines()", "['a', 'b', 'c', 'd', 'e']"},
  };
  expect_values(values);
}

TEST(StringMethods, PositionsAndCounts) {
  const Rendering values[] = {
      {"'ababa'.find('ba')", "1"},   {"'ababa'.rfind('ba')", "3"}, {"'añb'.find('b')", "2"},
      {"'abc'.find('z')", "-1"},     {"'abc'.rfind('')", "3"},     {"'abc'.find('')", "0"},
      {"'ababa'.count('aba')", "1"}, {"'aaaa'.count('aa')", "2"},  {"'añ'.count('')", "3"},
      {"'abc'.count('z')", "0"},
  };
  expect_values(values);
}

TEST(StringMethods, Case) {
  const Rendering values[] = {
      {"'Ärger ß'.upper()", "ÄRGER SS"},
      {"'ÄB'.lower()", "äb"},
      {"'hello big-world it\\'s'.title()", "Hello Big-World It'S"},
      {"'x3y ab'.title()", "X3Y Ab"},
      {"'hELLO wORLD'.capitalize()", "Hello world"},
      {"'ǆa'.title()", "ǅa"},
      {"''.capitalize()", ""},
  };
  expect_values(values);
}

TEST(StringMethods, QuestionsAboutCharacters) {
  const Rendering values[] = {
      {"'abcé'.isalpha()", "True"},      {"'ab1'.isalpha()", "False"}, {"''.isalpha()", "False"},
      {"'12٣'.isdigit()", "True"},       {"'1.5'.isdigit()", "False"}, {"'-1'.isdigit()", "False"},
      {"'12'.isdecimal()", "True"},      {"'½'.isdecimal()", "False"}, {"'½Ⅷ'.isnumeric()", "True"},
      {"'½'.isalnum()", "True"},         {"'a1é'.isalnum()", "True"},  {"'a b'.isalnum()", "False"},
      {"' \t\u00a0'.isspace()", "True"}, {"''.isspace()", "False"},    {"'a '.isspace()", "False"},
      {"'AB1'.isupper()", "True"},       {"'12'.isupper()", "False"},  {"'Ab'.isupper()", "False"},
      {"'ab é'.islower()", "True"},      {"'aB'.islower()", "False"},  {"''.islower()", "False"},
  };
  expect_values(values);
}

TEST(StringMethods, JoinReplaceAndFormat) {
  const Rendering values[] = {
      {"'-'.join(['a', 'b'])", "a-b"},
      {"'-'.join('abc')", "a-b-c"},
      {"'-'.join([])", ""},
      {"', '.join({'k': 1, 'l': 2})", "k, l"},
      {"'aaa'.replace('a', 'b', 2)", "bba"},
      {"'ab'.replace('', '-')", "-a-b-"},
      {"'{} and {}'.format(1, 'b')", "1 and b"},
      {"'{k}!'.format(k=none)", "None!"},
  };
  expect_values(values);
}

TEST(DictMethods, Read) {
  const Rendering values[] = {
      {"{'a': 1}.get('a')", "1"},
      {"{'a': 1}.get('b')", "None"},
      {"{'a': 1}.get('b', 'd')", "d"},
      {"{'a': none}.get('a', 'd')", "None"},
      {"{'a': 1}.get('b', missing) is defined", "False"},
      {"{'a': 1, 'b': 2}.keys()|list", "['a', 'b']"},
      {"{'a': 1, 'b': 2}.values()|list", "[1, 2]"},
      {"{'a': 1}.items()|list", "[('a', 1)]"},
      {"{'a': 1}.copy()", "{'a': 1}"},
  };
  expect_values(values);
}

TEST(ListMethods, Read) {
  const Rendering values[] = {
      {"[1, 2, 1].count(1)", "2"}, {"[1, true, 1.0].count(1)", "3"},
      {"[3, 1, 2].index(2)", "2"}, {"(1, 2).index(2)", "1"},
      {"[1].copy()", "[1]"},       {"[[1], [2]].index([2])", "1"},
  };
  expect_values(values);
}

TEST(Methods, ValuesMayNotBeChanged) {
  for (const char* source :
       {"[1].append(2)", "[1].extend([2])", "[1].insert(0, 2)", "[1].pop()", "[1].remove(1)",
        "[1].reverse()", "[2, 1].sort()", "{'a': 1}.update({'b': 2})", "{'a': 1}.pop('a')",
        "{'a': 1}.popitem()", "{'a': 1}.setdefault('a', 2)", "{'a': 1}.clear()"}) {
    const Rendering refusals[] = {{source, "a template must not change its values"}};
    expect_refused_values(refusals);
  }
}

TEST(Methods, Refusals) {
  const Rendering refusals[] = {
      {"'abc'.split('')", "split: empty separator"},
      {"'abc'.rsplit('', 1)", "split: empty separator"},
      {"'a'.upper(1)", "upper: expected at most 0 arguments, got 1"},
      {"'a'.replace('a')", "replace: argument 'new' is missing"},
      {"'a'.find()", "find: argument 'sub' is missing"},
      {"'a'.find(1)", "expected a string, got int"},
      {"'a'.startswith(1)", "expected a string, got int"},
      {"'a'.startswith(('b', 1))", "expected a string, got int"},
      {"'-'.join([1])", "expected a string, got int"},
      {"'-'.join(5)", "expected a list to go over, got int"},
      {"[1].index(2)", "index: the item is not in the list"},
      {"{'a': 1}.get()", "get: argument 'key' is missing"},
      {"'a'.zfill2(3)", "'zfill2' is undefined"},
      {"(5).strip()", "'strip' is undefined"},
  };
  expect_refused_values(refusals);
}

}  // namespace
}  // namespace lathe::text::jinja
