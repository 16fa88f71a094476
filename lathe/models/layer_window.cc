// SPDX-License-Identifier: Apache-2.0
#include "lathe/models/layer_window.h"

#include "lathe/base/error.h"

namespace lathe::models {

namespace {

bool slides(std::string_view type) {
  if (type == "sliding_attention") return true;
  if (type == "full_attention") return false;
  fail(ErrorCode::kUnsupported, "expected full_attention or sliding_attention, got ", quote(type));
}

bool is_listed(const Json& types, int64_t layer) {
  return with_context("layer_types", [&] {
    const auto count = static_cast<int64_t>(types.as_array().size());
    if (layer < count) return slides(types.as_array()[static_cast<size_t>(layer)].as_string());
    fail(ErrorCode::kCorrupt, "expected one a layer, got ", count);
  });
}

bool is_behind(const Json& first, int64_t layer) {
  return with_context("max_window_layers", [&] { return layer >= first.as_integer(); });
}

}  // namespace

int64_t layer_window(const Config& config, int64_t layer) {
  const std::optional<int64_t> window = config.find_count("sliding_window");
  if (!window || !config.flag("use_sliding_window", false)) return 0;
  if (const Json* types = config.find("layer_types")) return is_listed(*types, layer) ? *window : 0;
  if (const Json* first = config.find("max_window_layers")) {
    return is_behind(*first, layer) ? *window : 0;
  }
  fail(ErrorCode::kCorrupt, "use_sliding_window: expected layer_types or max_window_layers too");
}

}  // namespace lathe::models
