// SPDX-License-Identifier: Apache-2.0
// A piece of device code to be compiled, under the key that a plan names it by.
#pragma once

#include <string>

#include "lathe/builder/codegen/compile.h"

namespace lathe::builder {

// Adds a request unless it is among them. The key is of the name, the source and the compiler's
// options: equal code has equal keys wherever it is built.
std::string add_request(CompileRequests& requests, const std::string& name, std::string source,
                        const std::string& arch);

// The key that add_request gives.
std::string code_key_of(const cuda::CompileRequest& request);

}  // namespace lathe::builder
