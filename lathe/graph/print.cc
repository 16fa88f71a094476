// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>

#include "lathe/graph/text.h"
#include "lathe/ops/default_fields.h"

namespace lathe::graph {

namespace {

bool is_plain_name(std::string_view name) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  return !name.empty() && (name[0] < '0' || name[0] > '9') &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

std::string written_name(const std::string& name) {
  return is_plain_name(name) ? name : Json(name).dump();
}

std::string attributes_suffix(const Json& attributes) {
  return attributes.as_object().empty() ? std::string() : cat(" ", attributes.dump());
}

class Printer {
 public:
  explicit Printer(const Network& network) : network_(network) {}

  std::string print() {
    text_ = cat("network ", written_name(network_.name()), " {\n");
    for (const Value value : network_.inputs()) declare("input", value, Json::object());
    for (const Value value : network_.parameters()) {
      const ParameterSpec& spec = network_.parameter_spec(value);
      declare("parameter", value, ops::without_defaults(to_json(spec), to_json(ParameterSpec{})));
    }
    for (const Value value : network_.states()) {
      declare("state", value,
              ops::without_defaults(to_json(network_.state_spec(value)), to_json(StateSpec{})));
    }
    for (const NodeId id : network_.nodes()) print_node(network_.node(id));
    for (const NamedOutput& output : network_.outputs()) {
      text_ +=
          cat("  output ", written_name(output.name), " = ", names_.at(output.value.id()), "\n");
    }
    return text_ + "}\n";
  }

 private:
  void declare(std::string_view kind, Value value, const Json& attributes) {
    const std::string name = "%" + written_name(value.name());
    names_[value.id()] = name;
    taken_.insert("%" + value.name());
    text_ += cat("  ", kind, " ", name, ": ", value.type().to_string(),
                 attributes_suffix(attributes), "\n");
  }

  void print_node(const Node& node) {
    std::vector<std::string> outputs, inputs;
    for (const ValueId id : node.outputs) {
      names_[id] = next_number();
      outputs.push_back(cat(names_[id], ": ", network_.type(id).to_string()));
    }
    for (const ValueId id : node.inputs) inputs.push_back(names_.at(id));
    text_ += cat("  ", join(outputs, ", "), " = ", node.op.name(), "(", join(inputs, ", "), ")",
                 attributes_suffix(ops::without_defaults(node.op.attributes_json(),
                                                         node.op.default_attributes())),
                 "\n");
  }

  // "%7", past the numbers that are names of what is declared.
  std::string next_number() {
    std::string name = cat("%", next_++);
    return taken_.contains(name) ? next_number() : name;
  }

  const Network& network_;
  std::map<ValueId, std::string> names_;
  std::set<std::string> taken_;
  std::string text_;
  int next_ = 0;
};

}  // namespace

std::string print(const Network& network) { return Printer(network).print(); }

}  // namespace lathe::graph
