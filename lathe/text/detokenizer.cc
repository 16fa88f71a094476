// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/detokenizer.h"

#include "lathe/text/tokenizer_parts.h"
#include "lathe/text/utf8.h"

namespace lathe::text {

Detokenizer::Detokenizer(std::shared_ptr<const Tokenizer> tokenizer, DetokenizerOptions options)
    : tokenizer_(std::move(tokenizer)), options_(options), strip_left_(0) {
  finish();
}

std::string Detokenizer::push(int32_t id) {
  std::string_view bytes = tokenizer_->token_bytes(id);
  if (options_.skip_special && tokenizer_->is_special(id)) bytes = {};
  while (strip_left_ > 0 && !bytes.empty()) {
    const bool is_space = bytes.front() == ' ';
    strip_left_ = is_space ? strip_left_ - 1 : 0;
    if (is_space) bytes.remove_prefix(1);
  }
  pending_ += bytes;
  std::string out;
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const Utf8Step step = read_utf8(rest);
    if (step.kind == Utf8Step::Kind::kUnfinished) break;
    append_utf8(out, step.code);
    rest.remove_prefix(step.bytes);
  }
  pending_.erase(0, pending_.size() - rest.size());
  return out;
}

std::string Detokenizer::finish() {
  std::string out = to_utf8(pending_);
  pending_.clear();
  const bool strips = options_.start == TextStart::kBeginning;
  strip_left_ = strips ? tokenizer_->parts_->decoder.strip_left : 0;
  return out;
}

}  // namespace lathe::text
