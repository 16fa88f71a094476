// SPDX-License-Identifier: Apache-2.0
// What a run needs to know about a language model beside its network: models find it out, engines
// store it, the runtime reads it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lathe/base/fields.h"

namespace lathe::ops {

struct ModelFacts {
  std::string family;
  int64_t vocab = 0;
  int64_t max_seq_len = 0;  // tokens of a sequence, prompt and answer together
  std::vector<int64_t> eos_ids;
  Json generation;  // the checkpoint's generation config, {} where it has none
  bool operator==(const ModelFacts&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("family", &ModelFacts::family);
    v("vocab", &ModelFacts::vocab);
    v("max_seq_len", &ModelFacts::max_seq_len);
    v("eos_ids", &ModelFacts::eos_ids);
    v("generation", &ModelFacts::generation);
  }
};

}  // namespace lathe::ops
