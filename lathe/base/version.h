// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace lathe {

std::string_view version();  // "0.1.0": the project's version, as CMakeLists.txt has it

}  // namespace lathe
