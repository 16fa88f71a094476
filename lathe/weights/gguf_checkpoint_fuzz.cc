// SPDX-License-Identifier: Apache-2.0
// A GGUF file that reads as a container either translates into Hugging Face's words, with names
// sorted and unique, or is refused with an Error.
#include "lathe/weights/gguf_checkpoint.h"

#include "lathe/weights/gguf_tokenizer.h"
#include "tests/support/fuzz.h"

namespace lathe::weights {
namespace {

using testing::must_hold;

void translate(const Gguf& gguf) {
  const GgufTranslation out = translate_gguf(gguf);
  must_hold(out.tensors.size() == out.places.size(), "a place a tensor");
  for (size_t i = 0; i < out.tensors.size(); ++i) {
    must_hold(i == 0 || out.tensors[i - 1].name < out.tensors[i].name, "sorted names");
    must_hold(gguf.tensors.at(out.places[i]).bytes.size() ==
                  static_cast<size_t>(out.tensors[i].num_bytes),
              "the tensor's own bytes", out.tensors[i].name);
  }
  must_hold(out.config.at("model_type").is_string(), "a model type");
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
    lathe::testing::must_be_promised(error,
                                     {lathe::ErrorCode::kCorrupt, lathe::ErrorCode::kUnsupported});
  }
  return 0;
}
