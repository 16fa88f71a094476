// SPDX-License-Identifier: Apache-2.0
// Parsing is nlohmann-json's SAX interface into our value type; nothing else in the tree sees that
// library.
#include "lathe/base/json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "lathe/base/error.h"

namespace lathe {
namespace {

constexpr size_t kMaxDepth = 64;

// Builds a Json from parse events. `stack_` holds the open containers; `key_` the pending member
// names.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(std::string_view source) : source_(source) {}
  Json take() { return std::move(root_); }

  bool null() override { return add(Json()); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(int64_t value) override { return add(value); }
  bool number_unsigned(uint64_t value) override { return add(value); }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool string(std::string& value) override { return add(Json(std::move(value))); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(size_t) override { return open(Json::object()); }
  bool key(std::string& value) override {
    keys_.back() = std::move(value);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }
  bool parse_error(size_t position, const std::string&,
                   const nlohmann::json::exception& error) override {
    std::string_view what = error.what();
    if (const size_t colon = what.find("syntax error"); colon != std::string_view::npos) {
      what.remove_prefix(colon);
    }
    fail(ErrorCode::kCorrupt, source_, ": byte ", position, ": not valid JSON: ", what);
  }

 private:
  bool add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else {
      attach(open_.back(), keys_.back(), std::move(value));
    }
    return true;
  }
  static void attach(Json& container, std::string& key, Json value) {
    if (container.is_object()) {
      container.as_object().emplace_back(std::move(key), std::move(value));
    } else {
      container.as_array().push_back(std::move(value));
    }
  }
  bool open(Json container) {
    if (open_.size() >= kMaxDepth) {
      fail(ErrorCode::kCorrupt, source_, ": JSON nested deeper than ", kMaxDepth, " levels");
    }
    open_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }
  bool close() {
    Json done = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    return add(std::move(done));
  }

  std::string_view source_;
  Json root_;
  std::vector<Json> open_;
  std::vector<std::string> keys_;
};

void write_string(std::string& out, const std::string& text) {
  out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void write_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  const std::string text = cat(value);
  out += text;
  if (text.find_first_of(".e") == std::string::npos) out += ".0";
}

// What `dump_pretty` puts on one line within the outermost value: containers that are short, and
// arrays of scalars.
constexpr size_t kShort = 160;

// About how many characters the value takes on one line; stops counting at kShort.
size_t width_of(const Json& value) {
  constexpr size_t kNumber = 6, kQuotesAndComma = 4;
  size_t width = kQuotesAndComma;
  if (value.is_string()) return width + value.as_string().size();
  if (value.is_array()) {
    for (const Json& item : value.as_array()) {
      if ((width += width_of(item)) > kShort) break;
    }
    return width;
  }
  if (!value.is_object()) return kNumber;
  for (const Json::Member& member : value.as_object()) {
    width += member.first.size() + kQuotesAndComma + width_of(member.second);
    if (width > kShort) break;
  }
  return width;
}

bool fits_a_line(const Json& value) {
  const auto is_scalar = [](const Json& item) { return !item.is_array() && !item.is_object(); };
  if (value.is_array() && std::ranges::all_of(value.as_array(), is_scalar)) return true;
  return width_of(value) <= kShort;
}

// The level of what a container of this one holds; -1 where it stands on the container's own line.
int level_within(const Json& container, int level) {
  const bool one_line = level < 0 || (level > 0 && fits_a_line(container));
  return one_line ? -1 : level + 1;
}

// `indent` < 0 writes everything on one line.
void write(std::string& out, const Json& value, int indent) {
  const auto new_line = [&](int level) {
    if (level >= 0) out.append("\n").append(static_cast<size_t>(level) * 2, ' ');
  };
  switch (value.kind()) {
    case Json::Kind::kNull:
      out += "null";
      return;
    case Json::Kind::kBool:
      out += value.as_bool() ? "true" : "false";
      return;
    case Json::Kind::kInteger:
      append_text(out, value.as_integer());
      return;
    case Json::Kind::kNumber:
      write_number(out, value.as_number());
      return;
    case Json::Kind::kString:
      write_string(out, value.as_string());
      return;
    case Json::Kind::kArray: {
      const int level = level_within(value, indent);
      out += '[';
      for (const Json& item : value.as_array()) {
        if (out.back() != '[') out += ',';
        new_line(level);
        write(out, item, level);
      }
      if (!value.as_array().empty() && level >= 0) new_line(indent);
      out += ']';
      return;
    }
    case Json::Kind::kObject: {
      const int level = level_within(value, indent);
      out += '{';
      bool first = true;
      for (const auto& [key, item] : value.as_object()) {
        if (!first) out += ',';
        first = false;
        new_line(level);
        write_string(out, key);
        out += level < 0 ? ":" : ": ";
        write(out, item, level);
      }
      if (!first && level >= 0) new_line(indent);
      out += '}';
      return;
    }
  }
}

[[noreturn]] void wrong_kind(std::string_view expected, const Json& got) {
  fail(ErrorCode::kCorrupt, "expected ", expected, ", got ", to_string(got.kind()));
}

}  // namespace

std::string_view to_string(Json::Kind kind) {
  static constexpr std::string_view kNames[] = {"null",     "a boolean", "an integer", "a number",
                                                "a string", "an array",  "an object"};
  return kNames[static_cast<size_t>(kind)];
}

Json::Json(uint64_t value) {
  if (std::in_range<int64_t>(value)) {
    value_ = static_cast<int64_t>(value);
  } else {
    value_ = static_cast<double>(value);
  }
}

Json Json::parse(std::string_view text, std::string_view source) {
  Builder builder(source);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) {
    fail(ErrorCode::kCorrupt, source, ": not valid JSON");
  }
  return builder.take();
}

std::string Json::dump() const {
  std::string out;
  write(out, *this, -1);
  return out;
}

std::string Json::dump_pretty() const {
  std::string out;
  write(out, *this, 0);
  return out + "\n";
}

bool Json::as_bool() const {
  if (const bool* value = std::get_if<bool>(&value_)) return *value;
  wrong_kind("a boolean", *this);
}
int64_t Json::as_integer() const {
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return *value;
  if (const double* value = std::get_if<double>(&value_)) {
    if (std::trunc(*value) == *value && std::abs(*value) < 9e15) {
      return static_cast<int64_t>(*value);
    }
  }
  wrong_kind("an integer", *this);
}
double Json::as_number() const {
  if (const double* value = std::get_if<double>(&value_)) return *value;
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return static_cast<double>(*value);
  wrong_kind("a number", *this);
}
const std::string& Json::as_string() const {
  if (const std::string* value = std::get_if<std::string>(&value_)) return *value;
  wrong_kind("a string", *this);
}
const Json::Array& Json::as_array() const {
  if (const Array* value = std::get_if<Array>(&value_)) return *value;
  wrong_kind("an array", *this);
}
const Json::Object& Json::as_object() const {
  if (const Object* value = std::get_if<Object>(&value_)) return *value;
  wrong_kind("an object", *this);
}
Json::Array& Json::as_array() { return const_cast<Array&>(std::as_const(*this).as_array()); }
Json::Object& Json::as_object() { return const_cast<Object&>(std::as_const(*this).as_object()); }

const Json* Json::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const auto& [name, value] : as_object()) {
    if (name == key) return &value;
  }
  return nullptr;
}

const Json& Json::at(std::string_view key) const {
  if (!is_object()) wrong_kind(cat("an object with field ", quote(key)), *this);
  if (const Json* value = find(key)) return *value;
  fail(ErrorCode::kCorrupt, "field ", quote(key), " is missing");
}

Json& Json::operator[](std::string_view key) {
  if (is_null()) value_ = Object{};
  if (const Json* value = find(key)) return const_cast<Json&>(*value);
  return as_object().emplace_back(std::string(key), Json()).second;
}

void Json::push_back(Json value) {
  if (is_null()) value_ = Array{};
  as_array().push_back(std::move(value));
}

}  // namespace lathe
