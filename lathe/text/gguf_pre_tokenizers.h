// SPDX-License-Identifier: Apache-2.0
// GGUF files name their pre-tokenizer (`tokenizer.ggml.pre`); this is what the names mean.
#pragma once

#include <string_view>

#include "lathe/text/pre_tokenizer.h"

namespace lathe::text {

struct GgufPreTokenizer {
  PreTokenizer pre_tokenizer;
  bool add_bos = false;        // where the file does not say
  bool ignore_merges = false;  // BpeOptions
};

// Throws kUnsupported with the known names. An empty name is "default", as in files of before 2024.
GgufPreTokenizer gguf_pre_tokenizer(std::string_view name);

}  // namespace lathe::text
