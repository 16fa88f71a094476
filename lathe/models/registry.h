// SPDX-License-Identifier: Apache-2.0
// The families that registered themselves (family.h has register_family).
#pragma once

#include "lathe/models/family.h"

namespace lathe::models {

// Null where no family takes it. Good for the life of the program.
const Family* find_by_model_type(std::string_view model_type);
std::string known_model_types();  // sorted, with commas, for messages

}  // namespace lathe::models
