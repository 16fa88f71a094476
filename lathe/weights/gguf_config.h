// SPDX-License-Identifier: Apache-2.0
// GGUF metadata as the config.json and generation_config.json that the model would have at Hugging
// Face. Each function throws kCorrupt naming the metadata key that is missing or of the wrong kind.
#pragma once

#include <cstdint>

#include "lathe/base/gguf.h"
#include "lathe/base/json.h"
#include "lathe/weights/gguf_family.h"

namespace lathe::weights {

// Llama, Qwen 2 and 3, GLM 4: RMSNorm, rotary embeddings, grouped queries, gated MLP.
Json llama_like_config(const Gguf& gguf, const GgufFamily& family);
Json chatglm_config(const Gguf& gguf, const GgufFamily& family);
Json gpt2_config(const Gguf& gguf, const GgufFamily& family);

// Special token ids, and the sampling defaults where the file has some.
Json gguf_generation_config(const Gguf& gguf);

// rope_scaling: null, or an object with rope_type.
Json gguf_rope_scaling(const Gguf& gguf, std::string_view architecture);

// Query heads, or key/value heads where `kv`; one number for all layers.
enum class HeadKind { kQuery, kKeyValue };
int64_t gguf_head_count(const Gguf& gguf, std::string_view architecture, HeadKind kind);

}  // namespace lathe::weights
