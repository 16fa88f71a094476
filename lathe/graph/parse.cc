// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "lathe/graph/text.h"
#include "lathe/ops/default_fields.h"

namespace lathe::graph {

namespace {

// Reads one line piece by piece.
class Line {
 public:
  explicit Line(std::string_view text) : rest_(trim(text)) {}
  bool empty() const { return rest_.empty(); }

  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_ = trim(rest_.substr(word.size()));
    return true;
  }
  void expect(std::string_view word) {
    if (!take(word)) fail(ErrorCode::kCorrupt, "expected ", quote(word), ", got ", quote(rest_));
  }
  // A bare or a quoted name.
  std::string name() {
    size_t end = rest_.find_first_of(" ,:(){}=");
    if (rest_.starts_with('"')) {
      end = 1;
      while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
      ++end;
    }
    if (end > rest_.size()) end = rest_.size();
    const std::string_view word = rest_.substr(0, end);
    if (word.empty()) fail(ErrorCode::kCorrupt, "expected a name, got ", quote(rest_));
    rest_ = trim(rest_.substr(end));
    return word[0] == '"' ? Json::parse(word, "name").as_string() : std::string(word);
  }
  TensorType type() {
    const size_t end = rest_.find(']');
    if (end == std::string_view::npos) {
      fail(ErrorCode::kCorrupt, "expected a tensor type, got ", quote(rest_));
    }
    TensorType type = TensorType::parse(rest_.substr(0, end + 1));
    rest_ = trim(rest_.substr(end + 1));
    return type;
  }
  // What is not written is as in `defaults`.
  Json attributes(const Json& defaults) const {
    return rest_.empty() ? defaults
                         : ops::with_defaults(Json::parse(rest_, "attributes"), defaults);
  }

 private:
  std::string_view rest_;
};

// Op::parse refuses a name that no op has.
Json default_attributes(std::string_view op) {
  const ops::OpDef* def = ops::find_op(op);
  return def == nullptr ? Json::object() : def->defaults();
}

struct Operand {
  std::string name;
  TensorType type;
};

class Parser {
 public:
  std::unique_ptr<Network> parse(std::string_view text, std::string_view source) {
    int number = 0;
    for (const std::string_view raw : split(text, '\n')) {
      ++number;
      if (trim(raw).empty()) continue;
      with_context(cat(source, ": line ", number), [&] { line(Line(raw)); });
    }
    if (!closed_) fail(ErrorCode::kCorrupt, source, ": expected '}' at the end");
    return std::move(network_);
  }

 private:
  void line(Line text) {
    if (closed_) fail(ErrorCode::kCorrupt, "text after the closing '}'");
    if (network_ == nullptr) return header(text);
    if (text.take("}")) {
      closed_ = true;
    } else if (text.take("input ")) {
      const Operand declared = declaration(text);
      define(declared, network_->input(declared.name, declared.type));
    } else if (text.take("parameter ")) {
      parameter(text);
    } else if (text.take("state ")) {
      const Operand declared = declaration(text);
      define(declared, network_->state(declared.name, from_json<StateSpec>(
                                                          text.attributes(to_json(StateSpec{})))));
    } else if (text.take("output ")) {
      const std::string name = text.name();
      text.expect("=");
      network_->mark_output(name, operand(text));
    } else {
      node(text);
    }
  }

  void header(Line& text) {
    text.expect("network ");
    network_ = std::make_unique<Network>(text.name());
    text.expect("{");
  }

  Operand declaration(Line& text) {
    text.expect("%");
    Operand out;
    out.name = text.name();
    text.expect(":");
    out.type = text.type();
    return out;
  }

  void parameter(Line& text) {
    const Operand declared = declaration(text);
    auto spec = from_json<ParameterSpec>(text.attributes(to_json(ParameterSpec{})));
    define(declared, network_->parameter(declared.name, declared.type, std::move(spec)));
  }

  void node(Line& text) {
    std::vector<Operand> results;
    do {
      results.push_back(declaration(text));
    } while (text.take(","));
    text.expect("=");
    const std::string op = text.name();
    text.expect("(");
    std::vector<Value> inputs;
    while (!text.take(")")) {
      if (!inputs.empty()) text.expect(",");
      inputs.push_back(operand(text));
    }
    const std::vector<Value> outputs =
        network_->add(ops::Op::parse(op, text.attributes(default_attributes(op))), inputs);
    if (outputs.size() != results.size()) {
      fail(ErrorCode::kCorrupt, op, " has ", outputs.size(), " outputs, got ", results.size());
    }
    for (size_t i = 0; i < results.size(); ++i) define(results[i], outputs[i]);
  }

  Value operand(Line& text) {
    text.expect("%");
    const std::string name = text.name();
    const auto found = values_.find(name);
    if (found == values_.end()) fail(ErrorCode::kCorrupt, "%", quote(name), " is not defined");
    return found->second;
  }

  void define(const Operand& declared, Value value) {
    if (value.type() != declared.type) {
      fail(ErrorCode::kCorrupt, "%", quote(declared.name), " is declared ",
           declared.type.to_string(), " but is ", value.type().to_string());
    }
    if (!values_.emplace(declared.name, value).second) {
      fail(ErrorCode::kCorrupt, "%", quote(declared.name), " is defined twice");
    }
  }

  std::unique_ptr<Network> network_;
  std::map<std::string, Value> values_;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Network> parse(std::string_view text, std::string_view source) {
  return Parser().parse(text, source);
}

}  // namespace lathe::graph
