// SPDX-License-Identifier: Apache-2.0
#include "lathe/llm/text_side.h"

#include <ctime>

#include "lathe/base/error.h"
#include "lathe/engine/folder.h"
#include "lathe/weights/tokenizer_names.h"

namespace lathe::llm {

namespace {

std::tm local_time() {
  const std::time_t now = std::time(nullptr);
  std::tm out{};
  localtime_r(&now, &out);
  return out;
}

}  // namespace

TextSide::TextSide(text::TokenizerFiles files, std::string source)
    : files_(std::move(files)), source_(std::move(source)) {
  if (!files_.contains("tokenizer.json") && !files_.contains(weights::kGgufTokenizer)) return;
  tokenizer_ = with_context(source_, [&] { return text::Tokenizer::load(files_); });
}

std::shared_ptr<const text::Tokenizer> TextSide::shared_tokenizer() const {
  if (!tokenizer_) fail(ErrorCode::kNotFound, source_, ": expected a tokenizer, there is none");
  return tokenizer_;
}

std::string TextSide::render(const Json& messages, text::TemplateInputs inputs) const {
  return with_context(source_, [&] {
    const std::optional<std::string> source = text::find_chat_template(files_);
    if (!source) fail(ErrorCode::kNotFound, "expected a chat template, there is none");
    inputs.messages = messages;
    inputs.local_time = local_time();
    if (tokenizer_) {
      inputs.bos_token = tokenizer_->bos_token();
      inputs.eos_token = tokenizer_->eos_token();
    }
    return text::ChatTemplate::parse(*source)->render(inputs);
  });
}

TextSide open_text_side(const std::filesystem::path& path) {
  if (!engine::is_engine(path)) {
    return {weights::files_by_name(weights::open_checkpoint(path)->tokenizer_files()),
            path.string()};
  }
  engine::EngineData data = engine::read_engine(path);
  return {{data.files.begin(), data.files.end()}, path.string()};
}

}  // namespace lathe::llm
