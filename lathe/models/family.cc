// SPDX-License-Identifier: Apache-2.0
#include "lathe/models/family.h"

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

// The heads that a checkpoint was saved with: a classifier has the model type of its decoder.
void check_architecture(const Family& family, const Json& config) {
  const Json* names = config.find("architectures");
  if (names == nullptr || names->is_null() || family.architectures.empty()) return;
  with_context("config: architectures", [&] {
    if (names->as_array().empty()) return;
    const std::string& name = names->as_array().front().as_string();
    if (contains(family.architectures, name)) return;
    fail(ErrorCode::kUnsupported, "expected ", join(family.architectures, " or "), ", got ",
         quote(name));
  });
}

std::vector<int64_t> token_ids(const Json& ids) {
  if (!ids.is_array()) return {ids.as_integer()};
  std::vector<int64_t> out;
  for (const Json& id : ids.as_array()) out.push_back(id.as_integer());
  return out;
}

// The generation config knows better: a chat model's config.json may name the end of text alone.
std::vector<int64_t> eos_ids(const Json& config, const Json& generation) {
  for (const Json* source : {&generation, &config}) {
    const Json* ids = source->find("eos_token_id");
    if (ids == nullptr || ids->is_null()) continue;
    return with_context("eos_token_id", [ids] { return token_ids(*ids); });
  }
  return {};
}

// Where the checkpoint was saved from the bare decoder, its tensors lack the family's prefix.
void point_at_tensors(const Family& family, const weights::CheckpointReader& checkpoint,
                      graph::Network& network) {
  if (family.base_prefix.empty()) return;
  for (const graph::Value parameter : network.parameters()) {
    const std::string& name = parameter.name();
    if (!name.starts_with(family.base_prefix) || checkpoint.find(name) != nullptr) continue;
    const std::string bare = name.substr(family.base_prefix.size());
    if (checkpoint.find(bare) == nullptr) continue;
    graph::ParameterSpec spec = network.parameter_spec(parameter);
    spec.sources = {{.tensor = bare}};
    network.set_parameter_spec(parameter, std::move(spec));
  }
}

}  // namespace

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

const Family& family_of(const Json& config) {
  const Json* given = config.find("model_type");
  if (given == nullptr) fail(ErrorCode::kCorrupt, "config: field 'model_type' is missing");
  const std::string type =
      with_context("config: model_type", [given] { return given->as_string(); });
  const Family* family = find_by_model_type(type);
  if (family == nullptr) {
    fail(ErrorCode::kUnsupported, "config: model_type: expected one of ", known_model_types(),
         ", got ", quote(type));
  }
  check_architecture(*family, config);
  return *family;
}

Model build_model(const Json& config, const Json& generation, const ModelOptions& options) {
  const Family& family = family_of(config);
  Model model{.network = std::make_unique<graph::Network>(), .facts = {}};
  const ModelSize size = with_context(cat("config (", family.name, ")"), [&] {
    return family.build(config, options.dtype, *model.network);
  });
  model.facts = {.family = family.name,
                 .vocab = size.vocab,
                 .max_seq_len = size.max_seq_len,
                 .eos_ids = eos_ids(config, generation),
                 .generation = generation};
  return model;
}

Model build_model(const weights::CheckpointReader& checkpoint, const ModelOptions& options) {
  return with_context(checkpoint.source(), [&] {
    Model model = build_model(checkpoint.config(), checkpoint.generation_config(), options);
    point_at_tensors(family_of(checkpoint.config()), checkpoint, *model.network);
    return model;
  });
}

}  // namespace lathe::models
