// SPDX-License-Identifier: Apache-2.0
#include "lathe/models/registry.h"

#include <algorithm>
#include <deque>

#include "lathe/base/error.h"

namespace lathe::models {

namespace {

// A deque: references that were handed out stay good. Made on first use, because registrations run
// before main in any order.
std::deque<Family>& registry() {
  static std::deque<Family> families;
  return families;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

const Family* find_by_model_type(std::string_view model_type) {
  for (const Family& family : registry()) {
    if (contains(family.model_types, model_type)) return &family;
  }
  return nullptr;
}

std::string known_model_types() {
  std::vector<std::string> types;
  for (const Family& family : registry()) {
    types.insert(types.end(), family.model_types.begin(), family.model_types.end());
  }
  std::ranges::sort(types);
  return join(types, ", ");
}

void register_family(Family family) {
  LATHE_CHECK(family.build != nullptr, "a family without a build function", family.name);
  for (const Family& known : registry()) {
    if (known.name == family.name) {
      fail(ErrorCode::kInvalidArgument, "model family ", quote(family.name),
           " is registered twice");
    }
  }
  for (const std::string& type : family.model_types) {
    const Family* taken = find_by_model_type(type);
    if (taken == nullptr) continue;
    fail(ErrorCode::kInvalidArgument, "model family ", quote(family.name), ": model type ",
         quote(type), " is taken by family ", quote(taken->name));
  }
  registry().push_back(std::move(family));
}

std::vector<std::string> family_names() {
  std::vector<std::string> names;
  for (const Family& family : registry()) names.push_back(family.name);
  std::ranges::sort(names);
  return names;
}

}  // namespace lathe::models
