// SPDX-License-Identifier: Apache-2.0
// Tests that generate device code, which a machine without NVRTC skips.
#pragma once

#include <gtest/gtest.h>

#include "lathe/base/error.h"
#include "lathe/core/cuda/nvrtc.h"

namespace lathe::testing {

class NeedsNvrtc : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      // Stays open: what the library has allocated when it is unloaded counts as leaked.
      static const cuda::Nvrtc* const kept = new cuda::Nvrtc(cuda::Nvrtc::open());
      (void)kept;
    } catch (const Error& error) {
      GTEST_SKIP() << "no NVRTC: " << error.message();
    }
  }
};

}  // namespace lathe::testing
