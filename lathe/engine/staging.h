// SPDX-License-Identifier: Apache-2.0
// Writing a folder all or not at all: it is made beside its place, then put there in one step.
#pragma once

#include <filesystem>

namespace lathe::engine {

// "NAME.building-PID", beside `folder`. Those of processes that ended without tidying up (killed, a
// power cut) are removed.
std::filesystem::path staging_neighbour(const std::filesystem::path& folder);

// Puts `staging` at `folder`; what stood there is removed. Whoever looks meanwhile, or after a
// crash, sees the old folder or the new one. Throws kUnavailable.
void put_in_place(const std::filesystem::path& staging, const std::filesystem::path& folder);

}  // namespace lathe::engine
