// SPDX-License-Identifier: Apache-2.0
#include "lathe/nn/module_tree.h"

namespace lathe::nn {

namespace {

Module& child_of(Module& parent, std::string_view name) {
  for (Module& child : parent.children) {
    if (child.name == name) return child;
  }
  const std::string prefix = parent.path.empty() ? std::string() : cat(parent.path, ".");
  parent.children.push_back(
      {.name = std::string(name), .path = cat(prefix, name), .parameters = {}, .children = {}});
  return parent.children.back();
}

}  // namespace

const Module* Module::find(std::string_view child) const {
  for (const Module& candidate : children) {
    if (candidate.name == child) return &candidate;
  }
  return nullptr;
}

Module module_tree(const graph::Network& network) {
  Module root;
  for (const graph::Value parameter : network.parameters()) {
    std::vector<std::string_view> names = split(parameter.name(), '.');
    names.pop_back();  // the parameter's own
    Module* module = &root;
    for (const std::string_view name : names) module = &child_of(*module, name);
    module->parameters.push_back(parameter);
  }
  return root;
}

void walk(const Module& module, const std::function<void(const Module&)>& visit) {
  visit(module);
  for (const Module& child : module.children) walk(child, visit);
}

}  // namespace lathe::nn
