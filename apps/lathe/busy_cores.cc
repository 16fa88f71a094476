// SPDX-License-Identifier: Apache-2.0
#include "busy_cores.h"

#include <pthread.h>
#include <sched.h>

namespace lathe::app {

namespace {

void stay_on(int core) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  ::pthread_setaffinity_np(::pthread_self(), sizeof(one), &one);
}

}  // namespace

BusyCores::BusyCores(int count) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof(allowed), &allowed);
  for (int core = 0; core < CPU_SETSIZE && this->count() < count; ++core) {
    if (!CPU_ISSET(core, &allowed)) continue;
    loops_.emplace_back([this, core] {
      stay_on(core);
      while (!stopping_.load(std::memory_order_relaxed)) continue;
    });
  }
}

BusyCores::~BusyCores() {
  stopping_.store(true);
  for (std::thread& loop : loops_) loop.join();
}

}  // namespace lathe::app
