// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/version.h"

namespace lathe {

std::string_view version() { return LATHE_VERSION; }

}  // namespace lathe
