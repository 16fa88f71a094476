// SPDX-License-Identifier: Apache-2.0
#include "lathe/models/family.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/models/registry.h"

namespace lathe::models {

namespace {

// The heads that a checkpoint was saved with: a classifier has the model type of its decoder.
void check_architecture(const Family& family, const Json& config) {
  const Json* names = config.find("architectures");
  if (names == nullptr || names->is_null() || family.architectures.empty()) return;
  with_context("config: architectures", [&] {
    if (names->as_array().empty()) return;
    const std::string& name = names->as_array().front().as_string();
    if (std::ranges::find(family.architectures, name) != family.architectures.end()) return;
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

// What a module or an op calls an invalid argument, a field of the config made so.
ModelSize build_network(const Family& family, const Json& config, DType dtype,
                        graph::Network& network) {
  try {
    return family.build(config, dtype, network);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    throw Error(ErrorCode::kCorrupt, error.message());
  }
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

const Family& family_of(const Json& config) {
  const Json& given =
      with_context("config", [&]() -> const Json& { return config.at("model_type"); });
  const std::string type =
      with_context("config: model_type", [&given] { return given.as_string(); });
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
    return build_network(family, config, options.dtype, *model.network);
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
