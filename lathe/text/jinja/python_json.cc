// SPDX-License-Identifier: Apache-2.0
// json.dumps.
#include <algorithm>
#include <cmath>

#include "lathe/base/error.h"
#include "lathe/text/jinja/python_repr.h"
#include "lathe/text/utf8.h"

namespace lathe::text::jinja {
namespace {

class JsonWriter {
 public:
  explicit JsonWriter(const JsonStyle& style) : style_(style) {}

  std::string write(const Value& value) {
    append(value);
    return std::move(out_);
  }

 private:
  void append(const Value& value) {
    switch (value.kind()) {
      case Value::Kind::kNone:
        out_ += "null";
        return;
      case Value::Kind::kBool:
        out_ += value.as_bool() ? "true" : "false";
        return;
      case Value::Kind::kInteger:
        out_ += to_repr(value);
        return;
      case Value::Kind::kFloat:
        out_ += number(value.as_number());
        return;
      case Value::Kind::kString:
        return append_string(value.as_string());
      case Value::Kind::kList:
        return append_list(value.as_list());
      case Value::Kind::kDict:
        return append_dict(value.as_dict());
      default:
        fail(ErrorCode::kCorrupt, "tojson: a value of type ", value.type_name(),
             " has no JSON form");
    }
  }

  static std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    return float_repr(value);
  }

  void append_unit(char32_t unit) {
    static constexpr std::string_view kHexDigits = "0123456789abcdef";
    out_ += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out_ += kHexDigits[unit >> shift & 15];
  }

  void append_escaped(char32_t code) {
    if (code >= 0x10000) {
      append_unit(0xD800 + ((code - 0x10000) >> 10));
      append_unit(0xDC00 + ((code - 0x10000) & 0x3FF));
    } else {
      append_unit(code);
    }
  }

  void append_string(const std::string& text) {
    constexpr std::u32string_view kNamed = U"\"\\\n\r\t\f\b";
    constexpr std::string_view kLetters = "\"\\nrtfb";
    out_ += '"';
    for (const char32_t code : decode_utf8(text)) {
      if (const size_t named = kNamed.find(code); named != kNamed.npos) {
        out_.append("\\").push_back(kLetters[named]);
      } else if (code < 0x20 || (style_.ensure_ascii && code > 0x7E)) {
        append_escaped(code);
      } else {
        append_utf8(out_, code);
      }
    }
    out_ += '"';
  }

  void new_line() {
    if (!style_.indent) return;
    out_.append("\n").append(static_cast<size_t>(std::max<int64_t>(*style_.indent, 0)) * level_,
                             ' ');
  }

  void begin_item(bool is_first) {
    if (!is_first) out_ += style_.item_separator;
    new_line();
  }

  void append_list(const List& list) {
    if (list.items.empty()) return void(out_ += "[]");
    out_ += '[';
    ++level_;
    for (const Value& item : list.items) {
      begin_item(&item == &list.items.front());
      append(item);
    }
    --level_;
    new_line();
    out_ += ']';
  }

  using Item = std::pair<Value, Value>;

  // Numbers and texts are sorted as what they are, before they become texts.
  static bool less_key(const Item* a, const Item* b) {
    if (a->first.is_number() && b->first.is_number()) {
      return a->first.as_number() < b->first.as_number();
    }
    return a->first.as_string() < b->first.as_string();
  }

  void append_dict(const Dict& dict) {
    if (dict.items.empty()) return void(out_ += "{}");
    std::vector<const Item*> items;
    for (const Item& item : dict.items) items.push_back(&item);
    if (style_.sort_keys) std::ranges::stable_sort(items, less_key);
    out_ += '{';
    ++level_;
    for (const Item* item : items) {
      begin_item(item == items.front());
      append_string(key_text(item->first));
      out_ += style_.key_separator;
      append(item->second);
    }
    --level_;
    new_line();
    out_ += '}';
  }

  std::string key_text(const Value& key) const {
    if (key.is_string()) return key.as_string();
    if (!key.is_none() && !key.is_number()) {
      fail(ErrorCode::kCorrupt, "tojson: a key of type ", key.type_name());
    }
    return JsonWriter(style_).write(key);
  }

  const JsonStyle& style_;
  std::string out_;
  size_t level_ = 0;
};

}  // namespace

std::string to_json(const Value& value, const JsonStyle& style) {
  return JsonWriter(style).write(value);
}

}  // namespace lathe::text::jinja
