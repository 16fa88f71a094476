// SPDX-License-Identifier: Apache-2.0
// Builds that time kernels on a GPU that is host memory, where a test says how long each takes.
#pragma once

#include "tests/support/fake_compiler.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/needs_nvrtc.h"

namespace lathe::testing {

class TimedGpu : public NeedsNvrtc {
 protected:
  explicit TimedGpu(const FakeGpu::Options& gpu = {}) : fake(gpu) {}

  // What the events around an entry's launches say.
  void takes(const std::string& entry, float ms) {
    fake.kernels[entry] = [this, ms](FakeGpu::Launch&) { fake.elapsed_ms = ms; };
  }

  const TempDir dir;
  const FakeCompiler compiler;
  FakeGpu fake;
};

}  // namespace lathe::testing
