// SPDX-License-Identifier: Apache-2.0
// Checkpoints as one GGUF file. Names, shapes and configuration are translated into Hugging Face's
// words; see gguf_family.h for the architectures.
#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "lathe/base/gguf.h"
#include "lathe/weights/checkpoint.h"

namespace lathe::weights {

std::shared_ptr<const CheckpointReader> open_gguf_checkpoint(const std::filesystem::path& path);

// What a GGUF file says, without the file: for tests and the fuzzer.
struct GgufTranslation {
  Json config;
  Json generation_config;
  std::vector<TensorInfo> tensors;  // sorted by name
  std::vector<size_t> places;       // beside them: index into Gguf::tensors
};
GgufTranslation translate_gguf(const Gguf& gguf);

}  // namespace lathe::weights
