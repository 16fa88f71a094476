// SPDX-License-Identifier: Apache-2.0
#include "lathe/toolchain/memory_use.h"

#include <fstream>
#include <string>

namespace lathe::toolchain {

int64_t anonymous_bytes() {
  std::ifstream file("/proc/self/status");
  std::string word;
  while (file >> word) {
    int64_t kibibytes = 0;
    if (word == "RssAnon:" && file >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

}  // namespace lathe::toolchain
