// SPDX-License-Identifier: Apache-2.0
// The GGUF architectures that are read, each with its names and configuration at Hugging Face.
//
// To add one: a row in gguf_family.cc, with a table of names; a configuration function where
// `llama_like_config` does not fit. An architecture whose converter changes values on the way
// (Gemma adds 1 to its norms) does not fit in here without undoing that.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lathe/base/gguf.h"

namespace lathe::weights {

struct NamePair {
  std::string_view gguf;
  std::string_view hf;
};

// Tensors of the whole model by stem ("token_embd" of "token_embd.weight"), and those of a layer
// ("attn_q" of "blk.3.attn_q.weight"). The ending ("weight", "bias") stays.
struct NameTable {
  std::span<const NamePair> model;
  std::string_view layer_prefix;  // "model.layers."
  std::span<const NamePair> layer;
};

struct GgufFamily {
  std::string_view architecture;  // general.architecture
  std::string_view model_type;    // at Hugging Face
  std::string_view hf_class;
  const NameTable* names;
  // The converter regrouped the rows of q and k for rotary embeddings that turn neighbours.
  bool regroups_rope_rows = false;
  Json (*config)(const Gguf& gguf, const GgufFamily& family);
};

// Throws kUnsupported for an architecture that is not in the table, naming those that are.
const GgufFamily& family_of(const Gguf& gguf);

// The Hugging Face name, or the name itself where the table does not know it.
std::string hf_name(const NameTable& names, std::string_view gguf_name);

// Whether this is a layer's query or key projection (weight or bias): 'q', 'k' or 0.
char rope_projection(std::string_view gguf_name);

}  // namespace lathe::weights
