// SPDX-License-Identifier: Apache-2.0
// The module tree of a network, read off its parameters' names: "model.layers.0.mlp.up_proj.weight"
// is the parameter "weight" of the module "up_proj" of the module "mlp" of ….
//
//   nn::walk(nn::module_tree(network), [](const nn::Module& module) { … });
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lathe/graph/network.h"

namespace lathe::nn {

struct Module {
  std::string name;                                  // "up_proj"; empty for the root
  std::string path;                                  // "model.layers.0.mlp.up_proj"
  std::vector<graph::Value> parameters;              // its own, in order of declaration
  std::vector<Module> children;                      // in order of their first parameter
  const Module* find(std::string_view child) const;  // null where there is none
};

// Also of a network that passes have changed or that was parsed from text.
Module module_tree(const graph::Network& network);

// Calls `visit` with every module, parents before children.
void walk(const Module& module, const std::function<void(const Module&)>& visit);

}  // namespace lathe::nn
