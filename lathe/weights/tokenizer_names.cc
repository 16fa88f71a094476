// SPDX-License-Identifier: Apache-2.0
#include "lathe/weights/tokenizer_names.h"

namespace lathe::weights {

std::map<std::string, std::string, std::less<>> files_by_name(TokenizerFiles tokenizer) {
  auto out = std::move(tokenizer.files);
  if (!tokenizer.gguf.is_null()) out.emplace(kGgufTokenizer, tokenizer.gguf.dump());
  return out;
}

}  // namespace lathe::weights
