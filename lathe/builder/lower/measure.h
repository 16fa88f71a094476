// SPDX-License-Identifier: Apache-2.0
// Kernel times taken on this machine.
#pragma once

#include "lathe/base/thread_pool.h"
#include "lathe/builder/lower/estimate.h"
#include "lathe/builder/timing_cache.h"

namespace lathe::builder {

// Times candidates on this machine and keeps the times in the cache. The cost model speaks where
// there is nothing to measure: for a target that this machine does not run, and for ops that read
// indexes or states (their candidates differ by target alone). A reference is never timed: it is
// last. Cache and pool have to outlive it.
Estimator measured(TimingCache& cache, ThreadPool& pool);

}  // namespace lathe::builder
