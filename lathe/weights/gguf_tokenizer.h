// SPDX-License-Identifier: Apache-2.0
// A GGUF file's tokenizer metadata as the JSON object of TokenizerFiles (checkpoint.h).
#pragma once

#include "lathe/base/gguf.h"
#include "lathe/base/json.h"

namespace lathe::weights {

// Throws kCorrupt where a key has another type than GGUF gives it.
Json gguf_tokenizer(const Gguf& gguf);

}  // namespace lathe::weights
