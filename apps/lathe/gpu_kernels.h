// SPDX-License-Identifier: Apache-2.0
// `lathe bench kernels` of an engine for a GPU: its kernels where they run, in steps of a session.
#pragma once

#include "engine_ceilings.h"
#include "kernel_report.h"
#include "lathe/kernels/bench/figures.h"
#include "lathe/runtime/run_limits.h"
#include "step_groups.h"

namespace lathe::app {

// The shape, cut to what a sequence of at most `most` tokens has room for.
kernels::BenchStep fitted(kernels::BenchStep shape, int64_t most);

// `given`, as small as steps of these shapes need it.
runtime::RunLimits limits_for(runtime::RunLimits given, std::span<const kernels::BenchStep> shapes);

struct GpuKernels {
  std::vector<StepGroup> groups;  // of one shape behind those of another
  bool host_was_ahead = true;     // false: a time may hold a wait for the host
};

// Runs each shape some times, kernel by kernel. Throws what run_limits and sessions throw.
GpuKernels time_gpu_kernels(const std::shared_ptr<const exec::Engine>& engine,
                            const runtime::RunLimits& limits,
                            std::span<const kernels::BenchStep> shapes);

// As it is printed: "device", "ceilings_known" (engine_ceilings.h), "host_was_ahead", "ceilings".
KernelReport report_of(const std::string& device, const EngineCeilings& ceilings,
                       const GpuKernels& timed);

}  // namespace lathe::app
