// SPDX-License-Identifier: Apache-2.0
// A GGUF file that reads as a container either translates into Hugging Face's words, with names
// sorted and unique, or is refused with an Error.
#include "lathe/weights/gguf_checkpoint.h"

#include "lathe/base/error.h"
#include "lathe/weights/gguf_tokenizer.h"

namespace lathe::weights {
namespace {

void translate(const Gguf& gguf) {
  const GgufTranslation out = translate_gguf(gguf);
  LATHE_CHECK(out.tensors.size() == out.places.size(), "places are missing");
  for (size_t i = 0; i < out.tensors.size(); ++i) {
    LATHE_CHECK(i == 0 || out.tensors[i - 1].name < out.tensors[i].name, "names are not sorted");
    LATHE_CHECK(gguf.tensors.at(out.places[i]).bytes.size() ==
                    static_cast<size_t>(out.tensors[i].num_bytes),
                "another tensor's bytes", out.tensors[i].name);
  }
  LATHE_CHECK(out.config.at("model_type").is_string(), "no model type");
}

}  // namespace
}  // namespace lathe::weights

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const std::byte> file(reinterpret_cast<const std::byte*>(data), size);
  try {
    const lathe::Gguf gguf = lathe::read_gguf(file, "fuzz");
    (void)lathe::weights::gguf_tokenizer(gguf);
    lathe::weights::translate(gguf);
  } catch (const lathe::Error& error) {
    LATHE_CHECK(error.code() == lathe::ErrorCode::kCorrupt ||
                    error.code() == lathe::ErrorCode::kUnsupported,
                "another error", error.message());
  }
  return 0;
}
