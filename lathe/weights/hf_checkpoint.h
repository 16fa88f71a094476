// SPDX-License-Identifier: Apache-2.0
// Checkpoints as Hugging Face folders: config.json, generation_config.json, the tokenizer's files,
// and model.safetensors, or its shards with model.safetensors.index.json.
#pragma once

#include <filesystem>
#include <memory>

#include "lathe/weights/checkpoint.h"

namespace lathe::weights {

std::shared_ptr<const CheckpointReader> open_hf_checkpoint(const std::filesystem::path& folder);

// The storage type of a safetensors dtype: "bf16" for "BF16", "f8e4m3" for "F8_E4M3".
std::string storage_of_safetensors(std::string_view dtype);

}  // namespace lathe::weights
