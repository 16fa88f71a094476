// SPDX-License-Identifier: Apache-2.0
// A model family: from a checkpoint's config.json to a network. One file a family, which registers
// itself; a family of a user's own does the same from any program that links the library.
//
//   ModelSize build(const Json& config, DType dtype, graph::Network& network) { … }
//   const models::FamilyRegistration registered({
//       .name = "my_llama", .model_types = {"my_llama"}, .architectures = {}, .build = build});
//
//   models::Model model = models::build_model(*weights::open_checkpoint(path));
//
// The network of a language model takes the step inputs (ops/step_inputs.h), names its KV caches
// "layers.N.kv" and its output "logits", f32 [logit_rows, vocab]. Parameters have the names of the
// checkpoint at Hugging Face.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/base/json.h"
#include "lathe/graph/network.h"
#include "lathe/ops/model_facts.h"
#include "lathe/weights/checkpoint.h"

namespace lathe::models {

struct ModelSize {
  int64_t vocab = 0;
  int64_t max_seq_len = 0;
};

// Adds the whole model to an empty network. `dtype` is that of the activations, and of parameters
// until they are bound to stored ones. Throws kCorrupt (a field of the config is missing or makes
// no sense) and kUnsupported (a variant that is not built), naming field, expected and got.
using BuildFunction = ModelSize (*)(const Json& config, DType dtype, graph::Network& network);

struct Family {
  std::string name;                        // unique: "llama"
  std::vector<std::string> model_types;    // what config.json says in "model_type"
  std::vector<std::string> architectures;  // … and in "architectures"; empty = any
  BuildFunction build = nullptr;
  // Parameter names begin with it; a checkpoint saved from the bare decoder lacks it.
  std::string base_prefix = {};
  // Endings of tensors that checkpoints hold and the network has no use for.
  std::vector<std::string> unused_tensors = {};
};

// Adds to the registry. Throws kInvalidArgument where the name or a model type is taken: from a
// static FamilyRegistration that ends the program at its start, with the message.
// Not to be called while other threads look families up.
void register_family(Family family);

struct FamilyRegistration {
  explicit FamilyRegistration(Family family) { register_family(std::move(family)); }
};

std::vector<std::string> family_names();  // sorted
// The family that takes this config. Throws kUnsupported with what it says and what is known.
const Family& family_of(const Json& config);

struct Model {
  std::unique_ptr<graph::Network> network;
  ops::ModelFacts facts;
};

struct ModelOptions {
  DType dtype = DType::kF32;  // of the activations
};

// From configs alone. `generation` is the generation_config.json, {} where there is none.
Model build_model(const Json& config, const Json& generation, const ModelOptions& options = {});
// From a checkpoint's configs; parameters point at the tensors as this checkpoint names them.
Model build_model(const weights::CheckpointReader& checkpoint, const ModelOptions& options = {});

}  // namespace lathe::models
