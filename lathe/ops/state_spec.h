// SPDX-License-Identifier: Apache-2.0
// State that a network names and a session owns.
#pragma once

#include <cstdint>

#include "lathe/base/fields.h"

namespace lathe::ops {

// A paged KV cache of one layer. Its value has type state[kv_heads, head_dim].
struct StateSpec {
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
  int64_t window = 0;       // tokens that attention can still see; 0 = all
  int64_t sink_tokens = 0;  // first tokens that stay visible behind the window
  bool operator==(const StateSpec&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("kv_heads", &StateSpec::kv_heads);
    v("head_dim", &StateSpec::head_dim);
    v("window", &StateSpec::window);
    v("sink_tokens", &StateSpec::sink_tokens);
  }
};

}  // namespace lathe::ops
