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
      cuda::Nvrtc::open();
    } catch (const Error& error) {
      GTEST_SKIP() << "no NVRTC: " << error.message();
    }
  }
};

}  // namespace lathe::testing
