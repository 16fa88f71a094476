// SPDX-License-Identifier: Apache-2.0
#include "json_html.h"

#include <algorithm>
#include <vector>

#include "lathe/base/text.h"

namespace lathe::app {

namespace {

constexpr std::string_view kStyle =
    "body{font:14px/1.4 system-ui,sans-serif;margin:2em;color:#222}"
    "table{border-collapse:collapse;margin:.2em 0}"
    "td,th{border:1px solid #ccc;padding:.15em .5em;text-align:left;vertical-align:top}"
    "th{background:#f3f3f3;font-weight:600}";

void append_escaped(std::string_view text, std::string& out) {
  for (const char letter : text) {
    switch (letter) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += letter;
    }
  }
}

void append_value(const Json& value, std::string& out);

void append_scalar(const Json& value, std::string& out) {
  append_escaped(value.is_string() ? value.as_string() : value.is_null() ? "" : value.dump(), out);
}

void append_object(const Json::Object& object, std::string& out) {
  out += "<table>";
  for (const Json::Member& member : object) {
    out += "<tr><th>";
    append_escaped(member.first, out);
    out += "</th><td>";
    append_value(member.second, out);
    out += "</td></tr>\n";
  }
  out += "</table>";
}

// The names of all objects, in the order of their first appearance.
std::vector<std::string> columns_of(const Json::Array& rows) {
  std::vector<std::string> columns;
  for (const Json& row : rows) {
    for (const Json::Member& member : row.as_object()) {
      if (std::ranges::find(columns, member.first) == columns.end()) {
        columns.push_back(member.first);
      }
    }
  }
  return columns;
}

void append_rows(const Json::Array& rows, std::string& out) {
  const std::vector<std::string> columns = columns_of(rows);
  out += "<table><tr>";
  for (const std::string& column : columns) {
    out += "<th>";
    append_escaped(column, out);
    out += "</th>";
  }
  out += "</tr>\n";
  for (const Json& row : rows) {
    out += "<tr>";
    for (const std::string& column : columns) {
      out += "<td>";
      if (const Json* cell = row.find(column)) append_value(*cell, out);
      out += "</td>";
    }
    out += "</tr>\n";
  }
  out += "</table>";
}

void append_list(const Json::Array& list, std::string& out) {
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out += ", ";
    append_value(list[i], out);
  }
}

void append_value(const Json& value, std::string& out) {
  if (value.is_object()) return append_object(value.as_object(), out);
  if (!value.is_array()) return append_scalar(value, out);
  const Json::Array& list = value.as_array();
  const bool rows = !list.empty() && std::ranges::all_of(list, &Json::is_object);
  return rows ? append_rows(list, out) : append_list(list, out);
}

}  // namespace

std::string json_page(std::string_view title, const Json& value) {
  std::string page = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>";
  append_escaped(title, page);
  page += cat("</title><style>", kStyle, "</style></head>\n<body><h1>");
  append_escaped(title, page);
  page += "</h1>\n";
  append_value(value, page);
  page += "</body></html>\n";
  return page;
}

}  // namespace lathe::app
