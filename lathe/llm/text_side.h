// SPDX-License-Identifier: Apache-2.0
// What an engine or a checkpoint knows about text: its tokenizer and its chat template.
//
//   const llm::TextSide text = llm::open_text_side("smollm2.engine");
//   std::vector<int32_t> ids = text.tokenizer().encode("Hello");
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "lathe/text/chat_template.h"
#include "lathe/text/tokenizer.h"

namespace lathe::llm {

// Immutable; copies share the tokenizer. The template is parsed when it is used, so that a broken
// one does not keep anybody from the tokenizer.
class TextSide {
 public:
  // `source` is named in messages.
  TextSide(text::TokenizerFiles files, std::string source);

  bool has_tokenizer() const { return tokenizer_ != nullptr; }
  // Throws kNotFound where there is none.
  const text::Tokenizer& tokenizer() const { return *shared_tokenizer(); }
  std::shared_ptr<const text::Tokenizer> shared_tokenizer() const;

  // The prompt's text for these messages. Throws kNotFound where there is no template, kCorrupt and
  // kUnsupported for one that does not parse or fails, kInvalidArgument where it refuses the
  // messages.
  std::string render(const Json& messages, text::TemplateInputs inputs = {}) const;

 private:
  text::TokenizerFiles files_;
  std::string source_;
  std::shared_ptr<const text::Tokenizer> tokenizer_;
};

// From an engine's folder, or from a checkpoint (Hugging Face folder, GGUF file). Throws what
// reading them throws.
TextSide open_text_side(const std::filesystem::path& path);

}  // namespace lathe::llm
