// SPDX-License-Identifier: Apache-2.0
// A tokenizer's files by name, whatever checkpoint they come from.
#pragma once

#include "lathe/weights/checkpoint.h"

namespace lathe::weights {

// What the JSON of a GGUF file's tokenizer is called among them, and in an engine's folder.
inline constexpr std::string_view kGgufTokenizer = "gguf_tokenizer.json";

std::map<std::string, std::string, std::less<>> files_by_name(TokenizerFiles tokenizer);

}  // namespace lathe::weights
