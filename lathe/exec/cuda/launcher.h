// SPDX-License-Identifier: Apache-2.0
// Enqueues a plan's steps: each kernel's record says which launches they are.
#pragma once

#include "lathe/exec/cuda/gpu.h"
#include "lathe/exec/ready_step.h"

namespace lathe::exec {

class Launcher {
 public:
  // `workspace`: of the device, as large as the greediest choice's. Throws kOutOfMemory.
  Launcher(const Gpu& gpu, void* workspace, Bits bits);

  // The next launch begins once all before it is complete, and with it whatever follows: promise 1
  // of kernels/README.md, for those who have written step inputs.
  void separate() { separate_ = true; }

  // Never waits. Throws with the kernel's name and what the launch says: entry, device, cause.
  void enqueue(const ReadyStep& step);

 private:
  const Gpu& gpu_;
  Entries entries_;
  void* workspace_;
  Bits bits_;
  bool separate_ = false;
};

}  // namespace lathe::exec
