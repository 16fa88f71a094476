// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/op.h"

namespace lathe::ops {

Op Op::parse(std::string_view name, const Json& attributes) {
  if (const OpDef* def = find_op(name)) {
    return with_context(name, [&] { return Op(*def, attributes); });
  }
  std::vector<std::string> names;
  for (const OpDef* def : all_ops()) names.emplace_back(def->info.name);
  const std::string_view near = nearest_name(name, names);
  fail(ErrorCode::kNotFound, "no op is called ", quote(name),
       near.empty() ? "" : cat("; did you mean ", near, "?"));
}

std::vector<TensorType> Op::infer(std::span<const TensorType> inputs) const {
  return with_context(name(), [&] { return def_->infer(attributes_.get(), inputs); });
}

Json Op::named_json() const {
  Json out = Json::object();
  out["name"] = name();
  out["attributes"] = attributes_json();
  return out;
}

Op Op::from_named_json(const Json& json) {
  for (const Json::Member& member : json.as_object()) {
    if (member.first == "name" || member.first == "attributes") continue;
    fail(ErrorCode::kCorrupt, "unknown field ", quote(member.first));
  }
  return parse(json.at("name").as_string(), json.at("attributes"));
}

const OpDef* find_op(std::string_view name) {
  for (const OpDef* def : all_ops()) {
    if (def->info.name == name) return def;
  }
  return nullptr;
}

}  // namespace lathe::ops
