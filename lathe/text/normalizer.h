// SPDX-License-Identifier: Apache-2.0
// What happens to a text before it is cut into words: Unicode normal forms, ▁ for spaces.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lathe/base/json.h"

namespace lathe::text {

using NormalizerStep = std::function<void(std::string&)>;

// Valid UTF-8 in, valid UTF-8 out. Immutable.
class Normalizer {
 public:
  Normalizer() = default;  // changes nothing
  explicit Normalizer(std::vector<NormalizerStep> steps) : steps_(std::move(steps)) {}
  // From the `normalizer` of tokenizer.json. Throws kCorrupt, kUnsupported naming the type.
  static Normalizer from_json(const Json& json);

  std::string operator()(std::string text) const {
    for (const NormalizerStep& step : steps_) step(text);
    return text;
  }

 private:
  std::vector<NormalizerStep> steps_;
};

NormalizerStep prepend_step(std::string prefix);  // an empty text stays empty
NormalizerStep replace_step(std::string pattern, std::string content);

}  // namespace lathe::text
