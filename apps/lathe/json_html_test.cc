// SPDX-License-Identifier: Apache-2.0
#include "json_html.h"

#include <gtest/gtest.h>

namespace lathe::app {
namespace {

// What stands between the heading and the end.
std::string body_of(std::string_view json) {
  const std::string page = json_page("t", Json::parse(json, "test"));
  const std::string_view begin = "<h1>t</h1>\n", end = "</body></html>\n";
  EXPECT_TRUE(page.ends_with(end));
  const size_t from = page.find(begin) + begin.size();
  return page.substr(from, page.size() - end.size() - from);
}

TEST(JsonPage, IsAPageWithItsTitle) {
  const std::string page = json_page("a <b> & \"c\"", Json::object());
  EXPECT_TRUE(page.starts_with("<!doctype html>\n"));
  EXPECT_NE(page.find("<title>a &lt;b&gt; &amp; &quot;c&quot;</title>"), std::string::npos);
  EXPECT_NE(page.find("<h1>a &lt;b&gt; &amp; &quot;c&quot;</h1>"), std::string::npos);
  EXPECT_NE(page.find("charset=\"utf-8\""), std::string::npos);
  EXPECT_EQ(page.find("src="), std::string::npos);  // nothing is fetched
  EXPECT_EQ(page.find("http"), std::string::npos);
}

TEST(JsonPage, ScalarsAreTexts) {
  EXPECT_EQ(body_of("1"), "1");
  EXPECT_EQ(body_of("1.5"), "1.5");
  EXPECT_EQ(body_of("true"), "true");
  EXPECT_EQ(body_of("null"), "");
  EXPECT_EQ(body_of("\"<script>\""), "&lt;script&gt;");
}

TEST(JsonPage, AnObjectIsATableOfNamesAndValues) {
  EXPECT_EQ(body_of(R"({"a":1,"<b>":"x"})"),
            "<table><tr><th>a</th><td>1</td></tr>\n"
            "<tr><th>&lt;b&gt;</th><td>x</td></tr>\n</table>");
  EXPECT_EQ(body_of("{}"), "<table></table>");
}

TEST(JsonPage, AnArrayOfScalarsIsALine) {
  EXPECT_EQ(body_of("[1,2,\"x\"]"), "1, 2, x");
  EXPECT_EQ(body_of("[]"), "");
  EXPECT_EQ(body_of("[[1,2],[3]]"), "1, 2, 3");
}

TEST(JsonPage, AnArrayOfObjectsHasAColumnForEachName) {
  EXPECT_EQ(body_of(R"([{"a":1},{"b":"x","a":2}])"),
            "<table><tr><th>a</th><th>b</th></tr>\n"
            "<tr><td>1</td><td></td></tr>\n"
            "<tr><td>2</td><td>x</td></tr>\n</table>");
}

TEST(JsonPage, WhatIsMixedIsALine) {
  EXPECT_EQ(body_of(R"([1,{"a":2}])"), "1, <table><tr><th>a</th><td>2</td></tr>\n</table>");
}

TEST(JsonPage, TablesStandInTables) {
  EXPECT_EQ(body_of(R"({"a":{"b":[{"c":[1,2]}]}})"),
            "<table><tr><th>a</th><td><table><tr><th>b</th><td><table><tr><th>c</th></tr>\n"
            "<tr><td>1, 2</td></tr>\n</table></td></tr>\n</table></td></tr>\n</table>");
}

}  // namespace
}  // namespace lathe::app
