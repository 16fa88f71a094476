// SPDX-License-Identifier: Apache-2.0
// A GGUF file's tokenizer as the JSON object that text::Tokenizer reads, without the weights
// module: the text module's tests stand on base alone. And where fetched files are kept.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "lathe/base/file.h"
#include "lathe/base/gguf.h"
#include "lathe/base/json.h"

namespace lathe::testing {

inline std::filesystem::path cache_folder() {
  if (const char* cache = std::getenv("LATHE_CACHE")) return cache;
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : "/") / ".cache" / "lathe";
}

inline std::string gguf_vocabulary(const std::filesystem::path& path) {
  struct Field {
    const char* key;
    const char* name;
  };
  static constexpr Field kFields[] = {{"model", "model"},
                                      {"pre", "pre"},
                                      {"tokens", "tokens"},
                                      {"merges", "merges"},
                                      {"token_type", "token_types"},
                                      {"scores", "scores"},
                                      {"bos_token_id", "bos_id"},
                                      {"eos_token_id", "eos_id"},
                                      {"add_bos_token", "add_bos"},
                                      {"unknown_token_id", "unk_id"},
                                      {"add_space_prefix", "add_space_prefix"}};
  const auto file = MappedFile::open(path);
  const Gguf gguf = read_gguf(file->bytes(), path.string());
  Json json = Json::object();
  for (const Field& field : kFields) {
    const GgufValue* value = gguf.find(std::string("tokenizer.ggml.") + field.key);
    if (value != nullptr) json[field.name] = value->to_json();
  }
  return json.dump();
}

}  // namespace lathe::testing
