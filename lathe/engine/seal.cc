// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/seal.h"

#include <span>

#include "lathe/base/error.h"
#include "lathe/base/hash.h"

namespace lathe::engine {

namespace {

std::string hash_of(std::string_view text) {
  return hex64(hash64(std::as_bytes(std::span(text.data(), text.size()))));
}

// Where the last member's digits begin; npos where `digits` stand nowhere between quotes.
size_t place_of(std::string_view text, std::string_view digits) {
  const size_t quote = text.rfind(cat("\"", digits, "\""));
  return quote == std::string_view::npos ? quote : quote + 1;
}

}  // namespace

std::string sealed_text(Manifest manifest) {
  manifest.hash.clear();
  std::string text = to_json(manifest).dump_pretty();
  return text.insert(place_of(text, ""), hash_of(text));
}

void check_seal(std::string_view text, const Manifest& manifest, Seal seal) {
  if (manifest.hash.empty() && seal == Seal::kWhereGiven) return;
  std::string bare(text);
  const size_t place = place_of(text, manifest.hash);
  if (place != std::string::npos) bare.erase(place, manifest.hash.size());
  const std::string expected = hash_of(bare);
  if (expected == manifest.hash) return;
  fail(ErrorCode::kCorrupt, "hash: expected ", expected, ", that of the text, got ",
       quote(manifest.hash), "; rebuild the engine with `lathe build`");
}

}  // namespace lathe::engine
