// SPDX-License-Identifier: Apache-2.0
// What a model maker publishes, seen the same way whatever its files: a configuration, named
// tensors, and the tokenizer's files as bytes.
//
//   auto checkpoint = weights::open_checkpoint("models/smollm2");
//   for (const weights::TensorInfo& tensor : checkpoint->tensors()) …
//   auto bytes = checkpoint->bytes("model.norm.weight");
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/base/json.h"

namespace lathe::weights {

// How the stored rows stand to the rows that the name promises. Whoever reads values applies it;
// quant's formats do.
enum class RowOrder {
  kPlain,
  // Rows of a query or key projection, regrouped by GGUF for rotary embeddings that turn
  // neighbours. With d = rows / rope_heads, row h·d + j·d/2 + i of the Hugging Face order (j in 0,
  // 1) is stored as row h·d + 2·i + j. Blocks run along columns, so that quantized rows move whole.
  kGgufRopeInterleaved,
  // Stored as its transpose [in, out] (GPT-2's Conv1D in a Hugging Face folder); `shape` says
  // [out, in] like everywhere else.
  kTransposed,
};
std::string_view to_string(RowOrder order);

struct TensorInfo {
  std::string name;     // Hugging Face spelling: "model.layers.0.self_attn.q_proj.weight"
  std::string storage;  // "f32", "f16", "bf16", "q8_0", "q4_0", "q4_1"; "i64", … for buffers
  std::vector<int64_t> shape;  // row-major and logical: [out, in] for a projection
  int64_t num_bytes = 0;
  RowOrder row_order = RowOrder::kPlain;
  int64_t rope_heads = 0;  // of kGgufRopeInterleaved: heads that the rows belong to
};

// What the text module makes a tokenizer from. A Hugging Face folder gives files by name
// ("tokenizer.json", "tokenizer_config.json", "tokenizer.model", …), a GGUF file one JSON object:
// {model, pre, tokens, merges, token_types, scores, bos_id, eos_id, eot_id, unk_id, pad_id,
// add_bos, add_eos, add_space_prefix, chat_template}, a field only where the file has it.
struct TokenizerFiles {
  std::map<std::string, std::string, std::less<>> files;
  Json gguf;  // null for a Hugging Face folder
};

// A checkpoint that is open for reading.
//
// A format is one implementation: it parses headers when it is opened, refuses what is broken or
// unknown there, and translates everything into Hugging Face's words, so that models know one
// spelling. Tensor bytes are only mapped: opening costs no memory that grows with the weights.
//
// Immutable after opening, and every method may be called from any thread. Spans and references
// that methods return live as long as the reader.
class CheckpointReader {
 public:
  virtual ~CheckpointReader() = default;

  // Where it came from: a path, for messages and for the engine's manifest.
  virtual const std::string& source() const = 0;

  // config.json, or the same facts translated from another format's metadata: `model_type`,
  // `architectures`, and the fields that this model type has at Hugging Face. Rotary frequency
  // factors that a GGUF file carries appear as rope_scaling {"rope_type": "frequency_factors",
  // "factors": […]}: inverse frequency i is divided by factors[i].
  virtual const Json& config() const = 0;

  // generation_config.json or its translation; an empty object where there is none.
  virtual const Json& generation_config() const = 0;

  // All tensors, sorted by name, no name twice.
  virtual const std::vector<TensorInfo>& tensors() const = 0;

  // The tensor's bytes as stored: row-major, `row_order` not applied, not necessarily aligned.
  // Mapped from the file and read when touched. Throws kNotFound, with the nearest name.
  virtual std::span<const std::byte> bytes(std::string_view name) const = 0;

  // Says that these bytes are not needed for now: their pages leave resident memory. `bytes` may
  // be called again.
  virtual void drop(std::string_view name) const = 0;

  // Reads the tokenizer's files; not cached, so call it once.
  virtual TokenizerFiles tokenizer_files() const = 0;

  // Conveniences over the methods above.
  const TensorInfo* find(std::string_view name) const;    // null where absent
  const TensorInfo& tensor(std::string_view name) const;  // throws kNotFound like bytes()
  // 16 hex digits over names, storage types and shapes: equal for fine-tunes of one model.
  std::string fingerprint() const;
};

// Opens a Hugging Face folder (config.json and safetensors, single or with an index), the
// config.json or a file inside such a folder, or a GGUF file. Throws kNotFound where nothing is
// there, kCorrupt for what is no checkpoint or a broken one, kUnsupported, naming file and field.
std::shared_ptr<const CheckpointReader> open_checkpoint(const std::filesystem::path& path);

}  // namespace lathe::weights
