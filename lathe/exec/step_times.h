// SPDX-License-Identifier: Apache-2.0
// What each step of a plan takes by itself.
#pragma once

#include <string_view>
#include <vector>

namespace lathe::exec {

struct StepTimes {
  // Of each step of the plan. On a GPU from the end of the kernel before it to its own end: none
  // begins early, as kernels of a graph do, so that their sum is more than the whole. 0: a step of
  // this shape leaves it out, since it would change nothing.
  std::vector<double> us = {};
  std::vector<std::string_view> kernels = {};  // the one that each step ran, by name
  // The device had all of its work before it began. Where it had not, a kernel's time may hold a
  // wait for the host that launches it.
  bool host_was_ahead = true;
};

}  // namespace lathe::exec
