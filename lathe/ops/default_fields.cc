// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/default_fields.h"

namespace lathe::ops {

Json without_defaults(const Json& object, const Json& defaults) {
  Json out = Json::object();
  for (const auto& [name, value] : object.as_object()) {
    const Json* usual = defaults.find(name);
    if (usual != nullptr && *usual == value) continue;
    const bool nested = usual != nullptr && usual->is_object() && value.is_object();
    out[name] = nested ? without_defaults(value, *usual) : value;
  }
  return out;
}

Json with_defaults(const Json& object, const Json& defaults) {
  Json out = object;
  for (const auto& [name, usual] : defaults.as_object()) {
    const Json* given = object.find(name);
    if (given == nullptr) {
      out[name] = usual;
    } else if (given->is_object() && usual.is_object()) {
      out[name] = with_defaults(*given, usual);
    }
  }
  return out;
}

}  // namespace lathe::ops
