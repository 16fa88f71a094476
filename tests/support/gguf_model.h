// SPDX-License-Identifier: Apache-2.0
// A small model as a GGUF file, and files that are read at once.
//
//   GgufModel model{.architecture = "qwen2"};
//   model.sizes["block_count"] = 3;
//   model.sizes.erase("context_length");
//   const OpenGguf file(model.builder().text("general.name", "small"));
//   weights::translate_gguf(*file);
#pragma once

#include <map>
#include <string>
#include <utility>

#include "tests/support/gguf_builder.h"
#include "tests/support/temp_dir.h"

namespace lathe::testing {

struct GgufModel {
  std::string architecture = "llama";
  std::map<std::string, uint32_t> sizes = {
      {"embedding_length", 8}, {"feed_forward_length", 16}, {"block_count", 2},
      {"context_length", 64},  {"attention.head_count", 2}, {"attention.head_count_kv", 1}};

  // The file with these sizes, an epsilon of 1e-6 and an embedding of 5 tokens.
  GgufBuilder builder() const {
    GgufBuilder out;
    out.text("general.architecture", architecture);
    for (const auto& [key, size] : sizes) out.number(architecture + "." + key, size);
    const bool is_gpt2 = architecture == "gpt2";
    out.number(architecture + ".attention.layer_norm" + (is_gpt2 ? "_epsilon" : "_rms_epsilon"),
               1e-6f);
    out.tensor("token_embd.weight", {5, sizes.at("embedding_length")}, 0,
               std::string(size_t{5} * 4 * sizes.at("embedding_length"), 'e'));
    return out;
  }
};

// A file in memory, and what read_gguf makes of it.
class OpenGguf {
 public:
  explicit OpenGguf(const GgufBuilder& builder)
      : bytes_(builder.bytes()), gguf_(read_gguf(as_bytes(bytes_), "test.gguf")) {}
  OpenGguf(const OpenGguf&) = delete;
  OpenGguf& operator=(const OpenGguf&) = delete;
  const Gguf& operator*() const { return gguf_; }

 private:
  std::string bytes_;
  Gguf gguf_;
};

}  // namespace lathe::testing
