// SPDX-License-Identifier: Apache-2.0
#include "lathe/models/layer_window.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace lathe::models {
namespace {

using lathe::testing::error_of;

int64_t window(std::string_view fields, int64_t layer) {
  const Json json = Json::parse(cat("{", fields, "}"), "test");
  return layer_window(Config(json), layer);
}

TEST(LayerWindow, OnlyWhereItIsUsed) {
  EXPECT_EQ(window("", 0), 0);
  EXPECT_EQ(window(R"("sliding_window": 8, "max_window_layers": 0)", 0), 0);
  EXPECT_EQ(window(R"("sliding_window": null, "use_sliding_window": true)", 0), 0);
}

TEST(LayerWindow, FromALayerOn) {
  constexpr std::string_view kFields =
      R"("sliding_window": 8, "use_sliding_window": true, "max_window_layers": 2)";
  EXPECT_EQ(window(kFields, 1), 0);
  EXPECT_EQ(window(kFields, 2), 8);
}

TEST(LayerWindow, ByTypeOfLayer) {
  static constexpr std::string_view kFields =
      R"("sliding_window": 8, "use_sliding_window": true, "max_window_layers": 0,
         "layer_types": ["full_attention", "sliding_attention", "other"])";
  EXPECT_EQ(window(kFields, 0), 0);
  EXPECT_EQ(window(kFields, 1), 8);
  EXPECT_EQ(error_of([] { window(kFields, 2); }),
            "layer_types: expected full_attention or sliding_attention, got 'other'");
  EXPECT_EQ(error_of([] { window(kFields, 3); }), "layer_types: expected one a layer, got 3");
}

TEST(LayerWindow, WithoutALayerItIsRefused) {
  EXPECT_EQ(error_of([] { window(R"("sliding_window": 8, "use_sliding_window": true)", 0); }),
            "use_sliding_window: expected layer_types or max_window_layers too");
}

}  // namespace
}  // namespace lathe::models
